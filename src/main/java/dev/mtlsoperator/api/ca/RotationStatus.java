package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Progress of the rotation of a {@link RootCA}, and what it waits for. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RotationStatus(
    @JsonPropertyDescription(
            "Stable: one generation is trusted and signs. Distributing: the next one is being added to every trust bundle. Migrating: it signs, and certificates move to it. Retiring: the last one leaves the trust bundles.")
        @Required
        RotationPhase phase,
    @JsonPropertyDescription("Start of the phase (RFC 3339).") @Size(max = 64)
        @Nullable String since,
    @JsonPropertyDescription("What happens next, when, and what it waits for.") @Size(max = 1024)
        @Nullable String next,
    @JsonPropertyDescription(
            "How many certificates have yet to move to the next generation; updated in steps of a tenth.")
        @Nullable Integer leavesPending,
    @JsonPropertyDescription("What blocks the rotation, or is excluded from it.") @Size(max = 16)
        List<String> blockedBy) {

  public RotationStatus {
    blockedBy = Lists.orEmpty(blockedBy);
  }
}
