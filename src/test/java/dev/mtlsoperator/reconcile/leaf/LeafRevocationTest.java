package dev.mtlsoperator.reconcile.leaf;

import static dev.mtlsoperator.fixtures.LeafStatusFixture.aLeafStatus;
import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.RevokedReason;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.Revoked;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the status of a leaf with {@code spec.revoked} tells, while its RootCA gets there. */
final class LeafRevocationTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final RootCA ROOT = aRootCA(it -> it.revocation("30d"));
  private static final IssuedCertificate ISSUED =
      new IssuedCertificate("0A1B2C", "2027-02-01T00:00:00Z", "shop/root", 1, null);

  private static final Revocations.Signers SIGNERS =
      new Revocations.Signers(Set.of(1), Set.of(1), Set.of());

  private final CertificateAuthority ca = TestCrls.root(NOW);
  private final Crl empty = TestCrls.of(ca, NOW);
  private final Crl revoking =
      TestCrls.of(
          ca,
          NOW,
          new RevokedCertificate(
              BigInteger.valueOf(0x0A1B2C), NOW, Optional.of(RevocationReason.KeyCompromise)));
  private final Revocations revocations = new Revocations();

  private static ServerCert revoked() {
    ServerCert leaf = aServerCert(it -> it.revoked(RevokedReason.KeyCompromise));
    leaf.setStatus(status(List.of(), List.of(ISSUED)));
    return leaf;
  }

  private static LeafStatus status(
      List<Condition> conditions, List<IssuedCertificate> certificates) {
    return aLeafStatus(conditions, null, certificates);
  }

  private static KnownCrls known(Crl crl) {
    return new KnownCrls(new TreeMap<>(Map.of(1, crl)), Map.of(), Map.of());
  }

  private LeafReport report(ServerCert leaf) {
    LeafFacts facts = LeafReportTest.facts(leaf, new SecretState.Absent(), Optional.empty());
    LeafRevocationView view =
        LeafRevocationView.of(
            leaf,
            Optional.empty(),
            revocations,
            name -> Optional.of(ROOT).filter(root -> CAName.of(root).equals(name)),
            NOW);
    LeafObservation seen = new LeafObservation(leaf, null, facts, List.of(), view, NOW);
    return LeafReport.of(
        seen,
        LeafAssessment.of(facts, SafetyChecks.none(), NOW),
        new LeafOutcome.Unchanged(LeafRestarts.afterAWrite(leaf)));
  }

  private static LeafStatus told(LeafReport report) {
    return report.status().orElseThrow();
  }

  private static Condition condition(LeafReport report, String type) {
    return Conditions.find(told(report).conditions(), type).orElseThrow();
  }

  private static boolean isReady(LeafReport report) {
    return condition(report, Conditions.READY).status() == ConditionStatus.TRUE;
  }

  @Test
  void shouldBeReadyOnceTheTrustBundlesWereGivenTheCrl() {
    ServerCert leaf = revoked();
    LeafReport unknown = report(leaf);
    revocations.signed(ROOT, known(empty));
    LeafReport asked = report(leaf);
    revocations.published(ROOT, known(revoking), List.of(revoking), SIGNERS);
    LeafReport signed = report(leaf);
    revocations.delivered(ROOT);
    LeafReport delivered = report(leaf);

    assertThat(List.of(unknown, asked, signed))
        .allSatisfy(
            report -> {
              assertThat(isReady(report)).isFalse();
              assertThat(condition(report, Conditions.READY).message())
                  .isEqualTo("certificates on no CRL in the trust bundles yet: 1");
              assertThat(report.next()).isEqualTo(SOON);
            });
    assertThat(isReady(delivered)).isTrue();
    assertThat(delivered.next()).isGreaterThan(SOON);
  }

  @Test
  void shouldSayThatNoTrustBundleGetsTheCrl() {
    ServerCert leaf = revoked();
    revocations.published(ROOT, known(revoking), List.of(), SIGNERS);
    // nothing is left to write
    revocations.delivered(ROOT);

    LeafReport report = report(leaf);

    assertThat(isReady(report)).isFalse();
    assertThat(condition(report, Conditions.REVOCATION_INCOMPLETE).message())
        .startsWith("RootCA 'shop/root' has signed a CRL that the trust bundles do not get")
        .contains("verifiers accept the revoked certificates until they do");
    // the RootCA's status wakes the leaf
    assertThat(report.next()).isGreaterThan(SOON);
    assertThat(
            LeafRevocationView.of(leaf, Optional.empty(), revocations, n -> Optional.of(ROOT), NOW)
                .unsigned())
        .isEmpty();
  }

  @Test
  void shouldStayReadyWhileTheOperatorStarts() {
    ServerCert leaf = revoked();
    revocations.published(ROOT, known(revoking), List.of(revoking), SIGNERS);
    revocations.delivered(ROOT);
    LeafStatus before = told(report(leaf));
    leaf.setStatus(before);

    revocations.forget(ROOT);
    LeafReport started = report(leaf);
    revocations.signed(ROOT, known(empty));
    LeafReport lost = report(leaf);

    assertThat(told(started)).isEqualTo(before);
    assertThat(isReady(lost)).isFalse();
  }

  @Test
  void shouldRevokeWhatWasTakenBackBeforeACrlWasSigned() {
    ServerCert leaf = revoked();

    LeafStatus told = told(report(leaf));
    ServerCert back = aServerCert();
    back.setStatus(told);

    assertThat(told.certificates())
        .containsExactly(ISSUED.with(new Revoked(RevokedReason.KeyCompromise)));
    assertThat(LeafRevocations.of(back)).isEqualTo(LeafRevocations.of(leaf)).hasSize(1);
    assertThat(told(report(back)).certificates()).isEqualTo(told.certificates());
  }

  @Test
  void shouldAwaitNothingOfAGenerationThatIsGone() {
    ServerCert leaf = revoked();
    revocations.published(
        ROOT,
        known(empty),
        List.of(empty),
        new Revocations.Signers(Set.of(2), Set.of(2), Set.of()));

    assertThat(isReady(report(leaf))).isTrue();
  }

  @Test
  void shouldSayThatTheCaMaySignNoCrl() {
    ServerCert leaf = revoked();
    revocations.published(
        ROOT, KnownCrls.none(), List.of(), new Revocations.Signers(Set.of(1), Set.of(), Set.of(1)));

    LeafReport report = report(leaf);

    assertThat(isReady(report)).isFalse();
    assertThat(condition(report, Conditions.REVOCATION_INCOMPLETE).message())
        .contains("lacks cRLSign", "until they expire");
    assertThat(report.next()).isGreaterThan(SOON);
  }

  @Test
  void shouldAwaitNoCrlOfAnExpiredCertificate() {
    ServerCert leaf = aServerCert(it -> it.revoked(RevokedReason.KeyCompromise));
    leaf.setStatus(
        status(
            List.of(),
            List.of(new IssuedCertificate("0A1B2C", NOW.toString(), "shop/root", 1, null))));
    revocations.published(ROOT, known(empty), List.of(empty), SIGNERS);

    assertThat(isReady(report(leaf))).isTrue();
  }
}
