package dev.mtlsoperator.rotation.simulation;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation;
import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.fixtures.RootCAFixture;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * The configuration of a simulated CA, and the events that happen to it.
 *
 * @param leaves the lifetimes of the leaves, in days
 * @param pace the time until leaves are reconciled, in thousandths of the overlap
 */
record SimulatedLife(Spec spec, List<Integer> leaves, List<SimulatedEvent> happenings, int pace) {
  static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  /** The fields of a RootCA's spec that affect its rotation. */
  record Spec(
      Duration duration, Duration renewBefore, Duration overlap, Reissue reissue, Advance advance) {

    /**
     * A valid one.
     *
     * @param days lifetime of the CA
     * @param overlaps how many of them fit into {@code renewBefore}
     * @param part divides the lifetime to give {@code renewBefore}
     */
    static Spec of(int days, int overlaps, int part, Reissue reissue, Advance advance) {
      Duration duration = Duration.ofDays(days);
      Duration renewBefore = duration.dividedBy(part);
      return new Spec(
          duration,
          renewBefore,
          renewBefore.dividedBy(overlaps).truncatedTo(ChronoUnit.SECONDS),
          reissue,
          advance);
    }

    RootCA apply(RootCA ca) {
      return RootCAFixture.edited(
          ca,
          it ->
              it.duration(duration.toSeconds() + "s")
                  .renewBefore(renewBefore.toSeconds() + "s")
                  .rotation(new Rotation(overlap.toSeconds() + "s", reissue, advance, false)));
    }
  }

  /** Whether its leaves live so long that generations always overlap. */
  boolean isTight() {
    Duration longest =
        Duration.ofDays(leaves.stream().max(Integer::compareTo).orElse(90)).plusDays(62);
    return longest.plus(spec.overlap().multipliedBy(4)).compareTo(spec.duration().dividedBy(2)) > 0;
  }

  RotationSimulator begin() {
    Duration turn =
        spec.overlap().multipliedBy(pace).dividedBy(1_000).truncatedTo(ChronoUnit.SECONDS);
    RotationSimulator world =
        new RotationSimulator(
            spec.apply(aRootCA()),
            NOW,
            spec.overlap().dividedBy(5).plusMinutes(1),
            spec.duration().dividedBy(500).plusMinutes(1));
    for (int i = 0; i < leaves.size(); i++) {
      add(world, i, turn.multipliedBy(i));
    }
    return world.operate();
  }

  /** Adds a leaf, unless it exists already. */
  void add(RotationSimulator world, int index, Duration turn) {
    int days = leaves.isEmpty() ? 90 : leaves.get(index % leaves.size());
    if (!world.leaves().contains("leaf" + index)) {
      world.leaf("leaf" + index, days + "d", turn);
    }
  }
}
