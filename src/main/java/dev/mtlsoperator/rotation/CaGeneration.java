package dev.mtlsoperator.rotation;

import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.pki.KeyIdentifiers;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/**
 * A generation of a CA.
 *
 * @param cross the same name and key, signed by the generation before, for those who know only that
 */
public record CaGeneration(
    int number, X509Certificate certificate, Optional<X509Certificate> cross, Latches latches) {

  public Fingerprint fingerprint() {
    return Fingerprint.of(certificate);
  }

  /** End of its life. */
  public Instant end() {
    return certificate.getNotAfter().toInstant();
  }

  /** When it was made. */
  public Instant made() {
    return RenewalSchedule.issuedAt(certificate.getNotBefore().toInstant(), end());
  }

  public boolean isExpired(Instant now) {
    return !now.isBefore(end());
  }

  /** Whether it may sign, now or at some time. */
  public boolean isSigning() {
    return latches.signingSince().isPresent();
  }

  /** Whether a leaf names it as its issuer. */
  public boolean signed(X509Certificate leaf) {
    return KeyIdentifiers.namesIssuer(leaf, certificate);
  }
}
