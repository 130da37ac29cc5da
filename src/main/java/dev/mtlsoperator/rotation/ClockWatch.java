package dev.mtlsoperator.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Detects jumps of the wall clock by comparing it with the monotonic clock: a check in addition to
 * the API server's clock, which may be wrong together with the operator's. Thread-safe; both times
 * are arguments.
 */
public final class ClockWatch {
  /** The largest drift between both clocks that does not count as a jump. */
  private static final Duration MOST_DRIFT = SafetyChecks.MOST_SKEW;

  private @Nullable Mark since;

  /** The readings of both clocks when the wall clock began to run steadily. */
  private record Mark(Instant wall, long nanos, Optional<Duration> jump) {}

  /**
   * Compares both clocks.
   *
   * @param wall reading of the wall clock
   * @param nanos reading of the monotonic clock, see {@link System#nanoTime}
   * @return how steadily the wall clock has run until now
   */
  public synchronized ClockHistory look(Instant wall, long nanos) {
    Mark known = since == null ? new Mark(wall, nanos, Optional.empty()) : since;
    Duration passed = Duration.ofNanos(nanos - known.nanos());
    Duration off = Duration.between(known.wall().plus(passed), wall);
    if (off.abs().compareTo(MOST_DRIFT) > 0) {
      known = new Mark(wall, nanos, Optional.of(off));
      passed = Duration.ZERO;
    }
    since = known;
    return new ClockHistory(passed, known.jump());
  }
}
