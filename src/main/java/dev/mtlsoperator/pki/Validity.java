package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A certificate's validity (RFC 5280 section 4.1.2.5), in whole seconds. */
public record Validity(Instant notBefore, Instant notAfter) {
  /** For verifiers whose clock is slow. */
  private static final Duration BACKDATED = Duration.ofMinutes(5);

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

  /** From five minutes ago to {@code life} from now. */
  public static Validity starting(Instant now, Duration life) {
    return new Validity(now.minus(BACKDATED), now.plus(life));
  }

  /** From its issue, which is five minutes after its start, to its end. */
  Duration life() {
    Duration encoded = Duration.between(notBefore, notAfter);
    return encoded.compareTo(BACKDATED) > 0 ? encoded.minus(BACKDATED) : encoded;
  }

  /**
   * The part of it that lies within the issuer's: no certificate starts before its issuer or
   * outlives it.
   */
  public Validity clampedTo(X509Certificate issuer) {
    Instant start = issuer.getNotBefore().toInstant();
    Instant end = issuer.getNotAfter().toInstant();
    return new Validity(
        notBefore.isBefore(start) ? start : notBefore, notAfter.isAfter(end) ? end : notAfter);
  }
}
