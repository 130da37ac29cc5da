package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.History;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What keeps a further generation of a CA from being created for a while.
 *
 * @param full why none is created before its time, in words; empty: there is room
 * @param pausedUntil until when none is created that nobody asks for again: the one that was
 *     created last is gone. Otherwise, deleting each one, or changing an imported CA to and fro,
 *     would have another one created each time. Empty: nothing to wait for
 */
public record CreationLimits(Optional<String> full, Optional<Instant> pausedUntil) {
  /** The shortest time between two generations that nobody asked for. */
  static final Duration SHORTEST_INTERVAL = Duration.ofMinutes(1);

  /** Bounds what an input that changes to and fro can pile up. */
  private static final int MOST_GENERATIONS = 16;

  /** Bounds what is created next to Secrets that look like generations and are none. */
  private static final int MOST_UNSEALED = 100;

  static CreationLimits of(CaFacts facts, Instant now) {
    return new CreationLimits(
        full(facts, facts.generations().distrusted(), now), pausedUntil(facts, now));
  }

  /**
   * Why there is no room, given what is distrusted. Generations that have expired, or leave at
   * once, make room: a CA that ends without a successor gets one.
   */
  static Optional<String> full(CaFacts facts, Set<Fingerprint> distrusted, Instant now) {
    long there =
        facts.generations().generations().stream()
            .filter(g -> !g.isExpired(now) && !g.contains(distrusted))
            .count();
    if (there >= MOST_GENERATIONS) {
      return Optional.of(
          "there are "
              + there
              + " generations already, which leave when what they signed has expired: no further one is made before that, unless the last one ends");
    }
    return facts.unsealed() < MOST_UNSEALED
        ? Optional.empty()
        : Optional.of(
            "there are "
                + facts.unsealed()
                + " Secrets of a CA's type under names of generations, which are none: no further one is made before they are deleted");
  }

  private static Optional<Instant> pausedUntil(CaFacts facts, Instant now) {
    return facts.generations().isLastGone()
        ? facts
            .generations()
            .history()
            .created()
            // what a clock that was ahead noted is not waited for
            .filter(last -> !last.at().isAfter(now.plus(SafetyChecks.MOST_SKEW)))
            .map(History.Created::at)
            .map(at -> at.plus(SHORTEST_INTERVAL))
            .filter(now::isBefore)
        : Optional.empty();
  }
}
