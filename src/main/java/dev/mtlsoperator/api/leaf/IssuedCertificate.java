package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** A certificate that was issued for a leaf, as far as it takes to revoke it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IssuedCertificate(
    @JsonPropertyDescription("Serial number in hexadecimal, as openssl x509 -serial prints it.")
        @Required
        @Size(min = 1, max = 64)
        String serialNumber,
    @JsonPropertyDescription("End of its validity (RFC 3339).") @Required @Size(max = 64)
        String notAfter,
    @JsonPropertyDescription("The RootCA that signed it, as namespace/name.")
        @Required
        @Size(max = 320)
        String rootCA,
    @JsonPropertyDescription("The generation of that RootCA.") @Required Integer caGeneration,
    @JsonPropertyDescription(
            "Present if this certificate is to be revoked, as spec.revoked or the annotation mtls-operator.dev/revoke asked.")
        @Nullable Revoked revoked) {

  /** The same certificate, to be revoked. */
  public IssuedCertificate with(Revoked why) {
    return new IssuedCertificate(serialNumber, notAfter, rootCA, caGeneration, why);
  }
}
