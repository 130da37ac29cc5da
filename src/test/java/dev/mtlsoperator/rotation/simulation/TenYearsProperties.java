package dev.mtlsoperator.rotation.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Simulates ten years of a CA with any spec, any leaves, and any actions of people and machines. No
 * handshake fails unannounced, no certificate outlives its issuer, some generation always signs,
 * numbers and keys are used once, and the CA is stable in the end.
 *
 * <p>Fixed seeds make CI runs reproducible; without them, each run simulates other lives and may
 * find new failures.
 */
@Tag("once")
final class TenYearsProperties {
  private static final AtomicLong DAYS = new AtomicLong();
  private static final AtomicLong HANDSHAKES = new AtomicLong();

  @AfterContainer
  static void tell() {
    System.out.printf(
        "%,d years were lived through, with %,d handshakes%n", DAYS.get() / 365, HANDSHAKES.get());
  }

  private static void count(RotationSimulator world) {
    DAYS.addAndGet(world.lived().toDays());
    HANDSHAKES.addAndGet(world.handshakes());
  }

  @Property(tries = 120, seed = "-3534508636982195547")
  void shouldKeepEveryPromiseWhateverHappens(@ForAll("lives") SimulatedLife life) {
    RotationSimulator world = life.begin();

    life.happenings().forEach(happening -> happening.happen(world, life));
    assertThat(world.failures()).as("while it happens").isEmpty();

    comeToRest(world, life);
    assertThat(world.failures()).as("on the way to rest").isEmpty();
    count(world);
  }

  @Property(tries = 60, seed = "210632891280584825")
  void shouldFailNoHandshakeWhereNobodyIsInAHurry(@ForAll("quietLives") SimulatedLife life) {
    RotationSimulator world = life.begin();

    for (SimulatedEvent happening : life.happenings()) {
      happening.happen(world, life);
      assertThat(world.failures()).isEmpty();
      if (world.hurries() > 0) {
        // the approval did not come until it was too late
        assertThat(life.spec().advance()).isEqualTo(Advance.Manual);
        return;
      }
    }

    assertThat(world.excused()).as("handshakes that failed, though announced").isZero();
    count(world);
  }

  // all obstacles are removed: the CA returns to one generation by itself
  private static void comeToRest(RotationSimulator world, SimulatedLife life) {
    world.release();
    SimulatedEvent.Kind.MEND_SPEC.happen(world, life);
    Duration lived = Duration.ZERO;
    int before = world.rests();
    Duration enough = life.spec().duration().multipliedBy(3);
    while (world.rests() == before && lived.compareTo(enough) < 0) {
      Duration step = life.spec().duration().dividedBy(50);
      world.run(step);
      lived = lived.plus(step);
      SimulatedEvent.Kind.GIVE_THE_WORD.happen(world, life);
    }
    if (life.isTight()) {
      assertThat(world.generations().trusted()).hasSizeLessThanOrEqualTo(3);
    } else {
      assertThat(world.rests())
          .as("looks that found it at rest, after %s: %s", lived, world.progress())
          .isGreaterThan(before);
    }
  }

  @Provide
  Arbitrary<SimulatedLife> lives() {
    return lives(List.of(SimulatedEvent.Kind.values()));
  }

  // no events that leave no time: the operator is never down for long, nothing is distrusted
  @Provide
  Arbitrary<SimulatedLife> quietLives() {
    return lives(
        List.of(
            SimulatedEvent.Kind.LIVE,
            SimulatedEvent.Kind.SHORT_OUTAGE,
            SimulatedEvent.Kind.ROTATE,
            SimulatedEvent.Kind.EDIT_NAME,
            SimulatedEvent.Kind.EDIT_KEY,
            SimulatedEvent.Kind.GIVE_THE_WORD,
            SimulatedEvent.Kind.ADD_LEAF,
            SimulatedEvent.Kind.REMOVE_LEAF));
  }

