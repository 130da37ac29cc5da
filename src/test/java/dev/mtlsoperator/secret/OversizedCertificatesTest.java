package dev.mtlsoperator.secret;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.Bombs;
import dev.mtlsoperator.pki.CaCertificates;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.CpuTime;
import dev.mtlsoperator.pki.ImportedCa;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.rotation.ca.CaFacts.Bundle;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.cache.CacheProjection;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import dev.mtlsoperator.secret.trust.AdditionalCertificates;
import dev.mtlsoperator.secret.trust.AdditionalEntries;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import dev.mtlsoperator.secret.trust.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.security.Security;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What others can write costs little, whatever it is: at most 50 ms of CPU at each place where it
 * is read, and it is refused in words.
 */
final class OversizedCertificatesTest {
  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final Seal SEAL = new Seal(new byte[32]);
  private static final RootCA CA = aRootCA();
  private static final CertificateAuthority OURS = Issuance.rootCA(CertificateTemplate.of(CA), NOW);
  private static final TrustContent CONTENT =
      new TrustContent(new TreeMap<>(Map.of(1, OURS.certificate())), List.of());

  // ---- certificates

  /** Where certificates of others are read; empty: they were refused. */
  private static Map<String, Function<String, Optional<?>>> doors() {
    Map<String, Function<String, Optional<?>>> doors = new TreeMap<>();
    doors.put("Pem", pem -> refusable(() -> Pem.readCertificates(pem)));
    doors.put("Pem, the first", pem -> refusable(() -> Pem.readFirst(pem)));
    doors.put(
        "CaCertificates",
        pem ->
            refusable(() -> CaCertificates.read(pem)).filter(OversizedCertificatesTest::isOfUse));
    doors.put("ImportedCa", pem -> refusable(() -> ImportedCa.read(pem, Optional.empty(), key())));
    doors.put(
        "ImportedCa, ca.crt",
        pem ->
            refusable(() -> ImportedCa.read(Pem.write(OURS.certificate()), Optional.of(pem), key()))
                // of a bundle each certificate is judged by itself
                .filter(ca -> !((ImportedCa) ca).offers().get(0).trust().isEmpty()));
    doors.put("AdditionalCertificates", OversizedCertificatesTest::additional);
    doors.put(
        "GenerationSecret", pem -> GenerationSecret.read("shop", "root", generation(pem), SEAL));
    doors.put("GenerationSecret, adopted", pem -> GenerationSecret.verifiedPath(generation(pem)));
    doors.put(
        "LeafSecret",
        pem ->
            LeafSecret.judge(leaf(), leafSecret(pem), SEAL) instanceof SecretState.Managed ours
                ? ours.certificate()
                : Optional.empty());
    doors.put("Abridged, of a generation", pem -> shown(CacheProjection.of(generation(pem), SEAL)));
    doors.put(
        "Redaction, of a leaf", pem -> LeafSecret.certificate(RedactedSecret.of(leafSecret(pem))));
    doors.put(
        "TrustConfigMap",
        pem ->
            TrustConfigMap.judge(CA, trustMap(pem), CONTENT, SEAL) == Bundle.FOREIGN
                ? Optional.empty()
                : Optional.of("taken for ours"));
    return doors;
  }

