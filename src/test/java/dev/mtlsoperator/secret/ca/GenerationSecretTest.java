package dev.mtlsoperator.secret.ca;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationSecret.Proof;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What is noted on a generation counts only as the operator noted it. */
final class GenerationSecretTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA ROOT = ca("root");
  private static final CertificateAuthority AUTHORITY =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  private static final Secret SECRET = secret(ROOT, 1);
  private static final List<String> KEYS =
      List.of(
          Keys.DISTRIBUTED_AT,
          Keys.SIGNING_SINCE,
          Keys.UNUSED_SINCE,
          Keys.LAST_LEAF_NOT_AFTER,
          Keys.REISSUE,
          Keys.DISTRUSTS,
          Keys.RETIRES,
          Keys.HIGHEST,
          Keys.REASON,
          Keys.IMPORTED_FROM,
          "mtls-operator.dev/rotate",
          Keys.MILESTONES_REVISION,
          Keys.MILESTONES_SEAL);

  @Test
  void shouldNotAdoptCertificatesThatCertifyAnotherKey() {
    CertificateAuthority other = authority("other");
    X509Certificate cross =
        other.crossSign(AUTHORITY.certificate(), NameConstraintsExtension.none());
    for (X509Certificate foreign :
        List.of(
            other.certificate(),
            other.crossSign(authority("third").certificate(), NameConstraintsExtension.none()))) {
      CaGeneration planted =
          new CaGeneration(
              1,
              CaPath.root(AUTHORITY.certificate()).withCrosses(List.of(cross, foreign)),
              Optional.empty(),
              Optional.of("input"),
              GenerationMilestones.none());

      assertThat(
              GenerationSecret.verifiedPath(
                  GenerationSecret.create(ROOT, planted, AUTHORITY.key(), "Imported", SEAL)))
          .isEmpty();
    }
  }

  private static CertificateAuthority authority(String commonName) {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA(it -> it.commonName(commonName))), NOW);
  }

  @Test
  void shouldVouchForTheCrossCertificatesOfAnImport() {
    // given
    CertificateAuthority other = authority("other");
    X509Certificate cross =
        other.crossSign(AUTHORITY.certificate(), NameConstraintsExtension.none());
    CaPath path = CaPath.root(AUTHORITY.certificate()).withCrosses(List.of(cross));
    CaGeneration imported =
        new CaGeneration(
            1, path, Optional.empty(), Optional.of("input"), GenerationMilestones.none());
    Secret secret = GenerationSecret.create(ROOT, imported, AUTHORITY.key(), "Imported", SEAL);

    // then
    assertThat(read(secret).generation().path()).isEqualTo(path);
    assertThat(GenerationSecret.verifiedPath(secret)).contains(path);
    for (Secret changed :
        List.of(
            secret.edit().removeFromData(Keys.CROSSES_CRT).build(),
            secret.edit().addToData(Keys.CROSSES_CRT, secret.getData().get(Keys.TLS_CRT)).build(),
            SECRET
                .edit()
                .addToData(Keys.CROSSES_CRT, secret.getData().get(Keys.TLS_CRT))
                .build())) {
      assertThat(GenerationSecret.read("ns", "root", changed, SEAL)).isEmpty();
    }
  }

  @Test
  void shouldProveWhatItNotes() {
    Sealed first = read(SECRET);
    Sealed second =
        read(
            GenerationSecret.withMilestones(
                first, first.generation().milestones().with(it -> it.unusedSince(NOW)), SEAL));
    Sealed third = read(GenerationSecret.remember(second, 7, Set.of(), 0, SEAL));

    assertThat(first.proof()).isEqualTo(new Proof.Holds(1));
    assertThat(second.proof()).isEqualTo(new Proof.Holds(2));
    assertThat(second.generation().milestones().unusedSince()).contains(NOW);
    assertThat(third.proof()).isEqualTo(new Proof.Holds(3));
    assertThat(GenerationSecret.highest(third)).isEqualTo(7);
    assertThat(third.generation().milestones()).isEqualTo(second.generation().milestones());
  }

  @Test
  void shouldNotCountWhatChangesNothing() {
    Sealed first = read(SECRET);

    assertThat(GenerationSecret.withMilestones(first, first.generation().milestones(), SEAL))
        .isEqualTo(SECRET);
    assertThat(GenerationSecret.remember(first, 1, Set.of(), 0, SEAL)).isEqualTo(SECRET);
  }

  @Property(tries = 500)
  void shouldBelieveNothingThatSomebodyElseWrote(@ForAll("forgeries") Map<String, String> forged) {
    Map<String, String> annotations = new HashMap<>(SECRET.getMetadata().getAnnotations());
    forged.forEach(
        (key, value) -> {
          if (value.isEmpty()) {
            annotations.remove(key);
          } else {
            annotations.put(key, value);
          }
        });

    Sealed found = read(with(SECRET, annotations));

    if (annotations.equals(SECRET.getMetadata().getAnnotations())) {
      assertThat(found.proof()).isEqualTo(new Proof.Holds(1));
    } else {
      assertThat(found.proof()).isInstanceOf(Proof.Broken.class);
      assertThat(found.generation().milestones()).isEqualTo(GenerationMilestones.none());
      assertThat(found.generation().importedFrom()).isEmpty();
      assertThat(GenerationSecret.highest(found)).isZero();
      // a seal of ours does not make it good
      assertThatThrownBy(
              () -> GenerationSecret.withMilestones(found, GenerationMilestones.none(), SEAL))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Provide
  static Arbitrary<Map<String, String>> forgeries() {
    Fingerprint fingerprint = Fingerprint.of(AUTHORITY.certificate());
    Arbitrary<String> values =
        Arbitraries.of(
            "",
            "0",
            "1",
            "2",
            "999999999",
            "2020-01-01T00:00:00Z",
            "2999-01-01T00:00:00Z",
            NOW.toString(),
            "Immediately",
            "OnRenewal",
            fingerprint.text(),
            "Created",
            "x",
            SECRET.getMetadata().getAnnotations().get(Keys.MILESTONES_SEAL),
            secret(ca("other"), 1).getMetadata().getAnnotations().get(Keys.MILESTONES_SEAL));
    return Arbitraries.maps(Arbitraries.of(KEYS), values).ofMinSize(1).ofMaxSize(4);
  }

  @Test
  void shouldNotTakeWhatIsNotedOnAnother() {
    for (Secret other : List.of(secret(ca("other"), 1), secret(ROOT, 2))) {
      Map<String, String> annotations = new HashMap<>(other.getMetadata().getAnnotations());
      annotations.put(Keys.SEAL, SECRET.getMetadata().getAnnotations().getOrDefault(Keys.SEAL, ""));

      assertThat(read(with(SECRET, annotations)).proof()).isInstanceOf(Proof.Broken.class);
    }
  }

  private static Sealed read(Secret secret) {
    return GenerationSecret.read("ns", "root", secret, SEAL).orElseThrow();
  }

  private static Secret with(Secret secret, Map<String, String> annotations) {
    return secret.edit().editMetadata().withAnnotations(annotations).endMetadata().build();
  }

  private static RootCA ca(String name) {
    RootCA ca = aRootCA();
    ca.getMetadata().setNamespace("ns");
    ca.getMetadata().setName(name);
    ca.getMetadata().setUid("uid");
    return ca;
  }

  private static Secret secret(RootCA ca, int number) {
    return GenerationSecret.create(
        ca,
        new CaGeneration(
            number,
            CaPath.root(AUTHORITY.certificate()),
            Optional.empty(),
            Optional.empty(),
            GenerationMilestones.none()
                .with(it -> it.signingSince(NOW).reissue(Reissue.OnRenewal))),
        AUTHORITY.key(),
        "Created",
        SEAL);
  }
}
