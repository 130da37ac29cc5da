package dev.mtlsoperator.pki.revocation;

import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * An entry of a CRL: a certificate that its issuer revoked.
 *
 * @param serialNumber unique among the certificates of one issuer
 * @param revokedAt since when, in whole seconds as in a CRL: what is below is cut off
 * @param reason empty if unspecified, or one that is not known here
 */
public record RevokedCertificate(
    BigInteger serialNumber, Instant revokedAt, Optional<RevocationReason> reason) {
  public RevokedCertificate {
    revokedAt = revokedAt.truncatedTo(ChronoUnit.SECONDS);
  }
}
