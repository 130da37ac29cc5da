package dev.mtlsoperator.reconcile;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** Times as they stand in status; one that somebody garbled counts as none. */
final class Timestamps {
  private Timestamps() {}

  static Optional<Instant> parse(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
