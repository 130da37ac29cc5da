package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.Failures;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Observed state of a leaf. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record LeafStatus(
    @JsonPropertyDescription("The metadata.generation that this status is based on.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Ready, and while true: Reconciling, Stalled, RenewalBlocked, RestartBlocked, RevocationIncomplete, Advisory.")
        @Size(max = 16)
        List<Condition> conditions,
    @JsonPropertyDescription("Name of the Secret that holds the result.") @Size(max = 253)
        @Nullable String secretName,
    @JsonPropertyDescription("Serial number of the certificate in service, in hexadecimal.")
        @Size(max = 64)
        @Nullable String serialNumber,
    @JsonPropertyDescription("Start of its validity (RFC 3339).") @Size(max = 64)
        @Nullable String notBefore,
    @JsonPropertyDescription("End of its validity (RFC 3339).") @Size(max = 64)
        @Nullable String notAfter,
    @JsonPropertyDescription("When it will be renewed (RFC 3339).") @Size(max = 64)
        @Nullable String renewalTime,
    @JsonPropertyDescription("SHA-256 of the certificate, as sha256:<hex>.") @Size(max = 80)
        @Nullable String fingerprint,
    @JsonPropertyDescription("The CA generation that signed it.") @Nullable Integer caGeneration,
    @JsonPropertyDescription("Number of certificates issued for this resource.")
        @Nullable Integer revision,
    @JsonPropertyDescription(
            "SHA-256 of the Secret's whole content as written, to detect tampering.")
        @Size(max = 80)
        @Nullable String secretDigest,
    @JsonPropertyDescription(
            "Value of the annotation mtls-operator.dev/renew that was acted on last.")
        @Size(max = 1024)
        @Nullable String renew,
    @JsonPropertyDescription("Why and when the certificate in service was issued.")
        @Nullable LastIssuance lastIssuance,
    @JsonPropertyDescription("Failed attempts since the last success.") @Nullable Failures failures,
    @JsonPropertyDescription(
            "The certificates issued for this resource that have not expired, so that they can be revoked; the newest 128.")
        @Size(max = 128)
        List<IssuedCertificate> certificates,
    @JsonPropertyDescription(
            "Value of the annotation mtls-operator.dev/revoke that was acted on last.")
        @Size(max = 1024)
        @Nullable String revoke) {

  public LeafStatus {
    conditions = Lists.orEmpty(conditions);
    certificates = Lists.orEmpty(certificates);
  }
}
