package dev.mtlsoperator.rotation;

import static dev.mtlsoperator.rotation.Fixtures.aRootCA;
import static dev.mtlsoperator.rotation.Fixtures.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.KeyMaterial;
import dev.mtlsoperator.pki.NameConstraints;
import dev.mtlsoperator.pki.PublicationProof;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A successor vouched for by its predecessor of the same name. */
final class CrossCertificateTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  private final CertificateAuthority old =
      Issuance.rootCA(Blueprint.of(aRootCA("root", "3650d")), NOW);
  private final Instant later = NOW.plus(Duration.ofDays(100));
  private final CertificateAuthority fresh =
      Issuance.rootCA(Blueprint.of(aRootCA("root", "3650d")), later);
  private final X509Certificate cross = old.crossSign(fresh.certificate(), NameConstraints.none());

  private Issuance.Outcome.Issued issue() {
    CaGeneration former = new CaGeneration(1, old.certificate(), Optional.empty(), Latches.none());
    CaGeneration signing =
        new CaGeneration(2, fresh.certificate(), Optional.of(cross), Latches.none());
    Issuance.Outcome outcome =
        Issuance.leaf(
            Blueprint.of(aServerCert("web", "90d", null, "web.example.org")),
            fresh,
            new Signer.Available(
                signing,
                List.of(former, signing),
                List.of(old.certificate(), fresh.certificate()),
                Optional.of(cross)),
            Terms.none(),
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
                dev.mtlsoperator.pki.Profile.SERVER,
                issued.key(),
                List.of(old.certificate()),
                List.of(later)))
        .isEmpty();
  }
}
