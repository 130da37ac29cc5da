package dev.mtlsoperator.rotation;

import java.time.Duration;
import java.util.Optional;

/**
 * How steadily the operator's wall clock has run, measured by the monotonic clock.
 *
 * @param even how long it has run steadily: since the process started, or since it jumped
 * @param jump the size of the last jump; empty if there was none since the process started
 */
public record ClockHistory(Duration even, Optional<Duration> jump) {
  /**
   * How long the clock must run steadily before anything irreversible is done. A suspended machine
   * looks like a clock that was set forward, so a jump blocks decisions only for a limited time.
   */
  public static final Duration ENOUGH = Duration.ofMinutes(10);

  boolean isLongEnough() {
    return even.compareTo(ENOUGH) >= 0;
  }

  /** How much of that time is still missing. */
  Duration missing() {
    return isLongEnough() ? Duration.ZERO : ENOUGH.minus(even);
  }
}