  private static Stream<Arguments> doorsAndTexts() {
    Map<String, String> texts = Bombs.texts();
    return doors().entrySet().stream()
        .flatMap(
            door ->
                texts.entrySet().stream()
                    .map(
                        text ->
                            Arguments.of(
                                door.getKey(), text.getKey(), door.getValue(), text.getValue())));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("doorsAndTexts")
  void shouldRefuseEachAtLittleCost(
      String door, String name, Function<String, Optional<?>> read, String text) {
    assertThat(read.apply(text)).as("%s of %s", door, name).isEmpty();
    CpuTime.assertLittle(() -> assertThat(read.apply(text)).isEmpty());
  }

  @Test
  void shouldReadTheMostThatIsReadAtLittleCost() {
    String text = Bombs.largest();
    assertThat(Pem.readCertificates(text)).hasSizeGreaterThan(60);
    CpuTime.assertLittle(() -> Pem.readCertificates(text));
  }

  @Test
  void shouldRefuseManyEachByItselfAtLittleCost() {
    String text =
        String.valueOf(Bombs.texts().get("a modulus of 16384 bits and a long exponent")).repeat(60);
    assertThat(CaCertificates.read(text).refused()).hasSize(60);
    CpuTime.assertLittle(() -> CaCertificates.read(text));
  }

  @Test
  void shouldSayWhatIsTooMuch() {
    Map<String, String> texts = Bombs.texts();
    assertRefusal(
        texts,
        "a modulus of 16384 bits and a long exponent",
        "16384 bits in its RSA modulus: at most 8192");
    assertRefusal(texts, "an exponent of 65 bits", "65 bits in its RSA exponent: at most 64");
    assertRefusal(texts, "DSA parameters", "DSA", "use ECDSA, RSA or Ed25519");
    assertRefusal(texts, "a curve over a large binary field", "without a name", "use P-256");
    assertRefusal(texts, "thousands of extensions", "extensions: at most 64");
    assertRefusal(texts, "names nested deep", "nested more than 32 deep");
    assertRefusal(texts, "indefinite lengths", "no X.509 certificate");
    assertRefusal(texts, "a megabyte", "too long: at most 524288");
  }

  private static void assertRefusal(Map<String, String> texts, String name, String... words) {
    assertThatThrownBy(() -> Pem.readCertificates(String.valueOf(texts.get(name))))
        .isInstanceOf(PkiException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void shouldLookForTheWayThroughNamesakesAtLittleCost() {
    // given: all of one name, each of which may have signed each
    String some = Pem.write(OURS.certificate()) + Bombs.namesakes(15);

    CpuTime.assertLittle(
        () ->
            assertThat(refusable(() -> ImportedCa.read(some, Optional.empty(), key()))).isEmpty());
    CpuTime.assertLittle(
        () -> assertThat(GenerationSecret.verifiedPath(generation(Bombs100.TEXT))).isEmpty());
  }

  /** Made once: the numbers take their time. */
  private static final class Bombs100 {
    static final String TEXT = Bombs.namesakes(100);
  }

  // ---- keys, names, notes

  private static Stream<Arguments> keys() {
    return Bombs.keys().entrySet().stream().map(key -> Arguments.of(key.getKey(), key.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("keys")
  void shouldRefuseEachKeyAtLittleCost(String name, String pem) {
    assertThat(refusable(() -> KeyMaterial.fromPem(pem))).as(name).isEmpty();
    CpuTime.assertLittle(() -> refusable(() -> KeyMaterial.fromPem(pem)));
  }

  @Test
  void shouldRefuseLongNamesAtLittleCost() {
    for (String text :
        List.of(
            "CN=" + "a".repeat(100_000),
            "CN=a,".repeat(800),
            "CN=" + "\\,".repeat(2_000),
            "CN=" + "\\2".repeat(2_000),
            "C".repeat(4_000),
            "1.2".repeat(1_300) + "=x",
            "=".repeat(4_000))) {
      assertThat(refusable(() -> DistinguishedName.parse(text))).isEmpty();
      CpuTime.assertLittle(() -> refusable(() -> DistinguishedName.parse(text)));
    }
  }

  @Test
  void shouldReadLongNotesAtLittleCost() {
    String digest = "sha256:" + "0".repeat(64) + ",";
    for (String note :
        List.of("x".repeat(250_000), digest.repeat(3_000), "sha256:".repeat(30_000))) {
      Secret secret =
          generation("")
              .edit()
              .editMetadata()
              .addToAnnotations(Keys.DISTRUSTS, note)
              .addToAnnotations(Keys.SIGNING_SINCE, note)
              .addToAnnotations(Keys.RETIRES, note)
              .addToAnnotations(Keys.HIGHEST, note)
              .addToAnnotations(Keys.SEAL, note)
              .endMetadata()
              .build();
      assertThat(Fingerprint.parse(note)).isEmpty();
      CpuTime.assertLittle(() -> GenerationSecret.read("shop", "root", secret, SEAL));
      CpuTime.assertLittle(() -> CacheProjection.of(secret, SEAL));
    }
  }

  // ---- providers

  /** Without any of Bouncy Castle's, the JDK refuses at once what it does not know. */
  @Test
  void shouldRegisterNoProvider() {
    // when: all that computes was used
    KeyMaterial key = KeyMaterial.fromPem(key());
    assertThat(
            ImportedCa.read(Pem.write(OURS.certificate()), Optional.empty(), key()).path().isRoot())
        .isTrue();
    assertThat(key.matches(OURS.certificate())).isTrue();
    assertThat(doors().values())
        .allSatisfy(door -> assertThat(door.apply(Pem.write(OURS.certificate()))).isNotNull());

    // then
    assertThat(Security.getProviders())
        .extracting(Provider::getName)
        .doesNotContain("BC", "BCPQC", "BCJSSE");
  }

  private interface Reading {
    Object read();
  }

  private static Optional<?> refusable(Reading reading) {
    try {
      return Optional.of(reading.read());
    } catch (PkiException e) {
      assertThat(e.getMessage()).isNotBlank();
      return Optional.empty();
    }
  }

  private static boolean isOfUse(Object read) {
    return !(read instanceof CaCertificates.Read some) || !some.certificates().isEmpty();
  }

  private static Optional<?> additional(String pem) {
    AdditionalCertificates.Gathered all =
        AdditionalCertificates.gather(
            List.of(new AdditionalTrust(null, null, new TrustInputRef("partner", "ca.crt"))),
            RootCAFixture.desired(CA),
            new AdditionalCertificates.Inputs() {
              @Override
              public Optional<SuppliedFile> map(TrustInputRef ref) {
                return Optional.empty();
              }

              @Override
              public Optional<SuppliedFile> secret(TrustInputRef ref) {
                return Optional.of(SuppliedFile.of(pem));
              }
            },
            AdditionalEntries.none(),
            NOW);
    return all.leftOut().isEmpty() ? Optional.of(all) : Optional.empty();
  }

  private static Optional<?> shown(Secret secret) {
    return SecretData.text(secret, Keys.TLS_CRT);
  }

  private static String key() {
    return OURS.key().revealPem(PrivateKeyFormat.PKCS8);
  }

  private static ServerCert leaf() {
    ServerCert leaf = aServerCert(it -> it.dnsNames("web.example"));
    leaf.setStatus(
        new LeafStatus(
            1L,
            List.of(),
            "web",
            null,
            null,
            null,
            null,
            null,
            1,
            1,
            "sha256:0",
            null,
            null,
            null,
            List.of(),
            null));
    return leaf;
  }

  private static Secret leafSecret(String pem) {
    return secret("web", pem)
        .withType(Keys.TYPE_TLS)
        .editMetadata()
        .addToLabels(Keys.KIND_LABEL, "ServerCert")
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withUid(leaf().getMetadata().getUid())
                .withController(true)
                .build())
        .endMetadata()
        .build();
  }

  private static Secret generation(String pem) {
    return secret("root-ca-1", pem)
        .withType(Keys.TYPE_CA)
        .editMetadata()
        .addToLabels(Keys.KIND_LABEL, "RootCA")
        .addToLabels(Keys.ROOT_CA_LABEL, "root")
        .endMetadata()
        .build();
  }

  private static ConfigMap trustMap(String pem) {
    ConfigMap map = TrustConfigMap.of(CA, CONTENT, SEAL);
    map.setData(Map.of(Keys.CA_CRT, pem));
    map.getMetadata().setAnnotations(Map.of(Keys.SEAL, "hmac-sha256:" + "0".repeat(64)));
    return map;
  }

  private static SecretBuilder secret(String name, String pem) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("shop")
        .withName(name)
        .addToAnnotations(Keys.SEAL, "hmac-sha256:" + "0".repeat(64))
        .endMetadata()
        .addToData(Keys.TLS_KEY, base64(key()))
        .addToData(Keys.CA_CRT, base64(pem))
        .addToData(Keys.TLS_CRT, base64(pem));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
