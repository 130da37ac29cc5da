package dev.mtlsoperator.rotation.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.simulation.EditedFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Which phase the facts amount to, what it waits for, and that the rules take their step from it.
 */
final class PhaseTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final RootCA CA = aRootCA();
  private static final Duration OVERLAP = RotationPlan.of(CA).overlap();
  private static final Instant BEFORE = NOW.minus(OVERLAP.multipliedBy(3));

  @Test
  void shouldBeStableUntilASuccessorIsDue() {
    CaFacts facts = facts(List.of(signing(1)), copy("web", 1, 1));

    Phase phase = Phase.of(facts, NOW);

    Instant due = RotationPlan.of(CA).successorDue(signing(1), Duration.ZERO);
    assertThat(phase)
        .isInstanceOfSatisfying(
            Phase.Stable.class,
            stable -> {
              assertThat(stable.signer().number()).isEqualTo(1);
              assertThat(stable.successorDue()).isEqualTo(due);
            });
    RotationProgress progress = phase.progress().orElseThrow();
    assertThat(progress.phase()).isEqualTo(RotationPhase.Stable);
    assertThat(progress.since()).isEqualTo(BEFORE);
    assertThat(progress.next()).isEqualTo("generation 2 is made on " + due);
    assertThat(progress.deadline()).contains(due);
    assertThat(progress.pending()).isZero();
    assertThat(progress.blockedBy()).isEmpty();
    assertThat(decide(facts, due.minusSeconds(1))).isInstanceOf(CaDecision.Keep.class);
    assertThat(decide(facts, due)).isInstanceOf(CaDecision.Create.class);
  }

  @Test
  void shouldNameTheCopiesThatLackASuccessor() {
    CaFacts facts = facts(List.of(signing(1), made(2)), copy("web", 1, 1), copy("api", 1, 1, 2));

    Phase phase = Phase.of(facts, NOW);

    assertThat(phase)
        .isInstanceOfSatisfying(
            Phase.Distributing.class,
            distributing -> {
              assertThat(distributing.arrival().successor().number()).isEqualTo(2);
              assertThat(distributing.arrival().readyAt()).isEmpty();
              assertThat(distributing.departure()).isEmpty();
            });
    RotationProgress progress = phase.progress().orElseThrow();
    assertThat(progress.phase()).isEqualTo(RotationPhase.Distributing);
    assertThat(progress.pending()).isEqualTo(1);
    assertThat(progress.blockedBy()).containsExactly("web does not hold generation 2 yet");
    assertThat(progress.next())
        .startsWith(
            "generation 2 signs when every trust bundle holds it and the overlap has passed");
    assertThat(decide(facts, NOW)).isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldSayWhenASuccessorSignsAndLetItSignThen() {
    CaGeneration next = noted(made(2), it -> it.distributedAt(NOW));
    CaFacts facts = facts(List.of(signing(1), next), copy("web", 1, 1, 2));
    Instant ready = NOW.plus(OVERLAP).plusSeconds(1);

    RotationProgress progress = Phase.of(facts, NOW).progress().orElseThrow();

    assertThat(progress.deadline()).contains(ready);
    assertThat(progress.next()).startsWith("generation 2 signs on " + ready + "; at the latest");
    assertThat(decide(facts, ready.minusSeconds(1))).isInstanceOf(CaDecision.Keep.class);
    assertThat(decide(facts, ready)).isInstanceOf(CaDecision.StartSigning.class);
  }

  @Test
  void shouldWaitForAWordWhereRotationIsManual() {
    CaGeneration next = noted(made(2), it -> it.distributedAt(BEFORE));
    CaFacts manual = manual(facts(List.of(signing(1), next), copy("web", 1, 1, 2)));

    RotationProgress progress = Phase.of(manual, NOW).progress().orElseThrow();

    assertThat(progress.blockedBy())
        .containsExactly(
            "rotation.advance is Manual: annotate this RootCA with mtls-operator.dev/advance="
                + next.fingerprint());
    assertThat(progress.next()).contains("when it is told to, not before");
    assertThat(progress.deadline()).contains(signing(1).end());
    assertThat(decide(manual, NOW)).isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldMigrateWhileACertificateOfTheFormerIsInUse() {
    CaFacts facts =
        facts(List.of(signing(1), signing(2)), copy("web", 1, 1, 2), copy("api", 2, 1, 2));

    Phase phase = Phase.of(facts, NOW);

    assertThat(phase)
        .isInstanceOfSatisfying(
            Phase.Migrating.class,
            migrating -> {
              assertThat(migrating.departure().former().number()).isEqualTo(1);
              assertThat(migrating.departure().users())
                  .extracting(DistributionState.Copy::name)
                  .containsExactly("web");
            });
    RotationProgress progress = phase.progress().orElseThrow();
    assertThat(progress.phase()).isEqualTo(RotationPhase.Migrating);
    assertThat(progress.pending()).isEqualTo(1);
    assertThat(progress.next())
        .startsWith(
            "generation 1 leaves the trust bundles when no certificate that it signed is in use");
    assertThat(decide(facts, NOW)).isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldNameTheCertificatesThatMoveAtOnce() {
    CaGeneration signer = noted(signing(2), it -> it.reissue(Reissue.Immediately));
    CaFacts facts = facts(List.of(signing(1), signer), copy("web", 1, 1, 2));

    assertThat(Phase.of(facts, NOW).progress().orElseThrow().blockedBy())
        .containsExactly("web has a certificate of generation 1");
  }

  @Test
  void shouldRetireAFormerSignerThatNobodyUses() {
    CaGeneration former = noted(signing(1), it -> it.unusedSince(BEFORE).lastLeafNotAfter(BEFORE));
    CaFacts facts = facts(List.of(former, signing(2)), copy("web", 2, 1, 2));

    assertThat(Phase.of(facts, NOW)).isInstanceOf(Phase.Retiring.class);
    assertThat(Phase.of(facts, NOW).progress().orElseThrow().phase())
        .isEqualTo(RotationPhase.Retiring);
    assertThat(decide(facts, NOW)).isInstanceOf(CaDecision.Retire.class);

    CaFacts manual = manual(facts);
    assertThat(Phase.of(manual, NOW).progress().orElseThrow().blockedBy())
        .containsExactly(
            "rotation.advance is Manual: annotate this RootCA with mtls-operator.dev/advance="
                + former.fingerprint());
    assertThat(decide(manual, NOW)).isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldLetAFormerSignerLeaveWhileAnotherOneIsDistributed() {
    CaGeneration former = noted(signing(1), it -> it.unusedSince(BEFORE).lastLeafNotAfter(BEFORE));
    CaFacts facts = facts(List.of(former, signing(2), made(3)), copy("web", 2, 1, 2));

    assertThat(Phase.of(facts, NOW))
        .isInstanceOfSatisfying(
            Phase.Distributing.class,
            distributing ->
                assertThat(distributing.departure().orElseThrow().isReady(NOW)).isTrue());
    assertThat(decide(facts, NOW)).isInstanceOf(CaDecision.Retire.class);
  }

  @Test
  void shouldCleanUpWhileCopiesHoldWhatLeft() {
    CaGeneration signer = noted(signing(2), it -> it.retires(1).reissue(Reissue.Immediately));
    DistributionState.Copy surplus =
        new DistributionState.Copy(
            "web", Set.of(1, 2), Optional.empty(), true, OptionalInt.empty(), Optional.empty());
    CaFacts facts = facts(List.of(signing(1), signer), surplus);

    assertThat(Phase.of(facts, NOW)).isInstanceOf(Phase.CleaningUp.class);
    RotationProgress progress = Phase.of(facts, NOW).progress().orElseThrow();
    assertThat(progress.phase()).isEqualTo(RotationPhase.Retiring);
    assertThat(progress.pending()).isEqualTo(1);
  }

  @Test
  void shouldSayNothingOfARotationBeforeTheFirstGeneration() {
    Phase phase = Phase.of(facts(List.of()), NOW);

    assertThat(phase).isInstanceOf(Phase.NoSigner.class);
    assertThat(phase.progress()).isEmpty();
  }

  @Test
  void shouldNameTheHoldersOfTheOnlyGenerationThatIsDistrusted() {
    CaGeneration condemned =
        noted(signing(1), it -> it.distrusts(Set.of(signing(1).fingerprint())));
    CaFacts facts =
        EditedFacts.of(
            facts(List.of(condemned)),
            it ->
                it.copies(
                    new DistributionState(
                        DistributionState.Evidence.FRESH,
                        List.of(),
                        List.of("left out"),
                        Duration.ZERO,
                        List.of("web"))));

    Phase phase = Phase.of(facts, NOW);

    assertThat(phase).isInstanceOf(Phase.NoSigner.class);
    RotationProgress progress = phase.progress().orElseThrow();
    assertThat(progress.phase()).isEqualTo(RotationPhase.Retiring);
    assertThat(progress.deadline()).isEmpty();
    assertThat(progress.blockedBy())
        .containsExactly("left out", "web still holds a distrusted generation");
  }

  @Test
  void shouldKnowWhatCannotBeProven() {
    Suspect suspect =
        new Suspect(
            2,
            generation(2).fingerprint(),
            Optional.empty(),
            "root-ca-2",
            Suspect.Kind.GONE,
            "it is gone");
    CaFacts facts =
        EditedFacts.of(
            facts(List.of(signing(1))),
            it -> it.generations(new CaGenerations(List.of(signing(1)), List.of(suspect))));

    assertThat(Phase.of(facts, NOW))
        .isInstanceOfSatisfying(
            Phase.Unproven.class,
            unproven -> assertThat(unproven.suspects()).containsExactly(suspect));
    assertThat(decide(facts, NOW)).isInstanceOf(CaDecision.Refuse.class);
  }

  @Test
  void shouldTellWhatIsNotSeenAndNameFew() {
    DistributionState.Copy[] lacking =
        IntStream.range(0, 30)
            .mapToObj(i -> copy("web" + i, 1, 1))
            .toArray(DistributionState.Copy[]::new);
    CaFacts facts =
        EditedFacts.of(
            facts(List.of(signing(1), made(2)), lacking), it -> it.incomplete(List.of("unseen")));

    RotationProgress progress = Phase.of(facts, NOW).progress().orElseThrow();

    assertThat(progress.pending()).isEqualTo(30);
    assertThat(progress.blockedBy()).hasSize(10).startsWith("unseen").endsWith("22 more");
  }

  private static CaDecision decide(CaFacts facts, Instant now) {
    return CaJudgements.decide(facts, now);
  }

  private static CaGeneration signing(int number) {
    return noted(generation(number), it -> it.signingSince(BEFORE));
  }

  private static CaGeneration made(int number) {
    return generation(number);
  }

  private static CaGeneration noted(
      CaGeneration generation, UnaryOperator<GenerationMilestones.Edit> edit) {
    return generation.withMilestones(generation.milestones().with(edit));
  }

  private static final List<CaGeneration> GENERATIONS =
      IntStream.rangeClosed(1, 3)
          .mapToObj(
              number ->
                  new CaGeneration(
                      number,
                      Issuance.rootCA(CertificateTemplate.of(CA), BEFORE).certificate(),
                      Optional.empty(),
                      GenerationMilestones.none()))
          .toList();

  private static CaGeneration generation(int number) {
    return GENERATIONS.get(number - 1);
  }

  private static DistributionState.Copy copy(String name, int signedBy, Integer... trusts) {
    return new DistributionState.Copy(
        name,
        Set.of(trusts),
        Optional.empty(),
        false,
        OptionalInt.of(signedBy),
        Optional.of(NOW.plus(Duration.ofDays(30))));
  }

  private static CaFacts manual(CaFacts facts) {
    RotationPlan plan =
        new RotationPlan(Optional.empty(), OVERLAP, Reissue.OnRenewal, Rotation.Advance.Manual);
    return new CaFacts(
        facts.desired(),
        plan,
        facts.requests(),
        facts.generations(),
        facts.unsealed(),
        facts.highestKnown(),
        facts.traces(),
        facts.adoptable(),
        facts.metadataCurrent(),
        facts.bundle(),
        facts.distribution(),
        facts.copies(),
        facts.incomplete(),
        RevocationFacts.off());
  }

  private static CaFacts facts(List<CaGeneration> generations, DistributionState.Copy... copies) {
    return new CaFacts(
        RootCAFixture.desired(CA),
        RotationPlan.of(CA),
        CaRequests.none(),
        new CaGenerations(generations),
        0,
        generations.size(),
        List.of(),
        Optional.empty(),
        true,
        CaFacts.Bundle.CURRENT,
        Distribution.none(),
        new DistributionState(
            DistributionState.Evidence.FRESH, List.of(copies), List.of(), Duration.ZERO),
        List.of(),
        RevocationFacts.off());
  }
}
