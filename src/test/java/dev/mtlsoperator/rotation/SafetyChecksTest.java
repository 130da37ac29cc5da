package dev.mtlsoperator.rotation;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.rotation.SafetyChecks.CacheSync;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaJudgements;
import dev.mtlsoperator.rotation.simulation.RotationSimulator;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not done in doubt. */
final class SafetyChecksTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  private static final ClockHistory EVEN = new ClockHistory(ClockHistory.ENOUGH, Optional.empty());

  private static SafetyChecks jumped(Duration even) {
    return SafetyChecks.of(
        NOW,
        Optional.of(NOW),
        new ClockHistory(even, Optional.of(Duration.ofDays(7_300))),
        CacheSync.IN_SYNC);
  }

  private static SafetyChecks clocks(Duration ahead) {
    return SafetyChecks.of(NOW.plus(ahead), Optional.of(NOW), EVEN, CacheSync.IN_SYNC);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT5M", "PT-5M", "PT-4M-59S"})
  void shouldTolerateWhatCertificatesAllowFor(String ahead) {
    assertThat(clocks(Duration.parse(ahead))).isEqualTo(SafetyChecks.none());
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT5M1S", "PT-5M-1S", "P400D", "P-400D"})
  void shouldDoubtAClockThatIsFarFromTheServers(String ahead) {
    assertThat(clocks(Duration.parse(ahead)).clock())
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo(Reason.ClockSkewed));
  }

  @Test
  void shouldNotDoubtWhatNothingIsKnownOf() {
    assertThat(SafetyChecks.of(NOW, Optional.empty(), EVEN, CacheSync.IN_SYNC))
        .isEqualTo(SafetyChecks.none());
  }

  @Test
  void shouldDoubtAClockThatJumpedForAWhile() {
    assertThat(jumped(Duration.ofSeconds(599)).jump())
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.ClockJumped);
              assertThat(why.message()).contains("set forward by about 7300 days");
            });
    assertThat(jumped(Duration.ofMinutes(10))).isEqualTo(SafetyChecks.none());
  }

  @Test
  void shouldNoticeAJumpAgainstTheClockThatDoesNotStep() {
    ClockWatch watch = new ClockWatch();
    long nanos = Long.MAX_VALUE - 5;

    assertThat(watch.look(NOW, nanos)).isEqualTo(new ClockHistory(Duration.ZERO, Optional.empty()));
    // an hour later, by a clock that drifts
    nanos += Duration.ofHours(1).toNanos();
    assertThat(watch.look(NOW.plus(Duration.ofMinutes(64)), nanos))
        .isEqualTo(new ClockHistory(Duration.ofHours(1), Optional.empty()));
    // a jump
    nanos += Duration.ofSeconds(1).toNanos();
    Instant wrong = NOW.plus(Duration.ofDays(7_300));
    assertThat(watch.look(wrong, nanos).even()).isZero();
    assertThat(watch.look(wrong, nanos).jump())
        .hasValueSatisfying(by -> assertThat(by.toDays()).isEqualTo(7_299));
    // and back
    nanos += Duration.ofMinutes(9).toNanos();
    assertThat(watch.look(wrong.plus(Duration.ofMinutes(9)), nanos).even())
        .isEqualTo(Duration.ofMinutes(9));
    assertThat(watch.look(NOW, nanos).jump())
        .hasValueSatisfying(by -> assertThat(by.isNegative()).isTrue());
    nanos += Duration.ofMinutes(11).toNanos();
    assertThat(watch.look(NOW.plus(Duration.ofMinutes(11)), nanos).isLongEnough()).isTrue();
  }

  @Test
  void shouldDoNothingByTheTimeAloneAfterAJump() {
    // given
    RotationSimulator world = new RotationSimulator(aRootCA(), NOW);
    assertThat(CaJudgements.decide(world.facts(), jumped(Duration.ZERO), NOW))
        .as("a first CA harms nobody")
        .isInstanceOf(CaDecision.Create.class);
    world.operate();
    Instant far = NOW.plus(Duration.ofDays(7_300));

    // then
    assertThat(CaJudgements.decide(world.facts(), jumped(Duration.ZERO), far))
        .isInstanceOfSatisfying(
            CaDecision.Hold.class,
            hold -> assertThat(hold.why().reason()).isEqualTo(Reason.ClockJumped));

    // when a person pulls the brake
    world.distrust(world.generations().signer().orElseThrow().fingerprint());

    // then it does not wait
    assertThat(CaJudgements.decide(world.facts(), jumped(Duration.ZERO), NOW))
        .isInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldTakeTheEarlierTimeForNowSoThatNothingExpiresByDoubt() {
    Instant far = NOW.plus(Duration.ofDays(4000));

    assertThat(SafetyChecks.now(far, Optional.of(NOW))).isEqualTo(NOW);
    assertThat(SafetyChecks.now(NOW, Optional.of(far))).isEqualTo(NOW);
    assertThat(SafetyChecks.now(NOW.plusSeconds(9), Optional.of(NOW)))
        .isEqualTo(NOW.plusSeconds(9));
    assertThat(SafetyChecks.now(NOW, Optional.empty())).isEqualTo(NOW);
  }

  @Test
  void shouldMakeNoGenerationAndGoOnWithNoRotationByADoubtfulClock() {
    // given
    RotationSimulator world = new RotationSimulator(aRootCA(), NOW);
    SafetyChecks safety = clocks(Duration.ofHours(1));

    // then
    assertThat(CaJudgements.decide(world.facts(), safety, NOW)).isInstanceOf(CaDecision.Hold.class);

    // given
    world.operate();
    world.rotate("now");
    assertThat(CaJudgements.decide(world.facts(), safety, NOW)).isInstanceOf(CaDecision.Hold.class);
    world.operate();
    world.pass(Duration.ofDays(2));

    // then
    assertThat(CaJudgements.decide(world.facts(), safety, world.now()))
        .isInstanceOf(CaDecision.Hold.class);
    assertThat(CaJudgements.decide(world.facts(), SafetyChecks.none(), world.now()))
        .isInstanceOf(CaDecision.StartSigning.class);
  }

  @Test
  void shouldMakeAGenerationButLetNoneSignWhileItDoesNotSeeEverything() {
    RotationSimulator world = new RotationSimulator(aRootCA(), NOW);
    SafetyChecks safety = SafetyChecks.of(NOW, Optional.of(NOW), EVEN, CacheSync.BEHIND);

    assertThat(CaJudgements.decide(world.facts(), safety, NOW))
        .isInstanceOf(CaDecision.Create.class);
    world.operate();
    world.rotate("now");
    world.operate();
    world.pass(Duration.ofDays(2));

    assertThat(CaJudgements.decide(world.facts(), safety, world.now()))
        .isInstanceOfSatisfying(
            CaDecision.Hold.class,
            hold -> assertThat(hold.why().reason()).isEqualTo(Reason.CachesNotInSync));
  }
}
