package dev.mtlsoperator.reconcile.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.CaOffer;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.revocation.RevocationView;
import dev.mtlsoperator.reconcile.trust.TrustObserver;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.CaRequests;
import dev.mtlsoperator.rotation.ca.Distribution;
import dev.mtlsoperator.rotation.ca.DistributionState;
import dev.mtlsoperator.rotation.ca.Phase;
import dev.mtlsoperator.rotation.ca.RotationPlan;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.rotation.simulation.EditedFacts;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.TrustContent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each condition of a RootCA: when it is true, with which reason, and when it goes. */
final class CaConditionsTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final RootCA CA = aRootCA();
  private static final CertificateAuthority AUTHORITY =
      Issuance.rootCA(CertificateTemplate.of(CA), NOW);
  private static final CaDecision KEEP = new CaDecision.Keep();

  @Test
  void shouldBeReadyWhileItIsAsAskedFor() {
    List<Condition> all = conditions(facts(), KEEP, NOW);

    assertThat(all).extracting(Condition::type).containsExactly(Conditions.READY);
    assertThat(one(all, Conditions.READY).status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(one(all, Conditions.READY).reason()).isEqualTo("Issued");
    assertThat(one(all, Conditions.READY).message())
        .startsWith("generation 1 signs and is valid until ");
  }

  @Test
  void shouldBeStalledWhereAPersonMustAct() {
    Finding lost = new Finding(Reason.CAKeyMissing, "it is gone");

    List<Condition> all = conditions(facts(), new CaDecision.Refuse(lost), NOW);

    assertThat(one(all, Conditions.READY).status()).isEqualTo(ConditionStatus.FALSE);
    assertThat(one(all, Conditions.READY).reason()).isEqualTo("CAKeyMissing");
    assertThat(one(all, Conditions.STALLED).message()).isEqualTo("it is gone");
  }

  @Test
  void shouldBeReconcilingWhileWhatWasAskedForIsOnItsWay() {
    RootCA renamed = aRootCA(it -> it.commonName("another root"));
    CaGeneration next =
        new CaGeneration(
            2,
            Issuance.rootCA(CertificateTemplate.of(renamed), NOW).certificate(),
            Optional.empty(),
            GenerationMilestones.none());
    CaFacts alone = EditedFacts.of(facts(), it -> it.desired(RootCAFixture.desired(renamed)));
    CaFacts followed =
        EditedFacts.of(alone, it -> it.generations(new CaGenerations(List.of(generation(), next))));

    assertThat(conditions(alone, KEEP, NOW))
        .extracting(Condition::type)
        .containsExactlyInAnyOrder(Conditions.READY, Conditions.STALLED);
    List<Condition> all = conditions(followed, KEEP, NOW);
    assertThat(all)
        .extracting(Condition::type)
        .containsExactlyInAnyOrder(Conditions.READY, Conditions.RECONCILING);
    assertThat(one(all, Conditions.RECONCILING).reason()).isEqualTo("SpecNotInService");
    assertThat(one(all, Conditions.RECONCILING).message())
        .endsWith("generation 2 is as asked for and is being distributed");
  }

  @Test
  void shouldStayReadyWhileAStepIsHeldAndSayThatRenewalIsBlocked() {
    Finding skewed = new Finding(Reason.ClockSkewed, "the clocks differ");

    List<Condition> all = conditions(facts(), new CaDecision.Hold(skewed), NOW);

    assertThat(one(all, Conditions.READY).status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(one(all, Conditions.RENEWAL_BLOCKED).reason()).isEqualTo("ClockSkewed");
    CaFacts none = EditedFacts.of(facts(), it -> it.generations(CaGenerations.none()));
    List<Condition> without = conditions(none, new CaDecision.Hold(skewed), NOW);
    assertThat(one(without, Conditions.READY).reason()).isEqualTo("ClockSkewed");
  }

  @Test
  void shouldSayThatAnImportHasNoSuccessor() {
    RootCA importing = RootCAFixture.aRootCA(it -> it.importedFrom("input").overlap("1h"));
    DesiredCertificate wanted =
        new DesiredCertificate.Unusable(
            "input", new Finding(Reason.InputNotAvailable, "Secret 'input' is not there"));
    CaGeneration imported =
        new CaGeneration(
            1,
            CaPath.root(AUTHORITY.certificate()),
            Optional.empty(),
            Optional.of("input"),
            GenerationMilestones.none().with(it -> it.signingSince(NOW)));
    CaFacts facts =
        EditedFacts.of(
            facts(), it -> it.desired(wanted).generations(new CaGenerations(List.of(imported))));

    List<Condition> all = CaConditions.of(importing, outcome(facts, KEEP, List.of(), NOW));

    assertThat(one(all, Conditions.READY).status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(one(all, Conditions.RENEWAL_BLOCKED).reason()).isEqualTo("InputNotAvailable");
    assertThat(one(all, Conditions.RENEWAL_BLOCKED).message())
        .contains("Secret 'input' is not there", "Generation 1 stays in service until");
  }

  @Test
  void shouldNameTheCopiesThatCannotBeWritten() {
    CaFacts blocked =
        EditedFacts.of(
            facts(),
            it ->
                it.copies(
                    new DistributionState(
                        DistributionState.Evidence.FRESH,
                        List.of(),
                        List.of("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
                        Duration.ZERO)));

    Condition condition = one(conditions(blocked, KEEP, NOW), Conditions.TRUST_BLOCKED);

    assertThat(condition.reason()).isEqualTo("TrustNotDistributed");
    assertThat(condition.message()).isEqualTo("1; 2; 3; 4; 5; 6; 7; 8; and 2 more");
  }

  @Test
  void shouldSayWhoRefusesTheCAAndStayReady() {
    CaGeneration bare =
        new CaGeneration(
            1,
            CaPath.root(MalformedCertificate.root(root -> root.keyIdentifier = null).certificate()),
            Optional.empty(),
            Optional.empty(),
            GenerationMilestones.none().with(it -> it.signingSince(NOW)));
    CaFacts facts =
        EditedFacts.of(
            facts(),
            it ->
                it.desired(RootCAFixture.desired(aRootCA(ca -> ca.commonName("root"))))
                    .generations(new CaGenerations(List.of(bare))));
    RootCA accepting = aRootCA();
    accepting
        .getMetadata()
        .setAnnotations(
            Map.of(Api.ACCEPT_ADVICE_ANNOTATION, "ca-without-subject-key-identifier, typo"));

    List<Condition> all = conditions(facts, KEEP, NOW);

    assertThat(one(all, Conditions.ADVISORY).reason()).isEqualTo("CaWithoutSubjectKeyIdentifier");
    assertThat(one(all, Conditions.ADVISORY).message()).contains("'CN=root'", "Python 3.13");
    List<Condition> accepted = CaConditions.of(accepting, outcome(facts, KEEP, List.of(), NOW));
    assertThat(one(accepted, Conditions.ADVISORY).reason()).isEqualTo("UnknownAdvice");
    assertThat(one(accepted, Conditions.ADVISORY).message()).contains("'typo'");
  }

  @Test
  void shouldNotBeReadyOnceTheSignerHasExpired() {
    List<Condition> all = conditions(facts(), KEEP, generation().end());

    assertThat(one(all, Conditions.READY).reason()).isEqualTo("CAExpired");
    assertThat(one(all, Conditions.STALLED).message()).contains("expired on");
  }

  @Test
  void shouldNotBeReadyWhereItsBundleIsSomebodyElses() {
    CaFacts foreign = EditedFacts.of(facts(), it -> it.bundle(CaFacts.Bundle.FOREIGN));

    assertThat(one(conditions(foreign, KEEP, NOW), Conditions.READY).reason())
        .isEqualTo("TrustBundleConflict");
  }

  @Test
  void shouldSayThatSecretsWithoutASealArePassedOver() {
    CaOutcome outcome = outcome(facts(), KEEP, List.of("root-ca-7"), NOW);

    assertThat(one(CaConditions.of(CA, outcome), Conditions.READY).message())
        .endsWith("for they carry no seal of this operator: Secrets root-ca-7");
  }

  @Test
  void shouldNameTrustThatCannotBeUsedAndStayReady() {
    CaOutcome outcome =
        outcome(
            facts(),
            List.of(),
            new AdditionalTrusts.Known(
                AdditionalEntries.none(), Optional.empty(), List.of("'CN=past' is left out")));

    List<Condition> all = CaConditions.of(CA, outcome);

    assertThat(one(all, Conditions.READY).status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(one(all, Conditions.TRUST_BLOCKED).reason()).isEqualTo("InvalidInput");
    assertThat(one(all, Conditions.TRUST_BLOCKED).message()).isEqualTo("'CN=past' is left out");
  }

  @Test
  void shouldSayHowAnImportIsUsed() {
    DesiredCertificate wanted =
        new DesiredCertificate.Import(
            "input",
            new CaOffer(
                CaPath.root(AUTHORITY.certificate()),
                List.of(),
                List.of(),
                List.of("this is used"),
                Set.of()));
    CaFacts facts = EditedFacts.of(facts(), it -> it.desired(wanted));

    assertThat(
            one(
                    CaConditions.of(
                        RootCAFixture.aRootCA(it -> it.importedFrom("input")),
                        outcome(facts, KEEP, List.of(), NOW)),
                    Conditions.READY)
                .message())
        .contains(". this is used");
  }

  @Test
  void shouldSayWhatKeepsOthersFromBeingProvenWhileItDistrusts() {
    CaDecision distrust =
        new CaDecision.Distrust(
            Set.of(generation().fingerprint()),
            new Finding(Reason.Distrusted, "it leaves"),
            new Finding(Reason.Tampered, "of another one"));

    assertThat(one(conditions(facts(), distrust, NOW), Conditions.STALLED).reason())
        .isEqualTo("Tampered");
  }

  private static Condition one(List<Condition> all, String type) {
    return Conditions.find(all, type).orElseThrow();
  }

  private static List<Condition> conditions(CaFacts facts, CaDecision decision, Instant now) {
    return CaConditions.of(CA, outcome(facts, decision, List.of(), now));
  }

  private static CaOutcome outcome(
      CaFacts facts, CaDecision decision, List<String> skipped, Instant now) {
    return outcome(facts, decision, skipped, AdditionalTrusts.Known.none(), now);
  }

  private static CaOutcome outcome(
      CaFacts facts, List<String> skipped, AdditionalTrusts.Known additional) {
    return outcome(facts, KEEP, skipped, additional, NOW);
  }

  private static CaOutcome outcome(
      CaFacts facts,
      CaDecision decision,
      List<String> skipped,
      AdditionalTrusts.Known additional,
      Instant now) {
    return new CaOutcome(
        new CaObservation(
            facts,
            List.of(),
            skipped,
            Optional.empty(),
            new TrustContent(new TreeMap<>(), AdditionalEntries.none()),
            additional,
            TrustObserver.Seen.nothing(),
            RevocationView.off()),
        Phase.of(facts, now),
        decision,
        Optional.empty(),
        now);
  }

  private static CaGeneration generation() {
    return new CaGeneration(
        1,
        CaPath.root(AUTHORITY.certificate()),
        Optional.empty(),
        Optional.empty(),
        GenerationMilestones.none().with(it -> it.signingSince(NOW)));
  }

  private static CaFacts facts() {
    return new CaFacts(
        RootCAFixture.desired(CA),
        RotationPlan.of(CA),
        CaRequests.none(),
        new CaGenerations(List.of(generation())),
        0,
        1,
        List.of(),
        Optional.empty(),
        true,
        CaFacts.Bundle.CURRENT,
        Distribution.none(),
        new DistributionState(
            DistributionState.Evidence.FRESH, List.of(), List.of(), Duration.ZERO),
        List.of(),
        RevocationFacts.off());
  }
}
