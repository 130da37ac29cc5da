package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Observed state of a {@link RootCA}. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record RootCAStatus(
    @JsonPropertyDescription("The metadata.generation that this status is based on.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Ready, and while true: Reconciling, Stalled, RenewalBlocked, TrustBlocked, RevocationIncomplete, RevocationNearLimit, Advisory.")
        @Size(max = 16)
        List<Condition> conditions,
    @JsonPropertyDescription("Name of the ConfigMap that holds the trust bundle in ca.crt.")
        @Size(max = 253)
        @Nullable String trustConfigMapName,
    @JsonPropertyDescription("The existing generations of this CA.") @Size(max = 32)
        List<Generation> generations,
    @JsonPropertyDescription("End of the validity of the generation that signs (RFC 3339).")
        @Size(max = 64)
        @Nullable String notAfter,
    @JsonPropertyDescription("Progress of the rotation.") @Nullable RotationStatus rotation,
    @JsonPropertyDescription(
            "Digest of the certificates of additionalTrust that are in the trust bundles.")
        @Size(max = 80)
        @Nullable String additionalTrustDigest,
    @JsonPropertyDescription(
            "Value of the annotation mtls-operator.dev/rotate that was acted on last.")
        @Size(max = 1024)
        @Nullable String rotate,
    @JsonPropertyDescription(
            "Value of the annotation mtls-operator.dev/adopt that was acted on last.")
        @Size(max = 1024)
        @Nullable String adopt,
    @JsonPropertyDescription(
            "What is remembered of this CA's generations, even if their Secrets are lost.")
        @Nullable GenerationHistory history,
    @JsonPropertyDescription("The certificate revocation lists, if spec.revocation asks for them.")
        @Nullable CrlStatus crl) {

  public RootCAStatus {
    conditions = Lists.orEmpty(conditions);
    generations = Lists.orEmpty(generations);
  }
}
