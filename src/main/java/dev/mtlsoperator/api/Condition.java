package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A condition as in {@code metav1.Condition} (Kubernetes API conventions). */
public record Condition(
    @JsonPropertyDescription(
            "Type of the condition: Ready, or one that is present only while it is True: Reconciling, Stalled, RenewalBlocked, TrustBlocked, RestartBlocked, RevocationIncomplete, RevocationNearLimit, Advisory.")
        @Required
        @Size(min = 1, max = 316)
        String type,
    @JsonPropertyDescription("True, False or Unknown.") @Required ConditionStatus status,
    @JsonPropertyDescription("The metadata.generation that the condition is based on.")
        long observedGeneration,
    @JsonPropertyDescription("When status last changed (RFC 3339).") @Required @Size(max = 64)
        String lastTransitionTime,
    @JsonPropertyDescription("Machine-readable reason, one word in CamelCase.")
        @Required
        @Size(min = 1, max = 1024)
        String reason,
    @JsonPropertyDescription("Human-readable message: what happened and how to fix it.")
        @Required
        @Size(max = 32768)
        String message) {}
