package dev.mtlsoperator.rotation.leaf;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static dev.mtlsoperator.rotation.leaf.ManagedSecretFixture.aManagedSecret;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Usage;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.leaf.KeyRotationPolicy;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.api.leaf.ServerCertSpec;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.SigningPolicy;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import dev.mtlsoperator.rotation.request.RevocationSources;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.Test;

final class LeafRulesTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final CertificateAuthority OTHER_CA =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final Signer SIGNER = Signer.Available.alone(CaPath.root(CA.certificate()));
  private static final ServerCert WEB = aServerCert();
  private static final X509Certificate CERTIFICATE = issue(WEB, CA);
  private static final String TRUST = Pem.write(CA.certificate());

  @Test
  void shouldKeepWhatIsAsAskedFor() {
    LeafDecision decision = LeafRules.decide(facts(WEB, ours(CERTIFICATE)), NOW);

    assertThat(decision).isInstanceOf(LeafDecision.Keep.class);
    assertThat(notReady(facts(WEB, ours(CERTIFICATE)), NOW)).isEmpty();
  }

  @Test
  void shouldIssueWhereNothingIs() {
    assertIssues(facts(WEB, new SecretState.Absent()), NOW, Reason.SecretMissing);
  }

  @Test
  void shouldReplaceARevokedCertificate() {
    LeafFacts revoked = facts(WEB, ours(CERTIFICATE)).withRevokedCertificate();

    assertIssues(revoked, NOW, Reason.Revoked);
    assertThat(keeps(facts(WEB, ours(CERTIFICATE)), KeyRotationPolicy.Never)).isTrue();
    assertThat(keeps(facts(WEB, ours(CERTIFICATE)), KeyRotationPolicy.Always)).isFalse();
    assertThat(keeps(revoked, KeyRotationPolicy.Never)).as("its key may be stolen").isFalse();
    assertThat(notReady(revoked, NOW)).map(Finding::reason).contains(Reason.Revoked);
  }

  private static boolean keeps(LeafFacts facts, KeyRotationPolicy policy) {
    return KeyRetention.kept(
            facts, policy, TestKeys.P256, () -> Optional.of(TestKeys.P256), key -> key)
        .isPresent();
  }

  @Test
  void shouldRefuseSomebodyElsesSecret() {
    LeafDecision decision =
        LeafRules.decide(facts(WEB, new SecretState.Unmanaged("belongs to Deployment 'x'")), NOW);

    assertThat(decision)
        .isEqualTo(
            new LeafDecision.Refuse(
                new Finding(Reason.SecretConflict, "belongs to Deployment 'x'")));
  }

  @Test
  void shouldIssueAgainWhenTheSpecAsksForAnotherName() {
    ServerCert edited = aServerCert(it -> it.dnsNames("web.example.org", "www.example.org"));

    assertIssues(facts(edited, ours(CERTIFICATE)), NOW, Reason.SpecChanged);
    assertThat(notReady(facts(edited, ours(CERTIFICATE)), NOW)).isPresent();
  }

  @Test
  void shouldIssueAgainWhenTheSpecAsksForAnotherUsage() {
    ServerCert peer = aServerCert(it -> it.usages(Usage.SERVER, Usage.CLIENT));

    assertIssues(facts(peer, ours(CERTIFICATE)), NOW, Reason.SpecChanged);
    assertThat(LeafRules.decide(facts(peer, ours(issue(peer, CA))), NOW))
        .isInstanceOf(LeafDecision.Keep.class);
  }

  @Test
  void shouldIssueAgainWhenTheSpecAsksForAnotherLife() {
    assertIssues(
        facts(aServerCert(it -> it.duration("30d")), ours(CERTIFICATE)), NOW, Reason.SpecChanged);
    assertIssues(
        facts(aServerCert(it -> it.duration("91d")), ours(CERTIFICATE)), NOW, Reason.SpecChanged);
  }

  @Test
  void shouldNotTakeAShortenedLifeForAnEdit() {
    CertificateAuthority shortLived =
        Issuance.rootCA(CertificateTemplate.of(aRootCA(it -> it.duration("30d"))), NOW);
    X509Certificate shortened = issue(WEB, shortLived);
    Signer signer = Signer.Available.alone(CaPath.root(shortLived.certificate()));

    LeafDecision decision = LeafRules.decide(facts(WEB, ours(shortened), signer), NOW);

    assertThat(shortened.getNotAfter()).isEqualTo(shortLived.certificate().getNotAfter());
    assertThat(decision).isInstanceOf(LeafDecision.Keep.class);
  }

  @Test
  void shouldIssueAgainWhenTheIssuerIsTrustedNoMore() {
    assertIssues(facts(WEB, ours(issue(WEB, OTHER_CA))), NOW, Reason.IssuerChanged);
  }

  @Test
  void shouldStayReadyWhileARenewalIsDue() {
    Instant due = NOW.plus(Duration.ofDays(61));
    LeafFacts facts = facts(WEB, ours(CERTIFICATE));

    assertIssues(facts, due, Reason.RenewalDue);
    assertThat(notReady(facts, due)).isEmpty();
  }

  @Test
  void shouldNotBeReadyWithAnExpiredCertificate() {
    assertThat(notReady(facts(WEB, ours(CERTIFICATE)), NOW.plus(Duration.ofDays(90)))).isPresent();
  }

  @Test
  void shouldNotBeReadyWithACertificateThatIsNotValidYetAndIssueItAgain() {
    LeafFacts facts = facts(WEB, ours(CERTIFICATE));
    Instant early = NOW.minus(Duration.ofDays(7_300));

    assertIssues(facts, early, Reason.NotYetValid);
    assertThat(notReady(facts, early))
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.NotYetValid);
              assertThat(why.message()).contains("is not valid before", "clock");
            });
    // so far clocks may differ
    assertThat(notReady(facts, NOW.minus(Duration.ofMinutes(10)))).isEmpty();
    assertThat(notReady(facts, NOW.minusSeconds(601))).isPresent();
  }

  @Test
  void shouldIssueItAgainOnlyByAClockThatIsTrusted() {
    LeafFacts facts = facts(WEB, ours(CERTIFICATE));
    Instant early = NOW.minus(Duration.ofDays(7_300));

    assertThat(LeafRules.decide(facts, safety(Duration.ofMinutes(4), Optional.empty()), early))
        .isInstanceOfSatisfying(
            LeafDecision.Pause.class,
            pause -> assertThat(pause.until()).isEqualTo(early.plus(Duration.ofMinutes(6))));
    assertThat(
            LeafRules.decide(
                facts, safety(Duration.ofMinutes(4), Optional.of(Duration.ofDays(-9))), early))
        .isInstanceOfSatisfying(
            LeafDecision.Blocked.class,
            blocked -> assertThat(blocked.why().reason()).isEqualTo(Reason.ClockJumped));
    assertThat(
            LeafRules.decide(
                facts, safety(Duration.ofMinutes(10), Optional.of(Duration.ofDays(-9))), early))
        .isInstanceOf(LeafDecision.Issue.class);
  }

  private static SafetyChecks safety(Duration even, Optional<Duration> jump) {
    return SafetyChecks.of(
        NOW, Optional.of(NOW), new ClockHistory(even, jump), SafetyChecks.CacheSync.IN_SYNC);
  }

  @Test
  void shouldKeepWhatIsInServiceWhileNoCAIsAvailable() {
    Finding missing = new Finding(Reason.CANotAvailable, "there is no RootCA 'root'");
    LeafFacts facts = facts(WEB, ours(CERTIFICATE), new Signer.Missing(missing));

    assertThat(LeafRules.decide(facts, NOW)).isEqualTo(new LeafDecision.Blocked(missing));
    assertThat(notReady(facts, NOW)).isEmpty();
  }

  @Test
  void shouldRepairTamperingAtOnceButNotInALoop() {
    SecretState tampered =
        aManagedSecret(
            it -> it.integrity(Integrity.TAMPERED).certificate(CERTIFICATE).trust(TRUST));
    LeafFacts first = facts(WEB, tampered);
    LeafFacts again =
        new LeafFacts(
            first.uid(),
            first.desired(),
            first.signer(),
            tampered,
            first.issuancePolicy(),
            first.trust(),
            first.wantedLayout(),
            Optional.empty(),
            null,
            1,
            Optional.of(NOW.minusSeconds(10)),
            Optional.empty(),
            LeafRevocation.NONE,
            LeafCrls.notAsked());

    assertIssues(first, NOW, Reason.SecretTampered);
    assertThat(LeafRules.decide(again, NOW)).isInstanceOf(LeafDecision.Pause.class);
    assertThat(LeafRules.decide(again, NOW.plusSeconds(50))).isInstanceOf(LeafDecision.Issue.class);
  }

  @Test
  void shouldRenewOnceForEachNewValueOfTheAnnotation() {
    LeafFacts asked = withRenew(facts(WEB, ours(CERTIFICATE)), "now");
    SecretState honoured =
        aManagedSecret(it -> it.certificate(CERTIFICATE).revision(2).trust(TRUST).renew("now"));

    assertIssues(asked, NOW, Reason.RenewRequested);
    assertThat(notReady(asked, NOW)).isEmpty();
    assertThat(LeafRules.decide(withRenew(facts(WEB, honoured), "now"), NOW))
        .isInstanceOf(LeafDecision.Keep.class);
  }

  @Test
  void shouldRepublishWithoutIssuingWhenOnlyTheFilesChange() {
    SecretState otherLayout =
        aManagedSecret(it -> it.certificate(CERTIFICATE).trust(TRUST).layout("old"));

    assertThat(republishes(otherLayout)).isEqualTo(Reason.LayoutChanged);
  }

  @Test
  void shouldAddMissingTrustAtOnceAndLetSurplusWaitForTheNextWrite() {
    LeafFacts lacking = facts(WEB, state("another "), SIGNER);
    LeafFacts surplus = facts(WEB, state("another " + TRUST), SIGNER);
    LeafFacts surplusNow = facts(WEB, state("another " + TRUST), movingAtOnce(CA));

    assertThat(LeafRules.decide(lacking, NOW))
        .isInstanceOfSatisfying(
            LeafDecision.Retrust.class,
            retrust -> assertThat(retrust.why().reason()).isEqualTo(Reason.TrustChanged));
    assertThat(LeafRules.decide(surplus, NOW)).isInstanceOf(LeafDecision.Keep.class);
    assertThat(LeafRules.decide(surplusNow, NOW)).isInstanceOf(LeafDecision.Retrust.class);
  }

  @Test
  void shouldBringTrustAlsoWhereNoCertificateCanBeIssued() {
    Finding missing = new Finding(Reason.InputNotAvailable, "no password");
    LeafFacts lacking = facts(WEB, state("another"), SIGNER);
    LeafFacts blocked =
        new LeafFacts(
            lacking.uid(),
            lacking.desired(),
            lacking.signer(),
            lacking.state(),
            lacking.issuancePolicy(),
            lacking.trust(),
            "another layout",
            Optional.of(missing),
            null,
            0,
            Optional.empty(),
            Optional.empty(),
            LeafRevocation.NONE,
            LeafCrls.notAsked());

    assertThat(LeafRules.decide(blocked, NOW))
        .isInstanceOfSatisfying(
            LeafDecision.Retrust.class,
            retrust -> assertThat(retrust.truststore()).isEqualTo(LeafDecision.Truststore.LEFT));
    assertThat(LeafRules.decide(blocked.withState(state(TRUST)), NOW))
        .isEqualTo(new LeafDecision.Blocked(missing));
  }

  @Test
  void shouldBringTrustWhereTheCAIsNotToBeHad() {
    Finding missing = new Finding(Reason.CANotAvailable, "not let in any more");
    LeafFacts lacking = facts(WEB, state("another"), new Signer.Missing(missing));

    assertThat(LeafRules.decide(lacking, NOW)).isInstanceOf(LeafDecision.Retrust.class);
    assertThat(LeafRules.decide(lacking.withState(ours(CERTIFICATE)), NOW))
        .isEqualTo(new LeafDecision.Blocked(missing));
    assertThat(notReady(lacking.withState(ours(CERTIFICATE)), NOW)).isEmpty();
    assertThat(LeafRules.decide(facts(WEB, state("another"), new Signer.Pending()), NOW))
        .isInstanceOf(LeafDecision.Retrust.class);
    assertThat(LeafRules.decide(facts(WEB, ours(CERTIFICATE), new Signer.Pending()), NOW))
        .isInstanceOf(LeafDecision.Await.class);
  }

  @Test
  void shouldSayBeforehandThatTheTermsHaveBecomeTighter() {
    LeafFacts allowed = under("*.example.org", ours(CERTIFICATE));
    LeafFacts forbidden = under("*.example.com", ours(CERTIFICATE));

    assertThat(LeafRules.decide(allowed, NOW)).isInstanceOf(LeafDecision.Keep.class);
    assertThat(LeafRules.decide(forbidden, NOW))
        .isInstanceOfSatisfying(
            LeafDecision.Blocked.class,
            blocked -> {
              assertThat(blocked.why().reason()).isEqualTo(Reason.PolicyViolation);
              assertThat(blocked.why().message()).contains("web.example.org", "*.example.com");
            });
    assertThat(notReady(forbidden, NOW)).isEmpty();
    assertIssues(forbidden, NOW.plus(Duration.ofDays(61)), Reason.RenewalDue);
    assertThat(
            Issuance.leaf(
                CertificateTemplate.of(WEB),
                CA,
                (Signer.Available) SIGNER,
                forbidden.issuancePolicy(),
                NOW,
                LeafRulesTest::noKey))
        .isInstanceOfSatisfying(
            Issuance.Outcome.Refused.class,
            refused -> assertThat(refused.why().reason()).isEqualTo(Reason.PolicyViolation));
  }

  @Test
  void shouldNotIssueForOtherRevocationUrls() {
    LeafFacts edited =
        under(
            "*.example.org",
            ours(CERTIFICATE),
            new RevocationSources(
                List.of("http://crl.example.org/{generation}.crl"),
                Optional.of("http://crl.example.org/ocsp")));

    assertThat(LeafRules.decide(edited, NOW)).isInstanceOf(LeafDecision.Keep.class);
    assertIssues(edited, NOW.plus(Duration.ofDays(61)), Reason.RenewalDue);
  }

  // who asks again and again for what is not allowed shall not have keys made each time
  private static KeyMaterial noKey(KeyParameters wanted) {
    throw new AssertionError("a key, " + wanted + ", is made for what is refused");
  }

  private static LeafFacts under(String dnsNames, SecretState state) {
    return under(dnsNames, state, RevocationSources.none());
  }

  private static LeafFacts under(String dnsNames, SecretState state, RevocationSources sources) {
    LeafFacts f = facts(WEB, state);
    SigningPolicy policy =
        new SigningPolicy(
            Set.of(Profile.SERVER),
            List.of(),
            List.of(dnsNames),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty());
    return new LeafFacts(
        f.uid(),
        f.desired(),
        f.signer(),
        f.state(),
        new IssuancePolicy(Optional.of(policy), "shop", sources),
        f.trust(),
        f.wantedLayout(),
        f.missingInput(),
        f.renew(),
        f.reportedRevision(),
        f.lastTamperRepair(),
        f.nextTry(),
        LeafRevocation.NONE,
        LeafCrls.notAsked());
  }

  @Test
  void shouldMoveToAnotherGenerationAtItsRenewalOrAtOnce() {
    Signer second = signer(Reissue.OnRenewal, CA, OTHER_CA);
    Signer atOnce = signer(Reissue.Immediately, CA, OTHER_CA);

    assertThat(LeafRules.decide(facts(WEB, ours(CERTIFICATE), second), NOW))
        .isInstanceOf(LeafDecision.Keep.class);
    assertIssues(facts(WEB, ours(CERTIFICATE), atOnce), NOW, Reason.CARotated);
    assertThat(notReady(facts(WEB, ours(CERTIFICATE), atOnce), NOW)).isEmpty();
    assertThat(LeafRules.decide(facts(WEB, ours(issue(WEB, OTHER_CA)), atOnce), NOW))
        .isInstanceOf(LeafDecision.Keep.class);
  }

  @Test
  void shouldNoteAtOnceWhoLetItInAndForgetItWithTheNextWrite() {
    Trust byNobody = new Trust(List.of(CA.certificate()), Reissue.OnRenewal);
    Trust byOthers = byNobody.admittedBy(new TreeSet<>(Set.of(new CAName("shop", "root"))));

    assertThat(LeafRules.decide(withTrust(admittedBy(), byOthers), NOW))
        .isInstanceOfSatisfying(
            LeafDecision.Retrust.class,
            retrust -> assertThat(retrust.why().reason()).isEqualTo(Reason.TrustChanged));
    assertThat(LeafRules.decide(withTrust(admittedBy(new CAName("shop", "root")), byOthers), NOW))
        .isInstanceOf(LeafDecision.Keep.class);
    assertThat(LeafRules.decide(withTrust(admittedBy(new CAName("shop", "root")), byNobody), NOW))
        .isInstanceOf(LeafDecision.Keep.class);
  }

  @Test
  void shouldNotTrustTwoCAsThatNothingTellsApart() {
    X509Certificate namesake =
        MalformedCertificate.root(it -> it.subject = new X500Name("CN=twin")).certificate();
    X509Certificate bare =
        MalformedCertificate.root(
                it -> {
                  it.subject = new X500Name("CN=twin");
                  it.keyIdentifier = null;
                })
            .certificate();
    Trust together = given(List.of(CA.certificate(), bare), List.of(CA.certificate(), namesake));
    Trust ofOne = given(List.of(CA.certificate()), List.of(bare, namesake));
    SecretState alone = state(TRUST);

    assertThat(LeafRules.decide(withTrust(new SecretState.Absent(), together), NOW).stopped())
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.InvalidSpec);
              assertThat(why.message()).contains("spec.trustedCARefs", "'CN=twin'");
            });
    for (SecretState state : List.of(new SecretState.Absent(), alone)) {
      // each RootCA judges its own
      assertThat(LeafRules.decide(withTrust(state, ofOne), NOW).stopped()).isEmpty();
    }
    // a rotation of one of them brings the second one: it stops no certificate
    assertThat(LeafRules.decide(withTrust(alone, together), NOW))
        .isInstanceOf(LeafDecision.Retrust.class);
    // the certificate in service is right
    assertThat(notReady(withTrust(alone, together), NOW)).isEmpty();
    // what is distrusted leaves whatever blocks the rest
    assertThat(
            LeafRules.decide(
                withTrust(
                    alone, together.withdrawing(Set.of(Fingerprint.of(OTHER_CA.certificate())))),
                NOW))
        .isInstanceOf(LeafDecision.Retrust.class);
    // what is published already blocks nothing, and is told
    LeafFacts held = withTrust(state(Pem.write(together.certificates())), together);
    assertThat(LeafRules.decide(held, NOW).stopped()).isEmpty();
    assertThat(held.heldNamesakes(NOW)).containsExactly(new Namesakes.Pair(bare, namesake));
  }

  private static Trust given(List<X509Certificate> one, List<X509Certificate> another) {
    TreeMap<CAName, TrustSources.Given> given = new TreeMap<>();
    given.put(new CAName("shop", "one"), new TrustSources.Given(one, List.of()));
    given.put(new CAName("shop", "other"), new TrustSources.Given(another, List.of()));
    Trust trust = new Trust(one, Reissue.OnRenewal).plus(another, Reissue.OnRenewal);
    return trust.from(TrustSources.of(trust.certificates(), given));
  }

  private static LeafFacts withTrust(SecretState state, Trust trust) {
    LeafFacts f = facts(WEB, state);
    return new LeafFacts(
        f.uid(),
        f.desired(),
        f.signer(),
        state,
        f.issuancePolicy(),
        trust,
        f.wantedLayout(),
        f.missingInput(),
        f.renew(),
        f.reportedRevision(),
        f.lastTamperRepair(),
        f.nextTry(),
        LeafRevocation.NONE,
        LeafCrls.notAsked());
  }

  private static SecretState admittedBy(CAName... others) {
    return aManagedSecret(
        it -> it.certificate(CERTIFICATE).trust(TRUST).admittedBy(new TreeSet<>(Set.of(others))));
  }

  private static SecretState state(String trust) {
    return aManagedSecret(it -> it.certificate(CERTIFICATE).trust(trust));
  }

  private static Signer movingAtOnce(CertificateAuthority ca) {
    return signer(Reissue.Immediately, ca);
  }

  // the last of them signs
  private static Signer signer(Reissue reissue, CertificateAuthority... generations) {
    GenerationMilestones milestones = GenerationMilestones.none().with(it -> it.reissue(reissue));
    List<CaGeneration> trusted = new ArrayList<>();
    for (CertificateAuthority ca : generations) {
      trusted.add(
          new CaGeneration(trusted.size() + 1, ca.certificate(), Optional.empty(), milestones));
    }
    return new Signer.Available(
        trusted.get(trusted.size() - 1),
        trusted,
        trusted.stream().map(CaGeneration::anchor).toList(),
        Optional.empty());
  }

  @Test
  void shouldKeepTheContentToTheByteWhenOnlyTheMetadataChanges() {
    SecretState otherLabels =
        aManagedSecret(it -> it.certificate(CERTIFICATE).trust(TRUST).metadataOutdated());

    assertThat(LeafRules.decide(facts(WEB, otherLabels), NOW))
        .isInstanceOfSatisfying(
            LeafDecision.Relabel.class,
            relabel -> assertThat(relabel.why().reason()).isEqualTo(Reason.MetadataChanged));
  }

  @Test
  void shouldRenewOnTimeForTenYears() {
    Instant now = NOW;
    X509Certificate certificate = CERTIFICATE;
    int renewals = 0;
    while (now.isBefore(NOW.plus(Duration.ofDays(3_560)))) {
      LeafDecision decision = LeafRules.decide(facts(WEB, ours(certificate)), now);
      assertThat(now).isBefore(certificate.getNotAfter().toInstant());
      if (decision instanceof LeafDecision.Keep keep) {
        assertThat(keep.renewalTime()).isAfter(now);
        now = keep.renewalTime();
      } else {
        certificate = issue(WEB, CA, now);
        renewals++;
      }
    }
    assertThat(renewals).isBetween(58, 66);
  }

  private static Reason republishes(SecretState state) {
    return ((LeafDecision.Republish) LeafRules.decide(facts(WEB, state), NOW)).why().reason();
  }

  private static void assertIssues(LeafFacts facts, Instant now, Reason reason) {
    assertThat(LeafRules.decide(facts, now))
        .isInstanceOfSatisfying(
            LeafDecision.Issue.class, issue -> assertThat(issue.why().reason()).isEqualTo(reason));
  }

  @Test
  void shouldTellTheTrustOfWhoWaitsForACertificate() {
    // given: a longer life is asked for, and another CA is to be trusted
    ServerCert edited = aServerCert(it -> it.duration("91d"));
    SecretState behind = aManagedSecret(it -> it.certificate(CERTIFICATE).trust("former"));
    LeafFacts facts = facts(edited, behind);
    assertThat(LeafRules.decide(facts, NOW)).isInstanceOf(LeafDecision.Issue.class);

    // when, then
    assertThat(LeafRules.trustMeanwhile(facts))
        .hasValueSatisfying(
            retrust -> {
              assertThat(retrust.why().reason()).isEqualTo(Reason.TrustChanged);
              assertThat(retrust.truststore()).isEqualTo(LeafDecision.Truststore.ENCODED);
            });
    assertThat(LeafRules.trustMeanwhile(facts(edited, ours(CERTIFICATE)))).isEmpty();
    assertThat(LeafRules.trustMeanwhile(facts(edited, new SecretState.Absent()))).isEmpty();
  }

  @Test
  void shouldTakeOutWhatIsDistrustedWhateverStandsInTheWay() {
    // given: its keystores cannot be made anew
    Trust without =
        new Trust(List.of(CA.certificate()), Reissue.OnRenewal)
            .withdrawing(Set.of(Fingerprint.of(OTHER_CA.certificate())));
    SecretState behind =
        aManagedSecret(
            it -> it.certificate(CERTIFICATE).trust(TRUST + Pem.write(OTHER_CA.certificate())));
    LeafFacts f = withTrust(behind, without);
    LeafFacts noPassword =
        new LeafFacts(
            f.uid(),
            f.desired(),
            f.signer(),
            f.state(),
            f.issuancePolicy(),
            f.trust(),
            f.wantedLayout(),
            Optional.of(new Finding(Reason.InputNotAvailable, "no password")),
            f.renew(),
            f.reportedRevision(),
            f.lastTamperRepair(),
            f.nextTry(),
            LeafRevocation.NONE,
            LeafCrls.notAsked());

    // then
    assertThat(LeafRules.decide(f, NOW))
        .isInstanceOfSatisfying(
            LeafDecision.Retrust.class,
            retrust -> assertThat(retrust.truststore()).isEqualTo(LeafDecision.Truststore.ENCODED));
    assertThat(LeafRules.decide(noPassword, NOW))
        .isInstanceOfSatisfying(
            LeafDecision.Retrust.class,
            retrust -> assertThat(retrust.truststore()).isEqualTo(LeafDecision.Truststore.PURGED));
    // also where its truststore alone has it
    SecretState stale = state(TRUST);
    assertThat(LeafRules.decide(withTrust(stale, without), NOW))
        .isInstanceOf(LeafDecision.Retrust.class);
    // what only left can wait
    assertThat(LeafRules.decide(withTrust(behind, without.withdrawing(Set.of())), NOW))
        .isInstanceOf(LeafDecision.Keep.class);
  }

  @Test
  void shouldTellWorkThatTakesLong() {
    // given
    ServerCert rsa = aServerCert();
    rsa.setSpec(
        new ObjectMapper()
            .convertValue(
                Map.of(
                    "rootCARef", Map.of("name", "root"),
                    "dnsNames", List.of("web.example.org"),
                    "privateKey", Map.of("algorithm", "RSA", "size", 2048)),
                ServerCertSpec.class));
    Finding due = new Finding(Reason.RenewalDue, "due");
    Finding rotated = new Finding(Reason.CARotated, "rotated");
    LeafFacts ecdsa = facts(WEB, ours(CERTIFICATE));
    LeafFacts withKey = facts(rsa, ours(issue(rsa, CA)));

    // when, then
    assertWork(new LeafDecision.Issue(due), ecdsa, KeyRotationPolicy.Always, QueueClass.ISSUANCE);
    assertWork(
        new LeafDecision.Issue(rotated), ecdsa, KeyRotationPolicy.Always, QueueClass.ROTATION);
    assertWork(new LeafDecision.Issue(due), withKey, KeyRotationPolicy.Always, QueueClass.RSA_KEY);
    assertWork(
        new LeafDecision.Issue(rotated), withKey, KeyRotationPolicy.Always, QueueClass.RSA_KEY);
    // its key is kept
    assertWork(new LeafDecision.Issue(due), withKey, KeyRotationPolicy.Never, QueueClass.ISSUANCE);
    assertWork(
        new LeafDecision.Issue(due),
        facts(rsa, ours(CERTIFICATE)),
        KeyRotationPolicy.Never,
        QueueClass.RSA_KEY);
    assertWork(
        new LeafDecision.Issue(due),
        facts(rsa, new SecretState.Absent()),
        KeyRotationPolicy.Never,
        QueueClass.RSA_KEY);
    assertWork(
        new LeafDecision.Republish(due), withKey, KeyRotationPolicy.Always, QueueClass.ISSUANCE);
    assertWork(
        new LeafDecision.Relabel(due), withKey, KeyRotationPolicy.Always, QueueClass.ISSUANCE);
    assertWork(
        new LeafDecision.Retrust(due, LeafDecision.Truststore.LEFT),
        withKey,
        KeyRotationPolicy.Always,
        QueueClass.ROTATION);
    assertThat(LeafQueueClass.of(new LeafDecision.Keep(NOW), withKey, KeyRotationPolicy.Always))
        .isEmpty();
    assertThat(LeafQueueClass.of(new LeafDecision.Refuse(due), withKey, KeyRotationPolicy.Always))
        .isEmpty();
  }

  private static void assertWork(
      LeafDecision decision, LeafFacts facts, KeyRotationPolicy keys, QueueClass expected) {
    assertThat(LeafQueueClass.of(decision, facts, keys)).contains(expected);
  }

  private static Optional<Finding> notReady(LeafFacts facts, Instant now) {
    return LeafAssessment.of(facts, SafetyChecks.none(), now).notReady();
  }

  private static LeafFacts facts(ServerCert cert, SecretState state) {
    return facts(cert, state, SIGNER);
  }

  private static LeafFacts facts(ServerCert cert, SecretState state, Signer signer) {
    return new LeafFacts(
        cert.getMetadata().getUid(),
        DesiredCertificate.of(cert),
        signer,
        state,
        IssuancePolicy.none(),
        new Trust(
            List.of(CA.certificate()),
            signer instanceof Signer.Available available ? available.reissue() : Reissue.OnRenewal),
        "layout",
        Optional.empty(),
        null,
        0,
        Optional.empty(),
        Optional.empty(),
        LeafRevocation.NONE,
        LeafCrls.notAsked());
  }

  private static LeafFacts withRenew(LeafFacts f, String renew) {
    return new LeafFacts(
        f.uid(),
        f.desired(),
        f.signer(),
        f.state(),
        f.issuancePolicy(),
        f.trust(),
        f.wantedLayout(),
        f.missingInput(),
        renew,
        f.reportedRevision(),
        f.lastTamperRepair(),
        f.nextTry(),
        LeafRevocation.NONE,
        LeafCrls.notAsked());
  }

  private static SecretState ours(X509Certificate certificate) {
    return aManagedSecret(it -> it.certificate(certificate).trust(TRUST));
  }

  private static X509Certificate issue(ServerCert cert, CertificateAuthority ca) {
    return issue(cert, ca, NOW);
  }

  private static X509Certificate issue(ServerCert cert, CertificateAuthority ca, Instant now) {
    Issuance.Outcome outcome =
        Issuance.leaf(
            CertificateTemplate.of(cert),
            ca,
            Signer.Available.alone(CaPath.root(ca.certificate())),
            IssuancePolicy.none(),
            now,
            KeyMaterial::generate);
    return ((Issuance.Outcome.Issued) outcome).certificate();
  }
}
