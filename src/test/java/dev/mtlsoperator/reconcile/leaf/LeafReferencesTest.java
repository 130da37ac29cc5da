package dev.mtlsoperator.reconcile.leaf;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static dev.mtlsoperator.rotation.leaf.ManagedSecretFixture.aManagedSecret;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.leaf.Trust;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a leaf's references amount to, in each state of the RootCA. */
final class LeafReferencesTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final CAName NAME = new CAName("shop", "root");
  private static final CertificateAuthority CA =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final CaGenerations SIGNING =
      new CaGenerations(
          List.of(
              new CaGeneration(
                  1,
                  CA.certificate(),
                  Optional.empty(),
                  GenerationMilestones.none().with(it -> it.signingSince(NOW)))));
  private static final Optional<List<X509Certificate>> NOTHING = Optional.of(List.of());

  @Test
  void shouldHaveTheGenerationSignThatIsThere() {
    LeafReferences references = references(admitting(SIGNING, NOTHING));

    assertThat(references.signer())
        .isInstanceOfSatisfying(
            Signer.Available.class, signer -> assertThat(signer.generation()).isEqualTo(1));
    assertThat(trust(references).certificates()).containsExactly(CA.certificate());
    assertThat(trust(references).admittedBy()).isEmpty();
  }

  @Test
  void shouldWaitForWhatIsNotReconciledYet() {
    assertThat(references(admitting(CaGenerations.none(), NOTHING)).signer())
        .isInstanceOf(Signer.Pending.class);
    // its additional trust is not known after a start
    assertThat(references(admitting(SIGNING, Optional.empty())).signer())
        .isInstanceOf(Signer.Pending.class);
  }

  @Test
  void shouldTellOfARootCAThatHasStopped() {
    RootCA stopped = aRootCA();
    stopped.setStatus(
        FailedRuns.status(stopped, new Finding(Reason.InternalError, "stopped"), NOW));

    assertThat(
            references(referred(stopped, Optional.of(stopped), CaGenerations.none(), NOTHING))
                .signer())
        .isInstanceOfSatisfying(
            Signer.Missing.class,
            missing ->
                assertThat(missing.finding().message())
                    .contains("has no generation that signs", "kubectl describe rootca root"));
  }

  @Test
  void shouldTreatARootCAThatDoesNotAdmitLikeOneThatIsMissing() {
    RootCA there = aRootCA();
    LeafReferences denied = references(referred(there, Optional.empty(), SIGNING, NOTHING));
    LeafReferences missing =
        references(
            new ReferredCA(
                NAME,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                CaGenerations.none(),
                ReportedStatus.nothing(),
                Optional.empty()));

    assertThat(denied.signer()).isEqualTo(missing.signer());
    assertThat(denied.signer())
        .isInstanceOfSatisfying(
            Signer.Missing.class,
            none -> assertThat(none.finding().reason()).isEqualTo(Reason.CANotAvailable));
    assertThat(trust(denied).certificates()).isEmpty();
  }

  @Test
  void shouldKeepTheTrustThatItGaveBefore() {
    SecretState held = aManagedSecret(it -> it.trust(Pem.write(CA.certificate())));
    LeafReferences denied = references(referred(aRootCA(), Optional.empty(), SIGNING, NOTHING));

    assertThat(denied.trust(held, former -> CaGenerations.none()).certificates())
        .containsExactly(CA.certificate());
  }

  private static Trust trust(LeafReferences references) {
    return references.trust(new SecretState.Absent(), former -> CaGenerations.none());
  }

  private static LeafReferences references(ReferredCA ca) {
    ServerCert leaf = aServerCert();
    return new LeafReferences(
        leaf,
        List.of(ca),
        new Admission(WatchScope.all(), namespace -> Optional.of(Map.of()), going -> false),
        NOW);
  }

  private static ReferredCA admitting(
      CaGenerations generations, Optional<List<X509Certificate>> additional) {
    RootCA there = aRootCA();
    return referred(there, Optional.of(there), generations, additional);
  }

  private static ReferredCA referred(
      RootCA there,
      Optional<RootCA> admitting,
      CaGenerations generations,
      Optional<List<X509Certificate>> additional) {
    return new ReferredCA(
        NAME,
        Optional.of(there),
        admitting,
        List.of(),
        generations,
        ReportedStatus.nothing(),
        additional);
  }
}
