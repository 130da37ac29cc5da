package dev.mtlsoperator.rotation.leaf;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static dev.mtlsoperator.rotation.leaf.ManagedSecretFixture.aManagedSecret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What one look at the facts finds: the decision, readiness and the renewal time agree. */
final class LeafAssessmentTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final Signer.Available SIGNER =
      Signer.Available.alone(CaPath.root(CA.certificate()));
  private static final ServerCert WEB = aServerCert();
  private static final X509Certificate CERTIFICATE = issue(WEB);
  private static final String TRUST = Pem.write(CA.certificate());

  @Test
  void shouldBeReadyAndTellWhenToRenew() {
    LeafAssessment assessment = assess(facts(WEB, managed(CERTIFICATE)), NOW);

    assertThat(assessment.notReady()).isEmpty();
    assertThat(assessment.certificate()).contains(CERTIFICATE);
    assertThat(assessment.renewalTime())
        .hasValueSatisfying(
            time -> assertThat(assessment.decision()).isEqualTo(new LeafDecision.Keep(time)));
  }

  @Test
  void shouldFindOneReasonForActionAndReadiness() {
    LeafAssessment missing = assess(facts(WEB, new SecretState.Absent()), NOW);
    ServerCert edited = aServerCert(it -> it.dnsNames("www.example.org"));
    LeafAssessment changed = assess(facts(edited, managed(CERTIFICATE)), NOW);

    assertIssuesWhatIsNotReady(missing, Reason.SecretMissing);
    assertIssuesWhatIsNotReady(changed, Reason.SpecChanged);
  }

  private static void assertIssuesWhatIsNotReady(LeafAssessment assessment, Reason reason) {
    assertThat(assessment.notReady())
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(reason);
              assertThat(assessment.decision()).isEqualTo(new LeafDecision.Issue(why));
            });
  }

  @Test
  void shouldStayReadyWhereTheReasonIsRoutine() {
    LeafFacts facts = facts(WEB, managed(CERTIFICATE));

    LeafAssessment due = assess(facts, NOW.plus(Duration.ofDays(61)));

    assertThat(due.notReady()).isEmpty();
    assertThat(due.decision())
        .isInstanceOfSatisfying(
            LeafDecision.Issue.class,
            issue -> assertThat(issue.why().reason()).isEqualTo(Reason.RenewalDue));
  }

  @Test
  void shouldNotBeReadyWhenExpiredThoughARenewalIsTheReasonToAct() {
    Instant end = CERTIFICATE.getNotAfter().toInstant();

    LeafAssessment expired = assess(facts(WEB, managed(CERTIFICATE)), end);

    assertThat(expired.notReady())
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.RenewalDue);
              assertThat(why.message()).contains("expired on " + end);
            });
    assertThat(expired.decision())
        .isInstanceOfSatisfying(
            LeafDecision.Issue.class,
            issue -> assertThat(issue.why().message()).contains("renewal was due"));
  }

  @Test
  void shouldTellAnInvalidSpecBeforeSomebodyElsesSecret() {
    ServerCert invalid = aServerCert(it -> it.dnsNames());
    SecretState unmanaged = new SecretState.Unmanaged("belongs to Deployment 'x'");

    LeafAssessment assessment = assess(facts(invalid, unmanaged), NOW);

    assertThat(assessment.notReady())
        .hasValueSatisfying(why -> assertThat(why.reason()).isEqualTo(Reason.InvalidSpec));
    // nothing is ever written into it
    assertThat(assessment.decision())
        .isInstanceOfSatisfying(
            LeafDecision.Refuse.class,
            refuse -> assertThat(refuse.why().reason()).isEqualTo(Reason.SecretConflict));
    assertThat(assessment.renewalTime()).isEmpty();
  }

  @Test
  void shouldNotLookIntoWhatSomebodyElsePutThere() {
    // given: a certificate that differs from the spec in everything
    ServerCert other =
        aServerCert(it -> it.name("other").dnsNames("other.example.org").duration("1d"));
    SecretState tampered =
        aManagedSecret(it -> it.integrity(Integrity.TAMPERED).certificate(issue(other)));

    assertIssuesWhatIsNotReady(assess(facts(WEB, tampered), NOW), Reason.SecretTampered);
  }

  @Test
  void shouldKeepWhatServesWhileNothingMayBeIssued() {
    Finding skewed = new Finding(Reason.ClockSkewed, "the clocks differ");
    SafetyChecks unsafe =
        new SafetyChecks(Optional.of(skewed), Optional.empty(), Duration.ZERO, Optional.empty());
    LeafFacts facts = facts(WEB, managed(CERTIFICATE));

    LeafAssessment due = LeafAssessment.of(facts, unsafe, NOW.plus(Duration.ofDays(61)));

    assertThat(due.decision()).isEqualTo(new LeafDecision.Blocked(skewed));
    assertThat(due.notReady()).isEmpty();
  }

  @Test
  void shouldFollowFromWhatWasWritten() {
    LeafAssessment before = assess(facts(WEB, new SecretState.Absent()), NOW);

    LeafAssessment after = assess(before.facts().withState(managed(CERTIFICATE)), NOW);

    assertThat(before.certificate()).isEmpty();
    assertThat(before.renewalTime()).isEmpty();
    assertThat(after.notReady()).isEmpty();
    assertThat(after.decision()).isInstanceOf(LeafDecision.Keep.class);
  }

  @Test
  void shouldKnowCertificatesByTheirFingerprints() {
    SecretState.Managed shuffled =
        aManagedSecret(it -> it.trust("# text\n" + Pem.write(CERTIFICATE) + TRUST + TRUST));

    assertThat(shuffled.trusted())
        .containsExactlyInAnyOrder(Fingerprint.of(CERTIFICATE), Fingerprint.of(CA.certificate()));
    assertThat(shuffled.holds(List.of(CA.certificate(), CERTIFICATE))).isTrue();
    assertThat(aManagedSecret(it -> it.trust(TRUST)).holdsAnyhow(CERTIFICATE)).isFalse();
    assertThat(aManagedSecret(it -> it.trust("")).holds(List.of(CA.certificate()))).isFalse();
  }

  @Test
  void shouldRewriteTheSameCertificatesInAnotherOrderOnlyWithTheNextWrite() {
    SecretState surplus =
        aManagedSecret(it -> it.certificate(CERTIFICATE).trust(TRUST + "\n" + TRUST));

    assertThat(assess(facts(WEB, surplus), NOW).decision()).isInstanceOf(LeafDecision.Keep.class);
  }

  private static LeafAssessment assess(LeafFacts facts, Instant now) {
    return LeafAssessment.of(facts, SafetyChecks.none(), now);
  }

  private static SecretState managed(X509Certificate certificate) {
    return aManagedSecret(it -> it.certificate(certificate).trust(TRUST));
  }

  private static LeafFacts facts(ServerCert cert, SecretState state) {
    return new LeafFacts(
        cert.getMetadata().getUid(),
        DesiredCertificate.of(cert),
        SIGNER,
        state,
        IssuancePolicy.none(),
        new Trust(List.of(CA.certificate()), Reissue.OnRenewal),
        "layout",
        Optional.empty(),
        null,
        0,
        Optional.empty(),
        Optional.empty(),
        LeafRevocation.NONE,
        LeafCrls.notAsked());
  }

  private static X509Certificate issue(ServerCert cert) {
    Issuance.Outcome outcome =
        Issuance.leaf(
            CertificateTemplate.of(cert),
            CA,
            SIGNER,
            IssuancePolicy.none(),
            NOW,
            KeyMaterial::generate);
    return ((Issuance.Outcome.Issued) outcome).certificate();
  }
}
