package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.ca.Rotation;
import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How a RootCA wants to be rotated.
 *
 * @param renewBefore its end a generation has a successor; empty: a third of its life
 * @param overlap how long readers of a trust bundle are given to take up a change
 * @param reissue how certificates move to a successor that nobody asked for
 */
public record RotationPlan(
    Optional<Duration> renewBefore, Duration overlap, Reissue reissue, Advance advance) {
  private static final int RENEWED_BEFORE_PART_OF_LIFE = 3;
  private static final int SOONEST_PART_OF_LIFE = 2;

  /** What a spec says. @throws IllegalArgumentException when it breaks a rule */
  public static RotationPlan of(RootCA ca) {
    RootCASpec spec = ca.getSpec();
    return new RotationPlan(
        Optional.ofNullable(spec.renewBefore()).map(Durations::parse),
        Durations.parse(spec.rotation().overlap()),
        spec.rotation().reissue(),
        spec.rotation().advance());
  }

  /** Where the spec breaks a rule: nothing goes on until a person says so. */
  public static RotationPlan cautious(RootCA ca) {
    return new RotationPlan(
        Optional.empty(), overlap(ca.getSpec()), Reissue.OnRenewal, Advance.Manual);
  }

  // those who read late are not faster because something else is wrong
  private static Duration overlap(RootCASpec spec) {
    try {
      return Durations.parse(spec.rotation().overlap());
    } catch (IllegalArgumentException e) {
      return Durations.parse(Rotation.defaults().overlap());
    }
  }

  /**
   * When the successor of a generation is made: {@code renewBefore} its end, earlier where the
   * longest leaf and twice the overlap would not fit in, so that no leaf is shortened; but not in
   * the first half of its life, or a CA that lives as long as its leaves would never come to rest.
   */
  Instant successorDue(CaGeneration generation, Duration longestLeaf) {
    Duration life = Duration.between(generation.made(), generation.end());
    Duration before = renewBefore.orElse(life.dividedBy(RENEWED_BEFORE_PART_OF_LIFE));
    Duration needed = longestLeaf.plus(overlap.multipliedBy(2));
    Instant wanted = generation.end().minus(before.compareTo(needed) < 0 ? needed : before);
    Instant soonest = soonestSuccessor(generation);
    return wanted.isBefore(soonest) ? soonest : wanted;
  }

  /** No successor is due before that. */
  static Instant soonestSuccessor(CaGeneration generation) {
    Duration life = Duration.between(generation.made(), generation.end());
    return generation.made().plus(life.dividedBy(SOONEST_PART_OF_LIFE));
  }

  /**
   * When the successor signs at the latest, be the distribution complete or not: while there is
   * time for the overlap before the signer ends; where that was never to be had, half way.
   */
  Instant lastCall(CaGeneration signer, CaGeneration successor) {
    Duration left = Duration.between(successor.made(), signer.end()).dividedBy(2);
    return signer.end().minus(left.compareTo(overlap) < 0 ? left : overlap);
  }

  /** A milestone plus the overlap; a second more, because milestones are noted in whole seconds. */
  Instant overlapAfter(Instant noted) {
    return noted.plus(overlap).plusSeconds(1);
  }
}
