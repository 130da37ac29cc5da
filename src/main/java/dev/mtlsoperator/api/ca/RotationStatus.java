package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the rotation of a {@link RootCA} stands, and what it waits for. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RotationStatus(
    @JsonPropertyDescription(
            "Stable: one generation is trusted and signs. Distributing: the next one is on its way into every trust bundle. Migrating: it signs, and certificates move to it. Retiring: the last one leaves the trust bundles.")
        @Required
        RotationPhase phase,
    @JsonPropertyDescription("Since when (RFC 3339).") @Size(max = 64) @Nullable String since,
    @JsonPropertyDescription("What happens next, when, and what it waits for.") @Size(max = 1024)
        @Nullable String next,
    @JsonPropertyDescription(
            "How many certificates are still to follow; brought up to date by tenths of their number.")
        @Nullable Integer leavesPending,
    @JsonPropertyDescription("What keeps the rotation from going on, or is left out of it.")
        @Size(max = 16)
        List<String> blockedBy) {

  public RotationStatus {
    blockedBy = Lists.orEmpty(blockedBy);
  }
}
