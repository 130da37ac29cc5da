package dev.mtlsoperator.rotation.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation;
import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.simulation.RotationSimulator;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The life of a CA, with the clock as an argument. */
@Tag("once")
final class SuccessorRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);

  private static RotationSimulator world(Reissue reissue, Advance advance) {
    return new RotationSimulator(with(aRootCA(), reissue, advance), NOW)
        .leaf("web", "90d")
        .leaf("shop", "30d")
        .operate();
  }

  private static RootCA with(RootCA ca, Reissue reissue, Advance advance) {
    return edited(ca, ca.getSpec().commonName(), new Rotation("24h", reissue, advance, false));
  }

  private static RootCA edited(RootCA ca, String commonName, Rotation rotation) {
    return RootCAFixture.edited(ca, it -> it.commonName(commonName).rotation(rotation));
  }

  @Test
  void shouldBeAtRestUntilASuccessorIsDue() {
    RotationSimulator world =
        world(Reissue.OnRenewal, Advance.Automatic).run(Duration.ofDays(2400));

    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Stable);
    assertThat(world.signing()).isEqualTo(1);
    assertThat(world.progress().next()).contains("generation 2 is made on 2033-07-");
  }

  @Test
  void shouldReplaceAGenerationInTimeWithoutAnyFailure() {
    RotationSimulator world =
        world(Reissue.OnRenewal, Advance.Automatic).run(Duration.ofDays(2650));

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.generations().generations()).hasSize(1);
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Stable);
    assertThat(world.issuer("web")).isEqualTo(2);
    assertThat(world.failures()).isEmpty();
    assertThat(world.handshakes()).isGreaterThan(10_000);
  }

  @Test
  void shouldMoveEverybodyAtOnceWhenAskedTo() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);

    world.rotate("now");
    world.operate();
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Distributing);
    assertThat(world.signing()).isEqualTo(1);
    assertThat(world.trusted("web")).isEqualTo(2);
    assertThat(world.trusted(RotationSimulator.trust())).isEqualTo(2);

    world.run(Duration.ofHours(23));
    assertThat(world.signing()).isEqualTo(1);

    world.run(Duration.ofHours(2));
    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.issuer("web")).isEqualTo(2);
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Migrating);
    assertThat(world.trusted(RotationSimulator.trust())).isEqualTo(2);

    world.run(Duration.ofHours(25));
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Stable);
    assertThat(world.trusted(RotationSimulator.trust())).isEqualTo(1);
    assertThat(world.trusted("web")).isEqualTo(1);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldWaitForACopyThatCannotBeWritten() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.stick("web");
    world.rotate("now");

    world.run(Duration.ofDays(10));
    assertThat(world.signing()).isEqualTo(1);
    assertThat(world.progress().pending()).isEqualTo(1);
    assertThat(world.progress().blockedBy())
        .anySatisfy(why -> assertThat(why).contains("web", "does not hold generation 2"));

    world.release();
    world.run(Duration.ofHours(23));
    assertThat(world.signing()).isEqualTo(1);

    world.run(Duration.ofHours(3));
    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldNotRetireWhileACertificateIsInUse() {
    RotationSimulator world = world(Reissue.Immediately, Advance.Automatic);
    world.rotate("now");
    world.operate();
    world.stick("web");

    world.run(Duration.ofDays(20));

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.issuer("web")).isEqualTo(1);
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Migrating);
    assertThat(world.generations().trusted()).hasSize(2);
    assertThat(world.failures()).isEmpty();

    // its certificate ends
    world.run(Duration.ofDays(72));
    assertThat(world.generations().trusted()).hasSize(1);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldMoveNothingUntilToldTo() {
    RotationSimulator world = world(Reissue.Immediately, Advance.Manual);
    world.rotate("now");

    world.run(Duration.ofDays(100));
    assertThat(world.signing()).isEqualTo(1);
    Fingerprint second = world.generations().successor().orElseThrow().fingerprint();
    assertThat(world.progress().blockedBy())
        .containsExactly(
            "rotation.advance is Manual: annotate this RootCA with mtls-operator.dev/advance="
                + second);

    world.advance(second);
    world.run(Duration.ofDays(50));
    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.generations().trusted()).hasSize(2);
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Retiring);
    Fingerprint first = world.generations().former().get(0).fingerprint();
    assertThat(world.progress().blockedBy())
        .anySatisfy(why -> assertThat(why).endsWith(first.text()));

    world.advance(first);
    world.run(DAY);
    assertThat(world.generations().trusted()).hasSize(1);
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Stable);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldSignBeforeTheEndEvenIfNobodySaysSo() {
    RotationSimulator world =
        new RotationSimulator(with(aRootCA(), Reissue.OnRenewal, Advance.Manual), NOW, DAY, DAY)
            .leaf("web", "90d");

    world.run(Duration.ofDays(3651));

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.generations().signer().orElseThrow().isExpired(world.now())).isFalse();
  }

  @Test
  void shouldGiveNobodyLessTimeWhileTheSpecIsBroken() {
    Rotation slow = new Rotation("60h", Reissue.OnRenewal, Advance.Automatic, false);
    RotationSimulator world =
        new RotationSimulator(edited(aRootCA(), "root", slow), NOW).leaf("web", "90d").operate();
    world.rotate("now");
    world.operate();
    world.edit(ca -> edited(ca, "", slow));
    world.advance(world.generations().successor().orElseThrow().fingerprint());

    world.run(Duration.ofHours(59));
    assertThat(world.signing()).isEqualTo(1);

    world.run(Duration.ofHours(3));
    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldSignInTimeAlsoWhenItWasToldLate() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Manual);
    world.pass(Duration.ofDays(3650).minusHours(20));
    world.operate();
    world.advance(world.generations().successor().orElseThrow().fingerprint());

    world.run(Duration.ofHours(11));

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.hurries()).isEqualTo(1);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldTakeAnotherNameWithTheNextGeneration() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.edit(ca -> edited(ca, "another root", ca.getSpec().rotation()));

    world.operate();
    assertThat(CaJudgements.notReady(world.facts(), world.now()))
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.SpecNotInService);
              assertThat(why.message()).contains("another root", "generation 2 is as asked for");
            });

    world.run(Duration.ofHours(26));
    assertThat(CaJudgements.notReady(world.facts(), world.now())).isEmpty();
    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldWithdrawASuccessorThatIsNotWantedAnyMore() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.edit(ca -> edited(ca, "a slip", ca.getSpec().rotation()));
    world.operate();
    world.run(Duration.ofHours(5));

    world.edit(ca -> edited(ca, "another root", ca.getSpec().rotation()));
    world.operate();
    assertThat(world.decided(CaDecision.Withdraw.class)).hasSize(1);
    assertThat(world.generations().newest().orElseThrow().number()).isEqualTo(3);

    world.run(Duration.ofHours(26));
    assertThat(world.signing()).isEqualTo(3);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldWithdrawASuccessorOfAClockThatWasAheadWhenAnotherOneFollowsInstead() {
    // given
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic).run(DAY.multipliedBy(2));
    world.edit(ca -> edited(ca, "another root", ca.getSpec().rotation()));
    world.operate();
    assertThat(world.generations().successor()).hasValueSatisfying(is(2));

    // when: what the spec asks for is made once more
    world.jump(Duration.ofHours(-14));
    world.run(Duration.ofHours(3));
    assertThat(world.generations().successor()).hasValueSatisfying(is(3));

    // then: when the time of the former one has come
    world.run(Duration.ofHours(14));
    assertThat(world.decided(CaDecision.Withdraw.class))
        .extracting(CaDecision.Withdraw::number)
        .containsExactly(2);
    world.run(DAY.multipliedBy(2));
    assertThat(world.signing()).isEqualTo(3);
    assertThat(world.failures()).isEmpty();
  }

  private static Consumer<CaGeneration> is(int number) {
    return g -> assertThat(g.number()).isEqualTo(number);
  }

  @Test
  void shouldTakeAnEditBackWithoutANewGeneration() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.edit(ca -> edited(ca, "a slip", ca.getSpec().rotation()));
    world.operate();
    world.edit(ca -> edited(ca, "root", ca.getSpec().rotation()));

    world.run(Duration.ofDays(3));

    assertThat(world.signing()).isEqualTo(1);
    assertThat(world.progress().phase()).isEqualTo(RotationPhase.Stable);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldTakeASecondRequestDuringDistributionForTheSame() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.rotate("one");
    world.operate();
    world.rotate("two");

    world.run(Duration.ofDays(4));

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.decided(CaDecision.Honour.class)).hasSize(1);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldBeginAnotherRotationDuringMigrationAndRetireInOrder() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.edit(ca -> edited(ca, "second", ca.getSpec().rotation()));
    world.run(Duration.ofHours(26));
    assertThat(world.signing()).isEqualTo(2);
    world.rotate("now");

    world.run(Duration.ofHours(30));
    assertThat(world.signing()).isEqualTo(3);
    assertThat(world.generations().trusted()).hasSize(3);

    world.run(Duration.ofDays(3));
    assertThat(world.decided(CaDecision.Retire.class))
        .extracting(CaDecision.Retire::number)
        .containsExactly(1, 2);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldNeverLetASuccessorSignThatExpiredWhileItWaited() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Manual);
    world.edit(
        ca -> {
          RootCA shorter = aRootCA(it -> it.commonName("short").duration("200d"));
          shorter.setMetadata(ca.getMetadata());
          return with(shorter, Reissue.OnRenewal, Advance.Manual);
        });

    world.run(Duration.ofDays(450));

    assertThat(world.signing()).isEqualTo(1);
    assertThat(world.decided(CaDecision.Withdraw.class))
        .extracting(CaDecision.Withdraw::number)
        .containsExactly(2, 3);
    assertThat(world.decided(CaDecision.StartSigning.class)).isEmpty();
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldStopAtSixteenGenerationsAndGoOnWhenTheFirstOnesHaveLeft() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);

    for (int edit = 1; edit <= 20; edit++) {
      String name = "edit " + edit;
      world.edit(ca -> edited(ca, name, ca.getSpec().rotation()));
      world.run(Duration.ofHours(26));
    }

    assertThat(world.generations().generations()).hasSize(16);
    assertThat(CaJudgements.notReady(world.facts(), world.now()))
        .hasValueSatisfying(
            why -> assertThat(why.message()).contains("edit 20", "there are 16 generations"));
    assertThat(world.progress().blockedBy())
        .anySatisfy(why -> assertThat(why).startsWith("there are 16 generations already"));

    world.run(Duration.ofDays(150));
    assertThat(world.generations().signer().orElseThrow().certificate().getSubjectX500Principal())
        .hasToString("CN=edit 20");
    assertThat(CaJudgements.notReady(world.facts(), world.now())).isEmpty();
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldRecoverByItselfFromAnOutageBeyondTheEndOfTheCA() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.pass(Duration.ofDays(4000));

    world.operate();

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.issuer("web")).isEqualTo(2);
    assertThat(world.decided(CaDecision.Create.class).get(1).why().reason())
        .isEqualTo(Reason.CAExpired);
    world.pass(DAY);
    world.operate();
    assertThat(world.generations().trusted()).hasSize(1);
    assertThat(world.run(Duration.ofDays(100)).failures()).isEmpty();
  }

  @Test
  void shouldDistributeAsLongAsItCanWhenItIsLate() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.pass(Duration.ofDays(3650).minusHours(20));

    world.operate();
    assertThat(world.signing()).isEqualTo(1);
    world.pass(Duration.ofHours(9));
    world.operate();
    assertThat(world.signing()).isEqualTo(1);
    world.pass(Duration.ofHours(2));
    world.operate();

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.decided(CaDecision.StartSigning.class))
        .singleElement()
        .satisfies(
            start -> {
              assertThat(start.trust()).isEqualTo(CaDecision.Completeness.INCOMPLETE);
              assertThat(start.why().reason()).isEqualTo(Reason.TrustIncomplete);
            });
  }

  @Test
  void shouldDistrustAtOnce() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Manual);
    Fingerprint first = world.generations().signer().orElseThrow().fingerprint();

    world.distrust(first);
    world.operate();

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.issuer("web")).isEqualTo(2);
    assertThat(world.trusted("web")).isEqualTo(1);
    assertThat(world.trusted(RotationSimulator.trust())).isEqualTo(1);
    assertThat(world.generations().distrusted()).containsExactly(first);
    assertThat(world.generations().generations()).hasSize(1);

    // and once is enough, also through later rotations
    world.edit(
        ca -> edited(ca, "root", new Rotation("24h", Reissue.OnRenewal, Advance.Automatic, false)));
    world.rotate("later");
    world.run(Duration.ofDays(5));
    assertThat(world.signing()).isEqualTo(3);
    assertThat(world.generations().distrusted()).containsExactly(first);
  }

  @Test
  void shouldDistrustASuccessorThatNeverSigned() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.rotate("now");
    world.operate();
    world.distrust(world.generations().successor().orElseThrow().fingerprint());

    world.run(Duration.ofDays(3));

    // what was asked for is still asked for: by another one
    assertThat(world.issuer("web")).isEqualTo(3);
    assertThat(world.decided(CaDecision.StartSigning.class))
        .extracting(CaDecision.StartSigning::number)
        .containsExactly(1, 3);
    assertThat(world.failures()).isEmpty();
  }

  @Test
  void shouldDistrustDuringDistributionWithoutAThirdGeneration() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.rotate("now");
    world.operate();
    world.distrust(world.generations().signer().orElseThrow().fingerprint());

    world.operate();

    assertThat(world.signing()).isEqualTo(2);
    assertThat(world.issuer("web")).isEqualTo(2);
    assertThat(world.decided(CaDecision.Create.class)).hasSize(2);
  }

  @Test
  void shouldFailHandshakesWhenItSignsBeforeItIsTrusted() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.mutate(RotationSimulator.Mutation.SIGN_AT_ONCE);
    world.rotate("now");

    world.run(Duration.ofDays(3));

    assertThat(world.failures()).isNotEmpty();
  }

  @Test
  void shouldFailHandshakesWhenTrustIsTakenBeforeCertificatesMoved() {
    RotationSimulator world = world(Reissue.OnRenewal, Advance.Automatic);
    world.mutate(RotationSimulator.Mutation.RETIRE_AT_ONCE);
    world.rotate("now");

    world.run(Duration.ofDays(3));

    assertThat(world.failures()).isNotEmpty();
  }
}
