package dev.mtlsoperator.rotation.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.PublicationProof;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.rotation.request.IssuancePolicy;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A successor vouched for by its predecessor of the same name. */
final class CrossCertificateTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  private final CertificateAuthority old = Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private final Instant later = NOW.plus(Duration.ofDays(100));
  private final CertificateAuthority fresh =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), later);
  private final X509Certificate cross =
      old.crossSign(fresh.certificate(), NameConstraintsExtension.none());

  private Issuance.Outcome.Issued issue() {
    CaGeneration former =
        new CaGeneration(1, old.certificate(), Optional.empty(), GenerationMilestones.none());
    CaGeneration signing =
        new CaGeneration(2, fresh.certificate(), Optional.of(cross), GenerationMilestones.none());
    Issuance.Outcome outcome =
        Issuance.leaf(
            CertificateTemplate.of(aServerCert()),
            fresh,
            new Signer.Available(
                signing,
                List.of(former, signing),
                List.of(old.certificate(), fresh.certificate()),
                Optional.of(cross)),
            IssuancePolicy.none(),
            later,
            KeyMaterial::generate);
    assertThat(outcome).isInstanceOf(Issuance.Outcome.Issued.class);
    return (Issuance.Outcome.Issued) outcome;
  }

  @Test
  void shouldBeSentAfterTheLeaf() {
    assertThat(issue().intermediates()).containsExactly(cross);
  }

  @Test
  void shouldLeadThoseToTheLeafWhoKnowOnlyTheFormerRoot() {
    Issuance.Outcome.Issued issued = issue();

    assertThat(
            PublicationProof.of(
                issued.certificate(),
                List.of(cross),
                Profile.SERVER,
                issued.key(),
                List.of(old.certificate()),
                List.of(later)))
        .isEmpty();
  }
}
