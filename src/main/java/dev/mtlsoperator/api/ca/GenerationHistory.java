package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Facts about a CA's generations that are remembered even if their Secrets are lost. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record GenerationHistory(
    @JsonPropertyDescription("Fingerprints of the generations that are never trusted again.")
        @Size(max = GenerationHistory.MOST_DISTRUSTED)
        List<String> distrusts,
    @JsonPropertyDescription(
            "The highest number of a generation that left the trust bundles as planned.")
        @Nullable Integer retires,
    @JsonPropertyDescription("The highest number that any generation has had.")
        @Nullable Integer highest,
    @JsonPropertyDescription("The number of the generation that was created last.")
        @Nullable Integer created,
    @JsonPropertyDescription("When that generation was created (RFC 3339).") @Size(max = 64)
        @Nullable String createdAt) {

  /** The number of fingerprints that a status can hold. */
  public static final int MOST_DISTRUSTED = 256;

  public GenerationHistory {
    distrusts = Lists.orEmpty(distrusts);
  }
}
