package dev.mtlsoperator.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the wall clock jumps, by the monotonic one: a third witness beside the API server,
 * whose clock may be wrong together with ours. Safe for use by several threads; both times are
 * arguments.
 */
public final class ClockWatch {
  /** A drift of the one against the other that is no jump; clocks may differ so far anyway. */
  private static final Duration MOST_DRIFT = SafetyChecks.MOST_SKEW;

  private @Nullable Mark since;

  /** Where both clocks stood when the wall clock began to go evenly. */
  private record Mark(Instant wall, long nanos, Optional<Duration> jump) {}

  /**
   * Takes note of both clocks.
   *
   * @param wall what the wall clock says
   * @param nanos what the monotonic clock says, as {@link System#nanoTime}
   * @return how evenly the wall clock has gone until now
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