  private static Arbitrary<SimulatedLife> lives(List<SimulatedEvent.Kind> kinds) {
    Arbitrary<SimulatedEvent> happening =
        Combinators.combine(
                Arbitraries.frequencyOf(
                    Tuple.of(3, Arbitraries.just(SimulatedEvent.Kind.LIVE)),
                    Tuple.of(5, Arbitraries.of(kinds))),
                Arbitraries.integers().between(1, 1_000))
            .as(SimulatedEvent::new);
    Arbitrary<SimulatedLife.Spec> spec =
        Combinators.combine(
                Arbitraries.of(2, 30, 200, 400, 1_000, 3_650, 7_300),
                Arbitraries.of(4, 7, 13, 50, 365),
                Arbitraries.of(3, 4, 10),
                Arbitraries.of(Reissue.values()),
                Arbitraries.frequency(Tuple.of(3, Advance.Automatic), Tuple.of(1, Advance.Manual)))
            .as(SimulatedLife.Spec::of);
    Arbitrary<List<Integer>> leaves =
        Arbitraries.of(1, 7, 30, 90, 398, 3_650).list().ofMinSize(0).ofMaxSize(4);
    return Combinators.combine(
            spec, leaves, happening.list().ofMinSize(1).ofMaxSize(25), Arbitraries.of(1, 7, 40))
        .as(SimulatedLife::new);
  }

  private static final Duration MOST_WRONG = Duration.ofDays(25);

  /** What people and machines do while clocks, of the operator and the API server, are wrong. */
  @Property(tries = 80, seed = "7408975769236902007")
  void shouldLoseNoKeyToAClockThatIsWrongForAWhile(
      @ForAll("quietLives") SimulatedLife life,
      @ForAll @IntRange(min = 1, max = 20) int part,
      @ForAll @IntRange(min = 1, max = 7_300) int days,
      @ForAll boolean ahead) {
    RotationSimulator world = life.begin();
    world.run(life.spec().duration().dividedBy(part));
    Duration off = Duration.ofDays(ahead ? days : -days);

    int before = world.deleted().size();

    // when: for less than the grace period
    world.jump(off);
    Duration wrong = life.spec().duration().dividedBy(25);
    world.run(wrong.compareTo(MOST_WRONG) < 0 ? wrong : MOST_WRONG);
    life.happenings().stream()
        .filter(happening -> happening.kind() == SimulatedEvent.Kind.ADD_LEAF)
        .forEach(happening -> happening.happen(world, life));
    world.run(Duration.ofHours(1));
    world.jump(off.negated());
    world.run(Duration.ofHours(3));

    // then
    assertThat(world.deleted().stream().skip(before))
        .as("keys that were deleted, though valid")
        .allMatch(g -> !g.isBegun(world.now()) || g.isExpired(world.now()));
    assertThat(world.generations().signer())
        .hasValueSatisfying(
            g ->
                assertThat(g.isBegun(world.now()) && !g.isExpired(world.now()))
                    .as("%s to %s at %s", g.start(), g.end(), world.now())
                    .isTrue());
    assertThat(world.unusable()).as("leaves at %s", world.now()).isEmpty();
    count(world);
  }

  @Example
  void shouldSignAgainWithTheFormerKeyWhenAClockThatWasTwentyYearsAheadIsSetRight() {
    RotationSimulator world =
        new SimulatedLife(
                new SimulatedLife.Spec(
                    Duration.ofDays(3_650),
                    Duration.ofDays(1_000),
                    Duration.ofDays(1),
                    Reissue.OnRenewal,
                    Advance.Automatic),
                List.of(90, 30),
                List.of(),
                7)
            .begin();
    world.run(Duration.ofDays(400));

    // when: for two days, everything has expired
    world.jump(Duration.ofDays(7_300));
    world.run(Duration.ofMinutes(5));
    assertThat(world.generations().generations()).hasSize(1);
    world.run(Duration.ofDays(2));

    // then: it has left the bundle, but its key is kept
    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.generations().trusted()).hasSize(1);
    assertThat(world.generations().generations()).hasSize(2);
    assertThat(world.unusable()).isEmpty();

    // when
    world.jump(Duration.ofDays(-7_300));
    world.run(Duration.ofHours(1).plusSeconds(1));

    // then: the valid one counts: it is trusted at once, and signs when the clock is trusted
    assertThat(world.signing()).isEqualTo(1);
    assertThat(world.generations().trusted()).hasSize(2);
    world.run(Duration.ofHours(1));
    assertThat(world.unusable()).isEmpty();
    assertThat(world.issuer("leaf0")).isEqualTo(1);

