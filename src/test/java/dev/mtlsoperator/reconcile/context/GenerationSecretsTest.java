package dev.mtlsoperator.reconcile.context;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.generation.Suspect;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A generation that had left is none, whoever puts its Secret back. */
final class GenerationSecretsTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA ROOT = root();
  private static final CertificateAuthority AUTHORITY =
      Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);

  @Test
  void shouldNotTakeBackAGenerationThatWasWithdrawn() {
    // given: 2 was withdrawn, and status lists 1 alone
    Sealed remembering = read(GenerationSecret.remember(sealed(1), 2, Set.of(), 0, SEAL));

    // then: neither what status remembers, nor what 1 does, is forgotten
    assertReturned(generations(reported(0, 2), sealed(1), sealed(2)), 2);
    assertReturned(generations(reported(0, 0), remembering, sealed(2)), 2);
    // even where status is lost
    assertReturned(
        GenerationSecrets.generations(
            List.of(remembering, sealed(2)), List.of(), ReportedStatus.nothing()),
        2);
  }

  @Test
  void shouldTakeOneThatWasMadeAMomentAgo() {
    Sealed remembering = read(GenerationSecret.remember(sealed(1), 2, Set.of(), 0, SEAL));

    assertThat(generations(reported(0, 2), remembering, sealed(3)).isProven()).isTrue();
    assertThat(generations(reported(0, 2), remembering, sealed(3)).toRemember().highest())
        .isEqualTo(3);
    // where status is lost, nobody is kept from anything
    assertThat(
            GenerationSecrets.generations(List.of(remembering), List.of(), ReportedStatus.nothing())
                .isProven())
        .isTrue();
  }

  @Test
  void shouldHoldWhatBundlesHeldWithoutWhomAPersonDistrusts() {
    // given: 1 is stolen and was tampered with, of 2 only status and the bundle tell
    CertificateAuthority other = authority();
    X509Certificate stolen = AUTHORITY.certificate();
    Suspect tampered = suspect(1, stolen, Optional.of(CaPath.root(stolen)), Suspect.Kind.TAMPERED);
    Suspect gone = suspect(2, other.certificate(), Optional.empty(), Suspect.Kind.GONE);
    CaGenerations generations = new CaGenerations(List.of(), List.of(tampered, gone));
    CaGenerations distrusting =
        generations.remembering(new History(Set.of(Fingerprint.of(stolen)), 0, 2));
    ReportedStatus reported =
        new ReportedStatus(
            List.of(told(1, stolen), told(2, other.certificate())),
            Optional.empty(),
            distrusting.history());
    List<X509Certificate> held = List.of(stolen, other.certificate());

    // then
    Map<Integer, X509Certificate> left = Map.of(2, other.certificate());
    assertThat(TrustAnchors.of(distrusting, reported, () -> held)).isEqualTo(left);
    assertThat(TrustAnchors.of(distrusting, reported, List::of)).isEqualTo(left);
    assertThat(TrustAnchors.of(distrusting, ReportedStatus.nothing(), () -> held)).isEqualTo(left);
    assertThat(TrustAnchors.of(generations, reported, () -> held)).isEmpty();

    // and the root of an intermediate, of which the bundle alone tells: not that of the stolen one
    CertificateAuthority root = authority();
    CertificateAuthority above = authority();
    X509Certificate intermediate =
        root.crossSign(other.certificate(), NameConstraintsExtension.none());
    CaPath under = new CaPath(stolen, List.of(), above.certificate());
    CaGenerations imported =
        new CaGenerations(
                List.of(),
                List.of(
                    suspect(1, stolen, Optional.of(under), Suspect.Kind.TAMPERED),
                    suspect(2, intermediate, Optional.empty(), Suspect.Kind.TAMPERED)))
            .remembering(distrusting.history());
    assertThat(
            TrustAnchors.of(
                imported,
                new ReportedStatus(
                    List.of(told(1, stolen), told(2, intermediate)),
                    Optional.empty(),
                    distrusting.history()),
                () -> List.of(above.certificate(), root.certificate())))
        .isEqualTo(Map.of(2, root.certificate()));

    // but nothing that somebody put back
    CaGenerations returned =
        new CaGenerations(
                List.of(),
                List.of(
                    tampered,
                    suspect(
                        2,
                        other.certificate(),
                        Optional.of(CaPath.root(other.certificate())),
                        Suspect.Kind.RETURNED)))
            .remembering(distrusting.history());
    assertThat(TrustAnchors.of(returned, ReportedStatus.nothing(), () -> List.of(stolen)))
        .isEmpty();
  }

  @Test
  void shouldBelieveATrustConfigMapThatIsAsItWasWritten() {
    X509Certificate own = AUTHORITY.certificate();
    X509Certificate partner = authority().certificate();
    ConfigMap written =
        TrustConfigMap.of(
            ROOT,
            new TrustContent(
                new TreeMap<>(Map.of(1, own)),
                new AdditionalEntries(new TreeMap<>(Map.of("0".repeat(32), List.of(partner))))),
            SEAL);

    assertThat(written.getData().get("ca.crt")).contains(Pem.write(partner));
    assertThat(TrustConfigMap.own(ROOT, written, SEAL)).containsExactly(own);
    ConfigMap changed =
        written.edit().addToData("ca.crt", Pem.write(partner) + Pem.write(own)).build();
    assertThat(TrustConfigMap.own(ROOT, changed, SEAL)).isEmpty();
  }

  @Test
  void shouldTakeASuccessorThatWasWithdrawnForGoneWhoeverKeepsItsSecret() {
    // given: somebody's finalizer keeps it
    Secret first = sealed(1).secret();
    Secret remembering = GenerationSecret.remember(sealed(1), 2, Set.of(), 0, SEAL);
    Secret going = going(sealed(2).secret());
    ReportedStatus reported =
        reported(told(1, GenerationState.Signing), told(2, GenerationState.Distributing));

    // then
    assertThat(numbers(remembering, going)).containsExactly(1);
    assertThat(generations(reported, remembering, going).isProven()).isTrue();
    assertThat(generations(reported, remembering, going).generations()).hasSize(1);
    // also where somebody takes its seal off
    assertThat(generations(reported, remembering, unsealed(going)).isProven()).isTrue();

    // but not before the operator noted that it takes it back, nor one that has signed
    assertThat(numbers(first, going)).containsExactly(1, 2);
    assertThat(generations(reported, first, unsealed(going)).suspects())
        .extracting(Suspect::number)
        .containsExactly(2);
    assertThat(numbers(remembering, going(signing(2).secret()))).containsExactly(1, 2);
    assertThat(
            generations(
                    reported(told(1, GenerationState.Retiring), told(2, GenerationState.Signing)),
                    remembering,
                    unsealed(going))
                .suspects())
        .extracting(Suspect::number)
        .containsExactly(2);
  }

  @Test
  void shouldExcuseOnlyTheOneThatSignedAndWasReplaced() {
    // given: 1 and 2 are lost, and 4 was made for the one that signed
    ReportedStatus reported =
        reported(
            told(1, GenerationState.Retiring),
            told(2, GenerationState.Signing),
            told(3, GenerationState.Distributing));

    // then
    assertThat(generations(reported, sealed(3).secret(), signing(4).secret()).suspects())
        .extracting(Suspect::number)
        .containsExactly(1);
    // without another one that signs, neither
    assertThat(generations(reported, sealed(3).secret(), sealed(4).secret()).suspects())
        .extracting(Suspect::number)
        .containsExactly(1, 2);
    // who made another one when all were lost, knows of all
    assertThat(generations(reported, signing(4).secret()).isProven()).isTrue();
  }

  private static List<Integer> numbers(Secret... found) {
    return GenerationSecrets.sealed(List.of(found), "ns", "root", new GenerationReader(SEAL))
        .stream()
        .map(Sealed::number)
        .toList();
  }

  private static CaGenerations generations(ReportedStatus reported, Secret... found) {
    List<Secret> all = List.of(found);
    return GenerationSecrets.generations(
        GenerationSecrets.sealed(all, "ns", "root", new GenerationReader(SEAL)), all, reported);
  }

  private static Secret going(Secret secret) {
    return secret
        .edit()
        .editMetadata()
        .withDeletionTimestamp(NOW.toString())
        .withFinalizers("example.com/keep")
        .endMetadata()
        .build();
  }

  private static Secret unsealed(Secret secret) {
    return secret.edit().editMetadata().removeFromAnnotations(Keys.SEAL).endMetadata().build();
  }

  private static ReportedStatus reported(Generation... told) {
    return new ReportedStatus(List.of(told), Optional.empty(), new History(Set.of(), 0, 0));
  }

  private static Generation told(int number, X509Certificate certificate) {
    return told(number, GenerationState.Signing, certificate);
  }

  private static Generation told(int number, GenerationState state) {
    return told(number, state, AUTHORITY.certificate());
  }

  private static Generation told(int number, GenerationState state, X509Certificate certificate) {
    return new Generation(
        number,
        "root-ca-" + number,
        state,
        "1",
        Fingerprint.of(certificate).text(),
        "",
        "",
        Pem.write(certificate),
        1L);
  }

  private static Suspect suspect(
      int number, X509Certificate certificate, Optional<CaPath> path, Suspect.Kind kind) {
    return new Suspect(
        number,
        Fingerprint.of(certificate),
        path.map(
            known ->
                new CaGeneration(
                    number,
                    known,
                    Optional.empty(),
                    Optional.empty(),
                    GenerationMilestones.none())),
        "root-ca-" + number,
        kind,
        "what was found");
  }

  private static CertificateAuthority authority() {
    return Issuance.rootCA(CertificateTemplate.of(aRootCA()), NOW);
  }

  private static void assertReturned(CaGenerations generations, int number) {
    assertThat(generations.suspects()).extracting(Suspect::number).containsExactly(number);
  }

  private static CaGenerations generations(ReportedStatus reported, Sealed... all) {
    return GenerationSecrets.generations(
        List.of(all), Stream.of(all).map(Sealed::secret).toList(), reported);
  }

  private static ReportedStatus reported(int retires, int highest) {
    return new ReportedStatus(
        List.of(told(1, GenerationState.Signing)),
        Optional.empty(),
        new History(Set.of(), retires, highest));
  }

  private static RootCA root() {
    RootCA ca = aRootCA();
    ca.getMetadata().setNamespace("ns");
    ca.getMetadata().setUid("uid");
    return ca;
  }

  private static Sealed sealed(int number) {
    return sealed(number, number == 1);
  }

  private static Sealed signing(int number) {
    return sealed(number, true);
  }

  private static Sealed sealed(int number, boolean signs) {
    return read(
        GenerationSecret.create(
            ROOT,
            new CaGeneration(
                number,
                CaPath.root(AUTHORITY.certificate()),
                Optional.empty(),
                Optional.empty(),
                signs
                    ? GenerationMilestones.none().with(it -> it.signingSince(NOW))
                    : GenerationMilestones.none()),
            AUTHORITY.key(),
            "Created",
            SEAL));
  }

  private static Sealed read(Secret secret) {
    return GenerationSecret.read("ns", "root", secret, SEAL).orElseThrow();
  }
}
