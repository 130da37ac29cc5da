package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A certificate's validity (RFC 5280 section 4.1.2.5), in whole seconds. */
public record Validity(Instant notBefore, Instant notAfter) {
  /** {@code notBefore} lies this long before the issue, for verifiers whose clock is slow. */
  public static final Duration BACKDATED = Duration.ofMinutes(5);

  /**
   * @throws PkiException when it would be empty
   */
  public Validity {
    notBefore = notBefore.truncatedTo(ChronoUnit.SECONDS);
    notAfter = notAfter.truncatedTo(ChronoUnit.SECONDS);
    if (!notAfter.isAfter(notBefore)) {
      throw new PkiException(
          "a certificate would end on " + notAfter + ", before its start on " + notBefore);
    }
  }

  /** From five minutes before now until {@code life} after now. */
  public static Validity starting(Instant now, Duration life) {
    return new Validity(now.minus(BACKDATED), now.plus(life));
  }

  /**
   * When a certificate was issued, as its encoded validity tells: five minutes after its start, or
   * at its start if it ends by then. The end may lie before the start in certificates of others.
   */
  public static Instant issuedAt(Instant notBefore, Instant notAfter) {
    Instant issued = notBefore.plus(BACKDATED);
    return issued.isBefore(notAfter) ? issued : notBefore;
  }

  /** From its issue to its end. */
  Duration life() {
    return Duration.between(issuedAt(notBefore, notAfter), notAfter);
  }

  /** Cut to the issuer's validity: no certificate starts before its issuer or outlives it. */
  public Validity clampedTo(X509Certificate issuer) {
    Instant start = issuer.getNotBefore().toInstant();
    Instant end = issuer.getNotAfter().toInstant();
    return new Validity(
        notBefore.isBefore(start) ? start : notBefore, notAfter.isAfter(end) ? end : notAfter);
  }
}
