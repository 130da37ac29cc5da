package dev.mtlsoperator.reconcile.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.Bombs;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CpuTime;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a person vouches for is looked at in the order of what it costs. */
final class AdoptionTest {
  private static final RootCA CA = aRootCA();
  private static final CertificateAuthority LOST =
      Issuance.rootCA(CertificateTemplate.of(CA), Instant.parse("2026-06-01T00:00:00Z"));
  private static final CertificateAuthority OTHER =
      Issuance.rootCA(CertificateTemplate.of(CA), Instant.parse("2026-06-01T00:00:00Z"));

  AdoptionTest() {
    CA.getMetadata()
        .setAnnotations(Map.of(Api.ADOPT_ANNOTATION, Fingerprint.of(LOST.certificate()).text()));
  }

  @Test
  void shouldVouchForTheCertificateWithItsKey() {
    assertThat(Adoption.isVouchedFor(CA, secret(Pem.write(LOST.certificate()), LOST))).isTrue();
    assertThat(Adoption.isVouchedFor(CA, secret(Pem.write(LOST.certificate()), OTHER))).isFalse();
    assertThat(Adoption.isVouchedFor(CA, secret(Pem.write(OTHER.certificate()), OTHER))).isFalse();
  }

  @Test
  void shouldLookAtLittleWhoeverWroteIt() {
    // given: a hundred that may have signed each other, after the very certificate
    String namesakes = Bombs.namesakes(99);
    Secret withKey = secret(Pem.write(LOST.certificate()) + namesakes, LOST);
    Secret withoutKey = secret(Pem.write(LOST.certificate()) + namesakes, OTHER);

    for (Secret secret : new Secret[] {withKey, withoutKey}) {
      CpuTime.assertLittle(() -> assertThat(Adoption.isVouchedFor(CA, secret)).isFalse());
    }
  }

  @Test
  void shouldNotAdoptWhatStandsUnderADistrustedRoot() {
    Instant made = Instant.parse("2026-06-01T00:00:00Z");
    CaGeneration signer =
        new CaGeneration(
            2,
            Issuance.rootCA(CertificateTemplate.of(CA), made).certificate(),
            Optional.empty(),
            GenerationMilestones.none().with(it -> it.signingSince(made)));
    CaGeneration distrusting =
        signer.withMilestones(
            signer
                .milestones()
                .with(it -> it.distrusts(Set.of(Fingerprint.of(LOST.certificate())))));
    Secret lost = secret(Pem.write(LOST.certificate()), LOST);
    // OTHER's key, signed by LOST: an intermediate
    X509Certificate under = LOST.crossSign(OTHER.certificate(), NameConstraintsExtension.none());
    Secret intermediate = secret(Pem.write(under) + Pem.write(LOST.certificate()), OTHER);
    CA.getMetadata().setAnnotations(Map.of(Api.ADOPT_ANNOTATION, Fingerprint.of(under).text()));

    assertThat(adoptable(intermediate, signer)).contains("root-ca-1");
    assertThat(refusal(intermediate, signer)).isEmpty();
    assertThat(adoptable(intermediate, distrusting)).isEmpty();
    assertThat(refusal(intermediate, distrusting))
        .hasValueSatisfying(why -> assertThat(why).contains("root-ca-1", "distrusted"));

    // and the root itself
    CA.getMetadata()
        .setAnnotations(Map.of(Api.ADOPT_ANNOTATION, Fingerprint.of(LOST.certificate()).text()));
    assertThat(adoptable(lost, distrusting)).isEmpty();
    assertThat(refusal(lost, distrusting)).isPresent();
  }

  private static Optional<String> adoptable(Secret secret, CaGeneration signer) {
    return Adoption.adoptable(
        CA, List.of(secret), List.of("root-ca-1"), new CaGenerations(List.of(signer)));
  }

  private static Optional<String> refusal(Secret secret, CaGeneration signer) {
    return Adoption.refusal(
        CA, List.of(secret), List.of("root-ca-1"), new CaGenerations(List.of(signer)));
  }

  private static Secret secret(String certificates, CertificateAuthority keyOf) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName("root-ca-1")
        .endMetadata()
        .withType(Keys.TYPE_CA)
        .addToData(Keys.TLS_CRT, base64(certificates))
        .addToData(Keys.CA_CRT, base64(certificates))
        .addToData(Keys.TLS_KEY, base64(keyOf.key().revealPem(PrivateKeyFormat.PKCS8)))
        .build();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
