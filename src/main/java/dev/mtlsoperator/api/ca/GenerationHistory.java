package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stays known of a CA's generations, whatever becomes of their Secrets. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GenerationHistory(
    @JsonPropertyDescription("Fingerprints of those that are never trusted again.")
        @Size(max = GenerationHistory.MOST_DISTRUSTED)
        List<String> distrusts,
    @JsonPropertyDescription("The highest number that has left the trust bundles in good order.")
        @Nullable Integer retires,
    @JsonPropertyDescription("The highest number that a generation ever had.")
        @Nullable Integer highest,
    @JsonPropertyDescription("The number of the generation that was made last.")
        @Nullable Integer created,
    @JsonPropertyDescription("When that one was made (RFC 3339).") @Size(max = 64)
        @Nullable String createdAt) {

  /** What status has room for. */
  public static final int MOST_DISTRUSTED = 256;

  public GenerationHistory {
    distrusts = Lists.orEmpty(distrusts);
  }
}
