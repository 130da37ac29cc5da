package dev.mtlsoperator.reconcile.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.CaAnnotations;
import dev.mtlsoperator.reconcile.context.GenerationNumbers;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
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
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.TrustContent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A status that the API server takes, whatever lies around a CA. */
final class CaReportTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA CA = aRootCA();
  private static final CertificateAuthority AUTHORITY =
      Issuance.rootCA(CertificateTemplate.of(CA), NOW);

  @Test
  void shouldNameFewOfWhatSomebodyLabelledLikeGenerations() {
    List<String> planted =
        IntStream.range(0, 130).mapToObj(i -> "x".repeat(240) + "-ca-" + (100 + i)).toList();

    RootCAStatus status =
        report(CA, seen(planted), new CaDecision.Keep(), NOW.plusSeconds(60)).status();

    assertThat(Conditions.find(status.conditions(), "Ready").orElseThrow().message())
        .contains(planted.get(0), "and 122 more")
        .hasSizeLessThan(4096);
  }

  @Test
  void shouldCutWhatTheSchemaWouldRefuse() {
    // given: what nobody bounded, with characters that count twice at the edge
    String endless = "a" + "😀".repeat(40_000);
    CaDecision hold = new CaDecision.Hold(new Finding(Reason.InvalidInput, endless));

    RootCAStatus status = report(CA, seen(List.of()), hold, NOW.plusSeconds(60)).status();
    RootCAStatus failed = FailedRuns.status(CA, new Finding(Reason.InternalError, endless), NOW);

    assertThat(status.conditions())
        .extracting(Condition::message)
        .anySatisfy(message -> assertThat(message).hasSizeGreaterThan(30_000).endsWith("😀…"));
    assertThat(List.of(status, failed))
        .flatMap(RootCAStatus::conditions)
        .allSatisfy(c -> assertThat(c.message().length()).isLessThanOrEqualTo(32_768));
    assertThat(status.rotation().blockedBy())
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(1024));
  }

  @Test
  void shouldLookWhenAStepIsDueWhateverElseIsWrong() {
    CaObservation seen = seen(List.of());
    CaDecision hold = new CaDecision.Hold(new Finding(Reason.InvalidInput, "something is wrong"));
    Instant due = Phase.of(seen.facts(), NOW).progress().orElseThrow().deadline().orElseThrow();

    assertThat(report(CA, seen, hold, due.minusSeconds(100)).next())
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(report(CA, seen, hold, due.minusSeconds(10)).next())
        .isEqualTo(Duration.ofSeconds(10));
    // it has not happened: it waits for that
    assertThat(report(CA, seen, hold, due).next()).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void shouldSeeWhatStatusDoesNotTellYet() {
    CaObservation seen = seen(List.of());
    RootCA told = aRootCA();
    assertThat(seen.isAheadOf(ReportedStatus.of(told))).isTrue();

    told.setStatus(report(told, seen, new CaDecision.Keep(), NOW).status());
    assertThat(seen.isAheadOf(ReportedStatus.of(told))).isFalse();

    // and what was noted since, after which no status could be written
    Sealed first = seen.generations().get(0);
    Sealed noted =
        GenerationSecret.read(
                "shop", "root", GenerationSecret.remember(first, 7, Set.of(), 0, SEAL), SEAL)
            .orElseThrow();
    CaObservation later =
        new CaObservation(
            seen.facts(),
            List.of(noted),
            seen.skipped(),
            seen.bundle(),
            seen.content(),
            seen.additional(),
            seen.copies(),
            RevocationView.off());
    assertThat(later.isAheadOf(ReportedStatus.of(told))).isTrue();
  }

  @Test
  void shouldRememberWhomAPersonDistrustsWhileOthersCannotBeProven() {
    Fingerprint stolen = Fingerprint.of(AUTHORITY.certificate());
    Finding tampered = new Finding(Reason.Tampered, "of another one");
    RootCA told = aRootCA();
    told.setStatus(report(told, seen(List.of()), new CaDecision.Keep(), NOW).status());

    RootCAStatus status =
        report(
                told,
                seen(List.of()),
                new CaDecision.Distrust(
                    Set.of(stolen), new Finding(Reason.Distrusted, "it leaves"), tampered),
                NOW)
            .status();

    assertThat(status.history().distrusts()).containsExactly(stolen.text());
    assertThat(Conditions.find(status.conditions(), Conditions.STALLED).orElseThrow().reason())
        .isEqualTo("Tampered");
    told.setStatus(status);
    assertThat(ReportedStatus.of(told).history().distrusts()).containsExactly(stolen);
  }

  @Test
  void shouldRememberWhatItMadeThoughSomebodyDeletesItAtOnce() {
    // given: asked for by a person, made, and deleted before the run was over
    RootCA told = aRootCA();
    told.getMetadata().setAnnotations(Map.of("mtls-operator.dev/rotate", "now"));
    History.Created created = new History.Created(2, NOW);

    // when
    RootCAStatus status =
        report(
                told,
                seen(List.of(), CaAnnotations.requests(told)),
                new CaDecision.Keep(),
                Optional.of(created),
                NOW)
            .status();
    told.setStatus(status);

    // then: it is remembered, and so is what it was made for
    assertThat(status.history().created()).isEqualTo(2);
    assertThat(status.history().createdAt()).isEqualTo(NOW.toString());
    assertThat(status.rotate()).isEqualTo("now");
    History history = ReportedStatus.of(told).history();
    assertThat(history.created()).contains(created);
    assertThat(GenerationNumbers.highestKnown(told, List.of(), List.of(), 0)).isEqualTo(2);

    // also where it was made for one that is lost still
    CaGenerations lost =
        new CaGenerations(
            List.of(),
            List.of(
                new Suspect(
                    1,
                    Fingerprint.of(AUTHORITY.certificate()),
                    Optional.empty(),
                    "root-ca-1",
                    Suspect.Kind.GONE,
                    "it is gone")));
    told.setStatus(report(told, seen(List.of()), new CaDecision.Keep(), NOW).status());
    assertThat(
            report(
                    told,
                    judged(seen(List.of()), facts(lost, CaAnnotations.requests(told))),
                    new CaDecision.Refuse(new Finding(Reason.CAKeyMissing, "it is gone")),
                    Optional.of(created),
                    NOW)
                .status()
                .rotate())
        .isEqualTo("now");
    told.setStatus(status);

    // and looked at again when another one may be made
    CaObservation later = remembering(seen(List.of(), CaAnnotations.requests(told)), history);
    CaReport next = report(told, later, new CaDecision.Keep(), NOW.plusSeconds(10));
    assertThat(next.next()).isEqualTo(Duration.ofSeconds(51));
    assertThat(next.status().rotate()).isEqualTo("now");
    assertThat(next.status().history()).isEqualTo(status.history());
  }

  private static CaReport report(RootCA ca, CaObservation seen, CaDecision decision, Instant now) {
    return report(ca, seen, decision, Optional.empty(), now);
  }

  private static CaReport report(
      RootCA ca,
      CaObservation seen,
      CaDecision decision,
      Optional<History.Created> created,
      Instant now) {
    return CaReport.of(
        ca, new CaOutcome(seen, Phase.of(seen.facts(), now), decision, created, now), null);
  }

  private static CaObservation remembering(CaObservation seen, History history) {
    CaFacts facts = seen.facts();
    return judged(seen, facts(facts.generations().remembering(history), facts.requests()));
  }

  private static CaObservation judged(CaObservation seen, CaFacts facts) {
    return new CaObservation(
        facts,
        seen.generations(),
        seen.skipped(),
        seen.bundle(),
        seen.content(),
        seen.additional(),
        seen.copies(),
        RevocationView.off());
  }

  private static CaObservation seen(List<String> skipped) {
    return seen(skipped, CaRequests.none());
  }

  private static CaFacts facts(CaGenerations generations, CaRequests requests) {
    return new CaFacts(
        new DesiredCertificate.Valid(CertificateTemplate.of(CA)),
        RotationPlan.of(CA),
        requests,
        generations,
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

  private static CaObservation seen(List<String> skipped, CaRequests requests) {
    CaGeneration generation =
        new CaGeneration(
            1,
            CaPath.root(AUTHORITY.certificate()),
            Optional.empty(),
            Optional.empty(),
            GenerationMilestones.none().with(it -> it.signingSince(NOW)));
    Sealed sealed =
        GenerationSecret.read(
                "shop",
                "root",
                GenerationSecret.create(CA, generation, AUTHORITY.key(), "Created", SEAL),
                SEAL)
            .orElseThrow();
    CaFacts facts = facts(new CaGenerations(List.of(sealed.generation())), requests);
    return new CaObservation(
        facts,
        List.of(sealed),
        skipped,
        Optional.empty(),
        new TrustContent(new TreeMap<>(), AdditionalEntries.none()),
        AdditionalTrusts.Known.none(),
        TrustObserver.Seen.nothing(),
        RevocationView.off());
  }
}