    // when time passes, the other one leaves regularly
    world.run(Duration.ofDays(3_500));

    // then
    assertThat(world.generations().generations())
        .extracting(CaGeneration::number)
        .doesNotContain(1, 2);
    assertThat(world.unusable()).isEmpty();
  }

  @Example
  void shouldKeepTrustInWhatSignsAgainWhenItsSuccessorBeginsASecondTime() {
    // given: the third one has replaced the second one
    RotationSimulator world =
        new SimulatedLife(
                new SimulatedLife.Spec(
                    Duration.ofDays(30),
                    Duration.ofDays(3),
                    Duration.ofHours(2),
                    Reissue.Immediately,
                    Advance.Automatic),
                List.of(30),
                List.of(),
                1)
            .begin();
    world.run(Duration.ofDays(31).plusHours(20));
    assertThat(world.generations().trusted()).extracting(CaGeneration::number).containsExactly(3);

    // when: it is not valid yet
    world.jump(Duration.ofHours(-52));
    world.run(Duration.ofHours(6));

    // then
    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.issuer("leaf0")).isEqualTo(2);
    assertThat(world.unusable()).isEmpty();

    // when: it is valid again; for another overlap, some peer uses the one before
    world.run(Duration.ofHours(5));

    // then
    assertThat(world.signing()).isEqualTo(3);
    world.run(Duration.ofDays(2));
    assertThat(world.failures()).isEmpty();
    assertThat(world.unusable()).isEmpty();
    assertThat(world.decided(CaDecision.Reinstate.class)).hasSize(1);

    // and leaves regularly
    world.run(Duration.ofDays(10));
    assertThat(world.generations().trusted()).extracting(CaGeneration::number).doesNotContain(2);
    assertThat(world.failures()).isEmpty();
  }

  @Example
  void shouldKeepTheKeyOfWhatExpiredForATenthOfItsLife() {
    RotationSimulator world =
        new SimulatedLife(
                new SimulatedLife.Spec(
                    Duration.ofDays(100),
                    Duration.ofDays(45),
                    Duration.ofDays(1),
                    Reissue.OnRenewal,
                    Advance.Automatic),
                List.of(90),
                List.of(),
                7)
            .begin();
    Instant end = world.generations().signer().orElseThrow().end();

    world.run(Duration.between(world.now(), end).plusDays(1));
    assertThat(world.generations().trusted()).extracting(CaGeneration::number).doesNotContain(1);
    assertThat(world.generations().generations()).extracting(CaGeneration::number).contains(1);

    world.run(Duration.ofDays(100));
    assertThat(world.generations().generations())
        .extracting(CaGeneration::number)
        .doesNotContain(1);
    assertThat(world.failures()).isEmpty();
  }

  @Property
  void shouldNoticeEachOrderThatIsBroken(@ForAll RotationSimulator.Mutation mutation) {
    List<String> failures = new ArrayList<>();
    for (Reissue reissue : Reissue.values()) {
      RotationSimulator world =
          new SimulatedLife(
                  new SimulatedLife.Spec(
                      Duration.ofDays(3_650),
                      Duration.ofDays(1_000),
                      Duration.ofDays(1),
                      reissue,
                      Advance.Automatic),
                  List.of(90, 30),
                  List.of(),
                  7)
              .begin();
      world.mutate(mutation);
      world.rotate("now");
      world.run(Duration.ofDays(200));
      failures.addAll(world.failures());
    }

    assertThat(failures).as("%s", mutation).isNotEmpty();
  }

  @Example
  void shouldBeAtRestBetweenRotations() {
    RotationSimulator world =
        new SimulatedLife(
                new SimulatedLife.Spec(
                    Duration.ofDays(365),
                    Duration.ofDays(120),
                    Duration.ofDays(1),
                    Reissue.OnRenewal,
                    Advance.Automatic),
                List.of(90, 30),
                List.of(),
                7)
            .begin();

    world.run(Duration.ofDays(10 * 365));

    assertThat(world.failures()).isEmpty();
    assertThat(world.excused()).isZero();
    assertThat(world.decided(CaDecision.Create.class)).hasSizeBetween(14, 17);
    assertThat(world.rests()).isGreaterThan(14);
  }
}
