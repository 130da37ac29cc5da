package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.CaPath;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The time until which certificates of a generation may be in use. It is recorded on the
 * generation's Secret before the first leaf that lives longer is published, with a margin, so that
 * this happens about once a month.
 */
public final class LastLeafExpiry {
  private static final Duration MARGIN = Duration.ofDays(31);
  private static final Duration USUAL_LIFE = Duration.ofDays(90);

  private LastLeafExpiry() {}

  /** The value for a generation that is created now. */
  public static Instant first(Instant now, CaPath ca) {
    return notAfter(now.plus(USUAL_LIFE).plus(MARGIN), ca);
  }

  /** The value to record before a leaf is published; empty if the recorded one suffices. */
  public static Optional<Instant> beyond(Optional<Instant> noted, X509Certificate leaf, CaPath ca) {
    Instant end = leaf.getNotAfter().toInstant();
    return noted.filter(lastLeafExpiry -> !end.isAfter(lastLeafExpiry)).isPresent()
        ? Optional.empty()
        : Optional.of(notAfter(end.plus(MARGIN), ca));
  }

  // no leaf outlives its CA
  private static Instant notAfter(Instant wanted, CaPath ca) {
    Instant end = ca.end();
    return wanted.isBefore(end) ? wanted : end;
  }
}
