package dev.mtlsoperator.pki.revocation;

import java.math.BigInteger;
import java.time.DateTimeException;
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

  /** A line for a file: serial number, time and the reason if there is one. */
  public String text() {
    return SerialNumber.text(serialNumber)
        + " "
        + revokedAt
        + reason.map(given -> " " + given.name()).orElse("");
  }

  /**
   * Reads what {@link #text} writes.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static RevokedCertificate parse(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length != 2 && parts.length != 3) {
      throw new IllegalArgumentException("not a serial number, a time and a reason");
    }
    try {
      return new RevokedCertificate(
          SerialNumber.parse(parts[0]),
          Instant.parse(parts[1]),
          parts.length == 2 ? Optional.empty() : Optional.of(RevocationReason.valueOf(parts[2])));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time", e);
    }
  }
}
