package dev.mtlsoperator.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Parses RFC 3339 timestamps in metadata and status; a malformed one counts as absent. */
public final class Timestamps {
  /** RFC 3339 has years of four digits; arithmetic with times beyond could overflow. */
  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  private Timestamps() {}

  public static Optional<Instant> parse(@Nullable String text) {
    try {
      return Optional.ofNullable(text)
          .map(Instant::parse)
          .filter(time -> !time.isBefore(FIRST) && !time.isAfter(LAST));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
