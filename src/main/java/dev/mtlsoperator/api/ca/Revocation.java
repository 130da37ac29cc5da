package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.Lists;
import io.fabric8.generator.annotation.Default;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** That a RootCA publishes a certificate revocation list (CRL, RFC 5280 section 5), and how. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Revocation(
    @JsonPropertyDescription(
            "How long a CRL is valid, such as 30d; from 1h to 36525d. Gateways that check it refuse every client once it has expired, so this is the longest time for which the operator may be away.")
        @Default(Defaults.CRL_VALIDITY)
        String validity,
    @JsonPropertyDescription(
            "How long after a CRL was signed the next one is, if nothing is revoked before; less than half of validity. Default: a tenth of validity.")
        @Nullable String refresh,
    @JsonPropertyDescription(
            "Certificates to revoke for which there is no resource, such as one that was made by hand under an imported CA; at most 512. An entry that is removed from here stays on the CRL.")
        List<RevokedSerialNumber> serialNumbers) {

  public Revocation {
    validity = validity == null ? Defaults.CRL_VALIDITY : validity;
    serialNumbers = Lists.orEmpty(serialNumbers);
  }
}
