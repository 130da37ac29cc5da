package dev.mtlsoperator.reconcile;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Spreads what a rotation asks of all leaves at the same moment: so many a second and namespace,
 * first come, first served. Nothing of it is kept: after a restart the places are given anew.
 */
public final class Pace {
  private static final Duration SPACING = Duration.ofMillis(20);
  private static final int MOST_PLACES = 100_000;

  private final Map<String, Long> next = new HashMap<>();
  private final Map<String, Long> places = new HashMap<>();

  /**
   * How long a leaf still has to wait; zero: it is its turn, and its place is given away.
   *
   * @param uid of the leaf
   */
  synchronized Duration untilItsTurn(String namespace, String uid) {
    long now = System.nanoTime();
    if (places.size() > MOST_PLACES) {
      // of leaves that never came back
      places.clear();
    }
    long place =
        places.computeIfAbsent(
            uid,
            absent -> {
              long free = Math.max(now, next.getOrDefault(namespace, now));
              next.put(namespace, free + SPACING.toNanos());
              return free;
            });
    if (place - now > 0) {
      return Duration.ofNanos(place - now);
    }
    places.remove(uid);
    return Duration.ZERO;
  }
}
