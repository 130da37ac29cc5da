package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.CaPath;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Until when certificates that a generation signed may be in use: noted on its Secret before the
 * first one that lives longer is published, and generously, so that this happens about once a
 * month.
 */
public final class LastLeafExpiry {
  private static final Duration MARGIN = Duration.ofDays(31);
  private static final Duration USUAL_LIFE = Duration.ofDays(90);

  private LastLeafExpiry() {}

  /** Of a generation that is made now. */
  public static Instant first(Instant now, CaPath ca) {
    return notAfter(now.plus(USUAL_LIFE).plus(MARGIN), ca);
  }

  /** The one to be noted before a leaf is published; empty: the one noted is far enough. */
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
