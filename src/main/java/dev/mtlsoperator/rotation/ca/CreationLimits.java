package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.History;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What temporarily prevents a further generation of a CA from being created.
 *
 * @param full why the maximum number of generations is reached; empty if there is room
 * @param pausedUntil until when no generation is created without a new request, because the last
 *     created one is gone; otherwise deleting each generation, or switching an imported CA back and
 *     forth, would create another one each time. Empty if there is no pause
 */
public record CreationLimits(Optional<String> full, Optional<Instant> pausedUntil) {
  /** The minimum interval between two generations that nobody requested. */
  static final Duration SHORTEST_INTERVAL = Duration.ofMinutes(1);

  /** Bounds how many generations an input that keeps changing can create. */
  private static final int MOST_GENERATIONS = 16;

  /** How many Secrets may have the name of a generation without being one; then none is created. */
  private static final int MOST_UNSEALED = 100;

  static CreationLimits of(CaFacts facts, Instant now) {
    return new CreationLimits(
        full(facts, facts.generations().distrusted(), now), pausedUntil(facts, now));
  }

  /**
   * Why there is no room for another generation, given what is distrusted. Generations that have
   * expired or leave immediately do not count, so a CA that ends without a successor gets one.
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
            // ignore a time that was recorded while the clock was ahead
            .filter(last -> !last.at().isAfter(now.plus(SafetyChecks.MOST_SKEW)))
            .map(History.Created::at)
            .map(at -> at.plus(SHORTEST_INTERVAL))
            .filter(now::isBefore)
        : Optional.empty();
  }
}
