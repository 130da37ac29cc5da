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
 * The rotation settings of a RootCA.
 *
 * @param renewBefore how long before its end a generation gets a successor; empty means a third of
 *     its lifetime
 * @param overlap how long relying parties are given to load a changed trust bundle
 * @param reissue how certificates move to a successor that nobody requested
 */
public record RotationPlan(
    Optional<Duration> renewBefore, Duration overlap, Reissue reissue, Advance advance) {
  private static final int RENEWED_BEFORE_PART_OF_LIFE = 3;
  private static final int SOONEST_PART_OF_LIFE = 2;

  /** Reads the settings from a spec. @throws IllegalArgumentException when it breaks a rule */
  public static RotationPlan of(RootCA ca) {
    RootCASpec spec = ca.getSpec();
    return new RotationPlan(
        Optional.ofNullable(spec.renewBefore()).map(Durations::parse),
        Durations.parse(spec.rotation().overlap()),
        spec.rotation().reissue(),
        spec.rotation().advance());
  }

  /** The settings when the spec breaks a rule: nothing advances until a person approves it. */
  public static RotationPlan cautious(RootCA ca) {
    return new RotationPlan(
        Optional.empty(), overlap(ca.getSpec()), Reissue.OnRenewal, Advance.Manual);
  }

  // slow relying parties do not get faster because another part of the spec is invalid
  private static Duration overlap(RootCASpec spec) {
    try {
      return Durations.parse(spec.rotation().overlap());
    } catch (IllegalArgumentException e) {
      return Durations.parse(Rotation.defaults().overlap());
    }
  }

  /**
   * When the successor of a generation is created: {@code renewBefore} its end, or earlier if the
   * longest leaf and twice the overlap would not fit, so that no leaf is shortened; but never in
   * the first half of its lifetime, or a CA that lives as long as its leaves would rotate without
   * pause.
   */
  Instant successorDue(CaGeneration generation, Duration longestLeaf) {
    Duration life = Duration.between(generation.made(), generation.end());
    Duration before = renewBefore.orElse(life.dividedBy(RENEWED_BEFORE_PART_OF_LIFE));
    Duration needed = longestLeaf.plus(overlap.multipliedBy(2));
    Instant wanted = generation.end().minus(before.compareTo(needed) < 0 ? needed : before);
    Instant soonest = soonestSuccessor(generation);
    return wanted.isBefore(soonest) ? soonest : wanted;
  }

  /** The earliest time at which a successor can be due. */
  static Instant soonestSuccessor(CaGeneration generation) {
    Duration life = Duration.between(generation.made(), generation.end());
    return generation.made().plus(life.dividedBy(SOONEST_PART_OF_LIFE));
  }

  /**
   * When the successor signs at the latest, even if distribution is incomplete: one overlap before
   * the signer ends or, if the successor came too late for that, halfway to that end.
   */
  Instant lastCall(CaGeneration signer, CaGeneration successor) {
    Duration left = Duration.between(successor.made(), signer.end()).dividedBy(2);
    return signer.end().minus(left.compareTo(overlap) < 0 ? left : overlap);
  }

  /**
   * A milestone plus the overlap, and one second because milestones have whole-second precision.
   */
  Instant overlapAfter(Instant noted) {
    return noted.plus(overlap).plusSeconds(1);
  }
}
