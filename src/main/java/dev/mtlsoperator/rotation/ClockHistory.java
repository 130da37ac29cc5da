package dev.mtlsoperator.rotation;

import java.time.Duration;
import java.util.Optional;

/**
 * How evenly the own wall clock has gone, measured by the monotonic one.
 *
 * @param even for how long it has gone evenly: since the process began to look, or since it jumped
 * @param jump by how much it jumped then; empty: it did not jump since the process began to look
 */
public record ClockHistory(Duration even, Optional<Duration> jump) {
  /**
   * So long it has to go evenly before anything is done that cannot be undone. A machine that was
   * suspended looks the same as a clock that was put forward: so a jump is doubted for a while
   * only.
   */
  public static final Duration ENOUGH = Duration.ofMinutes(10);

  boolean isLongEnough() {
    return even.compareTo(ENOUGH) >= 0;
  }

  /** For how long it is still doubted. */
  Duration missing() {
    return isLongEnough() ? Duration.ZERO : ENOUGH.minus(even);
  }
}
