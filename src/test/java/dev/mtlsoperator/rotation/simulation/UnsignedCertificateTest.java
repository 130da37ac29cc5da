package dev.mtlsoperator.rotation.simulation;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * An unsigned certificate returns the same values as a real one for everything that rotation reads.
 */
final class UnsignedCertificateTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @Test
  void shouldAnswerAsARealOne() {
    LeafCert<?> web = aServerCert();
    CertificateTemplate ofCA = CertificateTemplate.of(aRootCA(it -> it.duration("100d")));
    CertificateTemplate ofLeaf = CertificateTemplate.of(web);
    CertificateAuthority authority = Issuance.rootCA(ofCA, NOW);
    CaGeneration real =
        new CaGeneration(1, authority.certificate(), Optional.empty(), GenerationMilestones.none());
    CaGeneration paper =
        new CaGeneration(
            1, UnsignedCertificate.ofCA(ofCA, NOW), Optional.empty(), GenerationMilestones.none());
    X509Certificate realLeaf =
        authority.issue(
            ofLeaf.request(NOW, real.path()), KeyMaterial.generate(ofLeaf.key()).publicKey());
    UnsignedCertificate paperLeaf = UnsignedCertificate.ofLeaf(ofLeaf, NOW, paper);

    assertSame(paper.certificate(), real.certificate());
    assertSame(paperLeaf, realLeaf);
    assertThat(paper.signed(paperLeaf)).isTrue();
    assertThat(real.signed(realLeaf)).isTrue();
    assertThat(KeyIdentifiers.namesIssuer(paperLeaf, real.certificate())).isFalse();
    assertThat(paper.made()).isEqualTo(real.made()).isEqualTo(NOW);
    assertThat(paper.end()).isEqualTo(real.end());
    assertThat(ofCA.differenceFrom(paper.certificate(), Optional.empty())).isEmpty();
    assertThat(ofLeaf.differenceFrom(paperLeaf, Optional.of(paper.end()))).isEmpty();
    assertThat(ofLeaf.differenceFrom(paper.certificate(), Optional.empty())).isPresent();
  }

  private static void assertSame(X509Certificate paper, X509Certificate real) {
    assertThat(DistinguishedName.of(paper)).isEqualTo(DistinguishedName.of(real));
    assertThat(SubjectAltNames.of(paper).sameNames(SubjectAltNames.of(real))).isTrue();
    assertThat(paper.getNotBefore()).isEqualTo(real.getNotBefore());
    assertThat(paper.getNotAfter()).isEqualTo(real.getNotAfter());
    assertThat(paper.getBasicConstraints()).isEqualTo(real.getBasicConstraints());
    assertThat(paper.getIssuerX500Principal()).isEqualTo(real.getIssuerX500Principal());
    assertThat(paper.getPublicKey().getAlgorithm()).isEqualTo(real.getPublicKey().getAlgorithm());
  }
}
