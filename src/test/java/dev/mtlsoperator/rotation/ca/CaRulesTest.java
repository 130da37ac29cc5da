package dev.mtlsoperator.rotation.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.simulation.EditedFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CaRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final CaGeneration SIGNING = generation(1, CA, true);

  @Test
  void shouldCreateTheFirstGeneration() {
    CaDecision decision = CaJudgements.decide(facts(List.of(), 0, List.of(), Bundle.ABSENT), NOW);

    assertThat(decision)
        .isInstanceOfSatisfying(
            CaDecision.Create.class, create -> assertThat(create.number()).isEqualTo(1));
  }

  @Test
  void shouldNeverUseANumberTwice() {
    CaDecision decision = CaJudgements.decide(facts(List.of(), 7, List.of(), Bundle.ABSENT), NOW);

    assertThat(decision)
        .isInstanceOfSatisfying(
            CaDecision.Create.class, create -> assertThat(create.number()).isEqualTo(8));
  }

  @Test
  void shouldNotMakeANewCASilentlyWhereTracesOfOneAre() {
    CaDecision decision =
        CaJudgements.decide(
            facts(List.of(), 1, List.of("ConfigMap 'root-trust'"), Bundle.OUTDATED), NOW);

    assertThat(decision)
        .isInstanceOfSatisfying(
            CaDecision.Refuse.class,
            refuse -> {
              assertThat(refuse.why().reason()).isEqualTo(Reason.CAKeyMissing);
              assertThat(refuse.why().message())
                  .contains("ConfigMap 'root-trust'", "mtls-operator.dev/adopt=sha256:");
            });
  }

  @Test
  void shouldPublishTrustUntilItIsCurrent() {
    assertThat(CaJudgements.decide(facts(List.of(SIGNING), 1, List.of(), Bundle.ABSENT), NOW))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaJudgements.decide(facts(List.of(SIGNING), 1, List.of(), Bundle.OUTDATED), NOW))
        .isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaJudgements.decide(facts(List.of(SIGNING), 1, List.of(), Bundle.CURRENT), NOW))
        .isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldLeaveSomebodyElsesConfigMapAlone() {
    CaFacts facts = facts(List.of(SIGNING), 1, List.of(), Bundle.FOREIGN);

    assertThat(CaJudgements.decide(facts, NOW)).isInstanceOf(CaDecision.Keep.class);
    assertThat(CaJudgements.notReady(facts, NOW).map(Finding::reason))
        .contains(Reason.TrustBundleConflict);
  }

  @Test
  void shouldSayThatAnEditOfTheSubjectIsNotInService() {
    CaFacts facts =
        facts(
            aRootCA(it -> it.commonName("another")),
            List.of(SIGNING),
            1,
            List.of(),
            Bundle.CURRENT);

    assertThat(CaJudgements.notReady(facts, NOW).map(Finding::reason))
        .contains(Reason.SpecNotInService);
  }

  @Test
  void shouldSayThatItHasExpired() {
    CaFacts facts = facts(List.of(SIGNING), 1, List.of(), Bundle.CURRENT);

    assertThat(CaJudgements.notReady(facts, NOW)).isEmpty();
    assertThat(CaJudgements.notReady(facts, NOW.plus(Duration.ofDays(3650))).map(Finding::reason))
        .contains(Reason.CAExpired);
  }

  @Test
  void shouldLetTheHighestGenerationThatMaySignDoSo() {
    CertificateAuthority second = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
    CertificateAuthority third = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
    CaFacts facts =
        facts(
            List.of(SIGNING, generation(2, second, true), generation(3, third, false)),
            3,
            List.of(),
            Bundle.CURRENT);

    assertThat(facts.signer().map(CaGeneration::number)).contains(2);
  }

  @Test
  void shouldAskTheApiServerBeforeItCreatesOrMovesAGeneration() {
    CaFacts fresh = facts(List.of(), 0, List.of(), Bundle.ABSENT);

    assertThat(CaJudgements.decide(cached(fresh), NOW)).isInstanceOf(CaDecision.LookAgain.class);
    assertThat(
            CaJudgements.decide(cached(facts(List.of(SIGNING), 1, List.of(), Bundle.CURRENT)), NOW))
        .isInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldReadNoLeavesToWriteCopies() {
    CaFacts outdated = facts(List.of(SIGNING), 1, List.of(), Bundle.OUTDATED);
    CaFacts due = distributing(List.of("a copy"), List.of());
    CaFacts surplus = distributing(List.of(), List.of("a copy"));

    for (CaFacts facts : List.of(outdated, due, surplus)) {
      assertThat(CaJudgements.decide(cached(facts), NOW))
          .isInstanceOfSatisfying(
              CaDecision.LookAgain.class,
              again -> assertThat(again.evidence()).isEqualTo(Evidence.LEAVES_CACHED));
      assertThat(CaJudgements.decide(by(Evidence.LEAVES_CACHED, facts), NOW))
          .isEqualTo(CaJudgements.decide(facts, NOW));
    }
    assertThat(CaJudgements.decide(outdated, NOW)).isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaJudgements.decide(due, NOW)).isInstanceOf(CaDecision.Distribute.class);
    assertThat(CaJudgements.decide(surplus, NOW)).isInstanceOf(CaDecision.Recall.class);
  }

  @Test
  void shouldReadTheLeavesBeforeItCreatesAGeneration() {
    CaFacts fresh = facts(List.of(), 0, List.of(), Bundle.ABSENT);

    assertThat(CaJudgements.decide(by(Evidence.LEAVES_CACHED, fresh), NOW))
        .isInstanceOfSatisfying(
            CaDecision.LookAgain.class,
            again -> assertThat(again.evidence()).isEqualTo(Evidence.FRESH));
  }

  private static CaFacts distributing(List<String> due, List<String> surplus) {
    return EditedFacts.of(
        facts(List.of(SIGNING), 1, List.of(), Bundle.CURRENT),
        it -> it.distribution(new Distribution(due, surplus)));
  }

  @Test
  void shouldMakeANewCAAfterALossOnlyWhenAskedTo() {
    CaFacts lost = facts(List.of(), 4, List.of("ConfigMap 'root-trust'"), Bundle.OUTDATED);

    assertThat(CaJudgements.decide(asked(lost, Optional.of("now"), Optional.empty()), NOW))
        .isInstanceOfSatisfying(
            CaDecision.Create.class,
            create -> {
              assertThat(create.number()).isEqualTo(5);
              assertThat(create.begins()).isEqualTo(CaDecision.Begins.AT_ONCE);
            });
    assertThat(CaJudgements.decide(asked(lost, Optional.of("old"), Optional.of("old")), NOW))
        .isInstanceOf(CaDecision.Refuse.class);
  }

  @Test
  void shouldDoNothingThatCannotBeUndoneWhileNotAllCanBeSeen() {
    CaFacts none = doubted(facts(List.of(), 0, List.of(), Bundle.ABSENT));
    CaGeneration next =
        generation(2, Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW), false);
    CaFacts two = facts(List.of(SIGNING, next), 2, List.of(), Bundle.CURRENT);

    assertThat(CaJudgements.decide(none, NOW))
        .isInstanceOfSatisfying(
            CaDecision.Refuse.class,
            refuse -> assertThat(refuse.why().reason()).isEqualTo(Reason.OutOfWatchScope));
    assertThat(CaJudgements.decide(two, NOW)).isInstanceOf(CaDecision.MarkDistributed.class);
    assertThat(CaJudgements.decide(doubted(two), NOW)).isInstanceOf(CaDecision.Keep.class);
    assertThat(CaJudgements.progress(doubted(two), NOW))
        .hasValueSatisfying(progress -> assertThat(progress.blockedBy()).contains("unseen"));
    // an expired CA is in nobody's service any more
    assertThat(CaJudgements.decide(doubted(two), SIGNING.end()))
        .isNotInstanceOf(CaDecision.Keep.class);
  }

  @Test
  void shouldTakeTheDistrustedOutOfTheBundlesWhateverIsWrongWithTheSpec() {
    RootCA wrong = aRootCA(it -> it.duration("no duration"));
    CaGeneration condemned =
        SIGNING.withMilestones(
            SIGNING.milestones().with(it -> it.distrusts(Set.of(SIGNING.fingerprint()))));
    CaFacts outdated = withDesired(facts(List.of(condemned), 1, List.of(), Bundle.OUTDATED), wrong);
    CaFacts current = withDesired(facts(List.of(condemned), 1, List.of(), Bundle.CURRENT), wrong);

    assertThat(outdated.desired()).isInstanceOf(DesiredCertificate.Invalid.class);
    assertThat(CaJudgements.decide(outdated, NOW)).isInstanceOf(CaDecision.PublishTrust.class);
    assertThat(CaJudgements.decide(current, NOW))
        .isInstanceOfSatisfying(
            CaDecision.Refuse.class,
            refuse -> assertThat(refuse.why().reason()).isEqualTo(Reason.InvalidSpec));
  }

  @Test
  void shouldDistrustWhateverIsWrongWithTheSpec() {
    CaFacts f = facts(List.of(SIGNING), 1, List.of(), Bundle.CURRENT);
    CaFacts braked =
        withDesired(
            EditedFacts.of(
                f,
                it ->
                    it.requests(
                        new CaRequests(
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.of(SIGNING.fingerprint())))),
            aRootCA(it -> it.duration("no duration")));

    assertThat(CaJudgements.decide(braked, NOW))
        .isInstanceOfSatisfying(
            CaDecision.Condemn.class,
            condemn ->
                assertThat(condemn.why().message())
                    .contains("before the spec is corrected", "spec.duration"));
  }

  @Test
  void shouldNotBeStableWhileACopyHoldsWhatIsDistrusted() {
    CaGeneration condemned =
        SIGNING.withMilestones(
            SIGNING.milestones().with(it -> it.distrusts(Set.of(SIGNING.fingerprint()))));
    for (List<CaGeneration> generations : List.of(List.of(SIGNING), List.of(condemned))) {
      CaFacts rid = facts(generations, 1, List.of(), Bundle.CURRENT);
      CaFacts notRid = notRid(rid, "ServerCert 'web'");

      assertThat(CaJudgements.progress(notRid, NOW))
          .hasValueSatisfying(
              progress -> {
                assertThat(progress.phase()).isEqualTo(RotationPhase.Retiring);
                assertThat(progress.pending()).isEqualTo(1);
                assertThat(progress.blockedBy())
                    .containsExactly("ServerCert 'web' still holds a distrusted generation");
              });
      assertThat(CaJudgements.progress(rid, NOW))
          .hasValueSatisfying(
              progress -> assertThat(progress.phase()).isEqualTo(RotationPhase.Stable));
    }
  }

  private static CaFacts notRid(CaFacts f, String name) {
    return EditedFacts.of(
        f,
        it ->
            it.copies(
                new DistributionState(
                    Evidence.FRESH, List.of(), List.of(), Duration.ZERO, List.of(name))));
  }

  private static CaFacts withDesired(CaFacts f, RootCA ca) {
    return EditedFacts.of(f, it -> it.desired(RootCAFixture.desired(ca)));
  }

  private static CaFacts doubted(CaFacts f) {
    return EditedFacts.of(f, it -> it.incomplete(List.of("unseen")));
  }

  private static CaFacts cached(CaFacts f) {
    return by(Evidence.CACHED, f);
  }

  private static CaFacts by(Evidence evidence, CaFacts f) {
    return EditedFacts.of(
        f,
        it ->
            it.copies(new DistributionState(evidence, List.of(), List.of(), Duration.ZERO))
                .incomplete(List.of()));
  }

  private static CaFacts asked(CaFacts f, Optional<String> rotate, Optional<String> reported) {
    return EditedFacts.of(
        f, it -> it.requests(new CaRequests(rotate, reported, Optional.empty(), Optional.empty())));
  }

  @Test
  void shouldWaitOneOverlapMoreForWhoChangesACopyAgainAndAgain() {
    // given: a successor that everybody holds, and a copy that was changed a moment ago, always
    CaGeneration first = generation(1, CA, true);
    CaGeneration second =
        new CaGeneration(
            2,
            Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW).certificate(),
            Optional.empty(),
            GenerationMilestones.none().with(it -> it.distributedAt(NOW)));
    Duration overlap = RotationPlan.of(aRootCA()).overlap();

    // when, then
    Instant early = NOW.plus(overlap).plusSeconds(2);
    assertThat(decide(List.of(first, second), Bundle.REFUSED, early))
        .isInstanceOf(CaDecision.Keep.class);
    Instant late = NOW.plus(overlap.multipliedBy(2)).plusSeconds(2);
    assertThat(decide(List.of(first, second), Bundle.REFUSED, late))
        .isInstanceOf(CaDecision.StartSigning.class);
  }

  private static CaDecision decide(List<CaGeneration> generations, Bundle bundle, Instant now) {
    CaFacts f = facts(generations, 2, List.of(), bundle);
    DistributionState.Copy copy =
        new DistributionState.Copy(
            "ServerCert 'web'",
            Set.of(1, 2),
            Optional.of(now.minusSeconds(1)),
            false,
            OptionalInt.empty(),
            Optional.empty());
    return CaJudgements.decide(
        EditedFacts.of(
            f,
            it ->
                it.copies(
                        new DistributionState(
                            Evidence.FRESH, List.of(copy), List.of(), Duration.ZERO))
                    .incomplete(List.of())),
        now);
  }

  private static CaGeneration generation(int number, CertificateAuthority ca, boolean signs) {
    GenerationMilestones none = GenerationMilestones.none();
    return new CaGeneration(
        number,
        ca.certificate(),
        Optional.empty(),
        signs ? none.with(it -> it.signingSince(NOW)) : none);
  }

  private static CaFacts facts(
      List<CaGeneration> generations, int highest, List<String> traces, Bundle bundle) {
    return facts(aRootCA(), generations, highest, traces, bundle);
  }

  private static CaFacts facts(
      RootCA ca, List<CaGeneration> generations, int highest, List<String> traces, Bundle bundle) {
    return new CaFacts(
        RootCAFixture.desired(ca),
        RotationPlan.of(ca),
        CaRequests.none(),
        new CaGenerations(generations),
        0,
        highest,
        traces,
        Optional.empty(),
        true,
        bundle,
        Distribution.none(),
        new DistributionState(Evidence.FRESH, List.of(), List.of(), Duration.ZERO),
        List.of(),
        RevocationFacts.off());
  }
}
