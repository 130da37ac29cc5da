package dev.mtlsoperator.reconcile.leaf;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static dev.mtlsoperator.rotation.leaf.ManagedSecretFixture.aManagedSecret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.Failures;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.leaf.LastIssuance;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import dev.mtlsoperator.rotation.leaf.LeafCrls;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafRevocation;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The status of a leaf, and when it is looked at next. */
final class LeafReportTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Instant DUE = NOW.plus(Duration.ofDays(61));
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final Signer.Available SIGNER =
      Signer.Available.alone(CaPath.root(CA.certificate()));
  private static final X509Certificate CERTIFICATE = issue();
  private static final Secret SECRET = secret("Y29udGVudA==");
  private static final Finding DENIED = new Finding(Reason.PolicyViolation, "not allowed");
  private static final Finding FAILED = new Finding(Reason.IssuanceFailed, "refused");
  private static final Restarts.Outcome RUNNING =
      new Restarts.Outcome.Looked(Optional.empty(), Restarts.FAIL_SAFE);

  @Test
  void shouldReportTheCertificateInService() {
    LeafStatus status = status(seen(web(), managed(2)), unchanged(), NOW);

    assertThat(status.observedGeneration()).isEqualTo(1L);
    assertThat(status.secretName()).isEqualTo("web");
    assertThat(status.serialNumber()).isEqualTo(SerialNumber.text(CERTIFICATE.getSerialNumber()));
    assertThat(status.notBefore()).isEqualTo(CERTIFICATE.getNotBefore().toInstant().toString());
    assertThat(status.notAfter()).isEqualTo(CERTIFICATE.getNotAfter().toInstant().toString());
    assertThat(status.fingerprint()).isEqualTo(Fingerprint.of(CERTIFICATE).text());
    assertThat(status.revision()).isEqualTo(2);
    assertThat(status.caGeneration()).isEqualTo(1);
    assertThat(status.secretDigest()).isEqualTo(SecretData.digest(SECRET));
    assertThat(status.failures()).isNull();
    assertThat(types(status)).containsExactly(Conditions.READY);
    assertThat(condition(status, Conditions.READY).message())
        .contains("valid until " + status.notAfter(), "renewed on " + status.renewalTime());
  }

  @Test
  void shouldSayWhoRefusesTheCertificateAndStayReady() {
    ServerCert wild = aServerCert(it -> it.dnsNames("web.example.org", "*.local"));
    SecretState state =
        aManagedSecret(it -> it.certificate(issue(wild)).revision(1).trust(trust()));
    ServerCert accepting = aServerCert(it -> it.dnsNames("web.example.org", "*.local"));
    accepting
        .getMetadata()
        .setAnnotations(Map.of(Api.ACCEPT_ADVICE_ANNOTATION, "wildcard-below-top-level"));

    LeafStatus status = status(seen(wild, state), unchanged(), NOW);

    assertThat(types(status)).containsExactly(Conditions.READY, Conditions.ADVISORY);
    assertThat(condition(status, Conditions.READY).status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(condition(status, Conditions.ADVISORY).reason()).isEqualTo("WildcardBelowTopLevel");
    assertThat(condition(status, Conditions.ADVISORY).message())
        .startsWith("wildcard-below-top-level: the certificate has the DNS name *.local");
    assertThat(types(status(seen(accepting, state), unchanged(), NOW)))
        .containsExactly(Conditions.READY);
  }

  @Test
  void shouldBeReconcilingUntilTheFirstCertificate() {
    LeafStatus status =
        status(seen(web(), new SecretState.Absent()), new LeafOutcome.Failed(FAILED), NOW);

    assertThat(types(status)).containsExactly(Conditions.READY, Conditions.RECONCILING);
    assertThat(condition(status, Conditions.READY).status()).isEqualTo(ConditionStatus.FALSE);
    assertThat(condition(status, Conditions.RECONCILING).reason()).isEqualTo("IssuanceFailed");
    assertThat(status.revision()).isNull();
    assertThat(status.lastIssuance()).isNull();
  }

  @Test
  void shouldBeStalledWhereSomebodyHasToAct() {
    LeafStatus refused =
        status(seen(web(), new SecretState.Unmanaged("somebody else's")), unchanged(), NOW);
    LeafStatus blocked =
        status(seen(web(), new SecretState.Absent()), new LeafOutcome.Blocked(DENIED), NOW);

    assertThat(types(refused)).containsExactly(Conditions.READY, Conditions.STALLED);
    assertThat(condition(refused, Conditions.STALLED).reason()).isEqualTo("SecretConflict");
    assertThat(types(blocked)).containsExactly(Conditions.READY, Conditions.STALLED);
    assertThat(condition(blocked, Conditions.STALLED).reason()).isEqualTo("PolicyViolation");
  }

  @Test
  void shouldSayThatARenewalIsBlockedWhileTheCertificateServes() {
    LeafStatus blocked = status(seen(web(), managed(1)), new LeafOutcome.Blocked(DENIED), DUE);
    LeafStatus failed = status(seen(web(), managed(1)), new LeafOutcome.Failed(FAILED), DUE);

    assertThat(types(blocked)).containsExactly(Conditions.READY, Conditions.RENEWAL_BLOCKED);
    assertThat(condition(blocked, Conditions.READY).status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(condition(blocked, Conditions.RENEWAL_BLOCKED).message())
        .startsWith("not allowed. The certificate in service stays valid until ");
    assertThat(condition(failed, Conditions.RENEWAL_BLOCKED).reason()).isEqualTo("IssuanceFailed");
  }

  @Test
  void shouldGoOnSayingSoWhileItWaitsForTheNextTry() {
    // given: a failure a moment ago
    ServerCert leaf = web();
    leaf.setStatus(status(seen(leaf, managed(1)), new LeafOutcome.Failed(FAILED), DUE));
    LeafFacts waiting = facts(leaf, managed(1), Optional.of(DUE.plusSeconds(10)));

    // when
    LeafReport report = report(observation(leaf, waiting, DUE.plusSeconds(1)), unchanged());

    // then
    LeafStatus status = report.status().orElseThrow();
    assertThat(condition(status, Conditions.RENEWAL_BLOCKED).reason()).isEqualTo("IssuanceFailed");
    assertThat(status.failures()).isEqualTo(leaf.getStatus().failures());
    assertThat(report.next()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void shouldTellWhatKeepsWorkloadsFromRestarting() {
    Finding why = new Finding(Reason.WorkloadNotAvailable, "no Deployment 'web'");
    ServerCert leaf = web();

    LeafStatus blocked =
        status(
            seen(leaf, managed(1)),
            new LeafOutcome.Unchanged(
                new Restarts.Outcome.Looked(Optional.of(why), Duration.ofMinutes(1))),
            NOW);
    leaf.setStatus(blocked);
    LeafStatus notLooked =
        status(
            seen(leaf, managed(1)),
            new LeafOutcome.Unchanged(new Restarts.Outcome.NotLooked(Duration.ofMinutes(1))),
            NOW);
    LeafStatus solved = status(seen(leaf, managed(1)), unchanged(), NOW);

    assertThat(condition(blocked, Conditions.RESTART_BLOCKED).reason())
        .isEqualTo("WorkloadNotAvailable");
    assertThat(condition(notLooked, Conditions.RESTART_BLOCKED))
        .isEqualTo(condition(blocked, Conditions.RESTART_BLOCKED));
    assertThat(types(solved)).containsExactly(Conditions.READY);
  }

  @Test
  void shouldReportWhyAndWhenItWasIssuedOnce() {
    ServerCert leaf = web();
    Finding missing = new Finding(Reason.SecretMissing, "the Secret does not exist");

    LeafStatus first =
        status(seen(leaf, managed(1)), new LeafOutcome.Written(SECRET, missing), NOW);
    leaf.setStatus(first);
    LeafStatus later = status(seen(leaf, managed(1)), unchanged(), NOW.plusSeconds(60));
    // the next one was written before a crash
    LeafStatus lost = status(seen(leaf, managed(2)), unchanged(), NOW.plusSeconds(90));

    assertThat(first.lastIssuance()).isEqualTo(new LastIssuance("SecretMissing", NOW.toString()));
    assertThat(later.lastIssuance()).isEqualTo(first.lastIssuance());
    assertThat(lost.lastIssuance())
        .isEqualTo(new LastIssuance("Issued", NOW.plusSeconds(90).toString()));
    assertThat(lost.revision()).isEqualTo(2);
  }

  @Test
  void shouldKeepTheDigestOfWhatWasIssuedWhateverLiesThereNow() {
    ServerCert leaf = web();
    Finding missing = new Finding(Reason.SecretMissing, "the Secret does not exist");
    leaf.setStatus(status(seen(leaf, managed(1)), new LeafOutcome.Written(SECRET, missing), NOW));
    String digest = SecretData.digest(SECRET);
    SecretState tampered =
        aManagedSecret(it -> it.integrity(Integrity.TAMPERED).certificate(CERTIFICATE));
    SecretState behind =
        aManagedSecret(
            it -> it.certificate(CERTIFICATE).revision(2).truststore(Set.of()).trust(trust()));

    assertThat(digestOf(leaf, tampered, secret("b3RoZXI="))).isEqualTo(digest);
    // trust alone was written: only the seal tells
    assertThat(digestOf(leaf, managed(1), secret("b3RoZXI="))).isEqualTo(digest);
    assertThat(digestOf(leaf, behind, secret("b3RoZXI="))).isEqualTo(digest);
    // and of a new certificate
    assertThat(digestOf(leaf, managed(2), secret("b3RoZXI=")))
        .isEqualTo(SecretData.digest(secret("b3RoZXI=")));
  }

  private static @Nullable String digestOf(ServerCert leaf, SecretState state, Secret secret) {
    LeafObservation seen =
        new LeafObservation(
            leaf,
            secret,
            facts(leaf, state, Optional.empty()),
            List.of(),
            LeafRevocationView.of(
                leaf, Optional.empty(), new Revocations(), ca -> Optional.empty(), NOW),
            NOW);
    return report(seen, unchanged()).status().orElseThrow().secretDigest();
  }

  @Test
  void shouldBackOffFromTenSecondsToAnHour() {
    ServerCert leaf = web();
    LeafObservation seen = seen(leaf, managed(1));

    Failures first = failures(seen, new LeafOutcome.Failed(FAILED));
    leaf.setStatus(status(seen, new LeafOutcome.Failed(FAILED), NOW));
    Failures second = failures(seen, new LeafOutcome.Failed(FAILED));

    assertThat(first).isEqualTo(new Failures(1, NOW.toString(), NOW.plusSeconds(10).toString()));
    assertThat(second).isEqualTo(new Failures(2, NOW.toString(), NOW.plusSeconds(20).toString()));
    leaf.setStatus(withFailures(leaf.getStatus(), 1_000_000));
    assertThat(failures(seen, new LeafOutcome.Failed(FAILED)))
        .isEqualTo(
            new Failures(1_000_001, NOW.toString(), NOW.plus(Duration.ofHours(1)).toString()));
    // what is blocked does not count, and a success ends it
    assertThat(failures(seen, new LeafOutcome.Blocked(DENIED)))
        .isEqualTo(leaf.getStatus().failures());
    assertThat(failures(seen, new LeafOutcome.Written(SECRET, FAILED))).isNull();
  }

  private static @Nullable Failures failures(LeafObservation seen, LeafOutcome outcome) {
    return status(seen, outcome, NOW).failures();
  }

  @Test
  void shouldLookAgainWhenSomethingIsDue() {
    // a renewal is months away: nothing is expected within the hour
    assertThat(next(managed(1), unchanged(), NOW)).isEqualTo(Duration.ofHours(1));
    Instant renewal = facts(web(), managed(1), Optional.empty()).renewalTime().orElseThrow();
    assertThat(next(managed(1), unchanged(), renewal.minusSeconds(90)))
        .isEqualTo(Duration.ofSeconds(90));
    // no event tells that somebody else's Secret is deleted
    assertThat(next(new SecretState.Unmanaged("somebody else's"), unchanged(), NOW))
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(
            next(
                managed(1),
                new LeafOutcome.Unchanged(new Restarts.Outcome.NotLooked(Duration.ofSeconds(5))),
                NOW))
        .isEqualTo(Duration.ofSeconds(5));
    // and what is blocked is looked at when the certificate ends
    Instant end = CERTIFICATE.getNotAfter().toInstant();
    assertThat(next(managed(1), new LeafOutcome.Blocked(DENIED), end.minusSeconds(40)))
        .isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  void shouldLookAgainSoonWhereAClockIsInDoubt() {
    Finding skewed = new Finding(Reason.ClockSkewed, "the clocks differ");

    assertThat(next(managed(1), new LeafOutcome.Blocked(skewed), NOW))
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void shouldNotTouchTheStatusWhereNothingIsToTell() {
    LeafObservation seen = seen(web(), managed(1));

    assertThat(report(seen, new LeafOutcome.Deferred(Duration.ofSeconds(7))))
        .isEqualTo(LeafReport.silent(Duration.ofSeconds(7)));
    // trust alone: its RootCA tells
    assertThat(report(seen, new LeafOutcome.Retrusted(FAILED)))
        .isEqualTo(LeafReport.silent(Duration.ofHours(1)));
  }

  @Test
  void shouldHonourTheRenewAnnotationThatWasWritten() {
    Secret written =
        new SecretBuilder(SECRET)
            .editMetadata()
            .addToAnnotations("mtls-operator.dev/renew", "now")
            .endMetadata()
            .build();

    LeafStatus status =
        status(
            seen(web(), managed(1)),
            new LeafOutcome.Written(written, new Finding(Reason.RenewRequested, "asked for")),
            NOW);

    assertThat(status.renew()).isEqualTo("now");
  }

  private static ServerCert web() {
    return aServerCert();
  }

  private static String trust() {
    return Pem.write(CA.certificate());
  }

  private static SecretState managed(int revision) {
    return aManagedSecret(it -> it.certificate(CERTIFICATE).revision(revision).trust(trust()));
  }

  private static LeafOutcome unchanged() {
    return new LeafOutcome.Unchanged(RUNNING);
  }

  private static LeafObservation seen(ServerCert leaf, SecretState state) {
    return observation(leaf, facts(leaf, state, Optional.empty()), NOW);
  }

  private static LeafObservation observation(ServerCert leaf, LeafFacts facts, Instant now) {
    return new LeafObservation(
        leaf,
        facts.state() instanceof SecretState.Absent ? null : SECRET,
        facts,
        List.of(),
        LeafRevocationView.of(
            leaf, Optional.empty(), new Revocations(), ca -> Optional.empty(), now),
        now);
  }

  private static LeafStatus status(LeafObservation seen, LeafOutcome outcome, Instant now) {
    return report(at(seen, now), outcome).status().orElseThrow();
  }

  private static Duration next(SecretState state, LeafOutcome outcome, Instant now) {
    return report(at(seen(web(), state), now), outcome).next();
  }

  private static LeafObservation at(LeafObservation seen, Instant now) {
    return new LeafObservation(
        seen.leaf(), seen.secret(), seen.facts(), seen.cas(), seen.revocation(), now);
  }

  private static LeafReport report(LeafObservation seen, LeafOutcome outcome) {
    return LeafReport.of(
        seen, LeafAssessment.of(seen.facts(), SafetyChecks.none(), seen.now()), outcome);
  }

  static LeafFacts facts(ServerCert leaf, SecretState state, Optional<Instant> nextTry) {
    return new LeafFacts(
        leaf.getMetadata().getUid(),
        DesiredCertificate.of(leaf),
        SIGNER,
        state,
        IssuancePolicy.none(),
        new Trust(List.of(CA.certificate()), Reissue.OnRenewal),
        "layout",
        Optional.empty(),
        null,
        0,
        Optional.empty(),
        nextTry,
        LeafRevocation.of(leaf),
        LeafCrls.notAsked());
  }

  private static LeafStatus withFailures(LeafStatus status, int count) {
    return new LeafStatus(
        status.observedGeneration(),
        status.conditions(),
        status.secretName(),
        status.serialNumber(),
        status.notBefore(),
        status.notAfter(),
        status.renewalTime(),
        status.fingerprint(),
        status.caGeneration(),
        status.revision(),
        status.secretDigest(),
        status.renew(),
        status.lastIssuance(),
        new Failures(count, NOW.toString(), NOW.toString()),
        List.of(),
        null);
  }

  private static List<String> types(LeafStatus status) {
    return status.conditions().stream().map(Condition::type).toList();
  }

  private static Condition condition(LeafStatus status, String type) {
    return Conditions.find(status.conditions(), type).orElseThrow();
  }

  private static Secret secret(String base64) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("web")
        .endMetadata()
        .withType("kubernetes.io/tls")
        .withData(Map.of("tls.crt", base64))
        .build();
  }

  private static X509Certificate issue() {
    return issue(web());
  }

  private static X509Certificate issue(ServerCert asked) {
    Issuance.Outcome outcome =
        Issuance.leaf(
            CertificateTemplate.of(asked),
            CA,
            SIGNER,
            IssuancePolicy.none(),
            NOW,
            KeyMaterial::generate);
    return ((Issuance.Outcome.Issued) outcome).certificate();
  }
}
