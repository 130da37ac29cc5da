package dev.mtlsoperator.it.bundles;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.password;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.bytes;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.ByteArrayInputStream;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Certificates that stay trusted while an input is missing: only the former ones, and none that is
 * distrusted.
 */
@Timeout(180)
final class KeptTrustIT {
  private static final String INPUT = "mtls-operator.dev/input";
  private static final String DISTRUST = "mtls-operator.dev/distrust";

  private final String partner = ca("a partner");
  private final String bank = ca("a bank");

  @Test
  void shouldTakeADistrustedCAOutOfALeafThatAlsoNamesOneThatIsMissing() {
    // given
    Scene scene = Scene.begin("kept");
    scene.apply(rootCA("s"), rootCA("a"), trusting("web", "a"));
    scene.readyServer("web");
    String stolen = anchor(scene, "a");
    assertThat(trust(scene, "web")).contains(stolen);
    scene.apply(trusting("web", "a", "typo"));
    eventually(() -> assertThat(stalledOrBlocked(scene, "web")).isTrue());
    assertThat(trust(scene, "web")).contains(stolen);

    // when
    distrust(scene, "a");

    // then
    eventually(() -> assertThat(trust(scene, "web")).doesNotContain(stolen));
    eventually(() -> assertStable(scene, "a", 2));
    eventually(() -> assertThat(trust(scene, "web")).contains(anchor(scene, "a")));
  }

  @Test
  void shouldTakeADistrustedCAOutOfALeafThatIsNotLetInAnyMore() {
    // given
    Scene platform = Scene.begin("platform");
    Scene tenant = Scene.begin("tenant");
    platform.apply(shared("All"));
    tenant.apply(
        serverCert("web")
            .with("spec.rootCARef", Map.of("name", "shared", "namespace", platform.namespace())));
    tenant.readyServer("web");
    String stolen = anchor(platform, "shared");
    platform.apply(shared("Same"));
    eventually(() -> assertThat(stalledOrBlocked(tenant, "web")).isTrue());
    assertThat(trust(tenant, "web")).contains(stolen);

    // when
    distrust(platform, "shared");

    // then
    eventually(() -> assertStable(platform, "shared", 2));
    assertThat(trust(tenant, "web")).isEqualTo(anchor(platform, "shared"));
  }

  private static Manifest shared(String from) {
    return rootCA("shared")
        .with("spec.allowedNamespaces.from", from)
        .with("spec.policy.kinds", List.of("ServerCert"))
        .with("spec.policy.dnsNames", List.of("*.example.org"));
  }

  @Test
  void shouldTakeADistrustedCAOutOfALeafThatNamesOnlyMissingOnes() {
    // given: an edit that leaves no certificate is treated as a mistake
    Scene scene = Scene.begin("kept");
    scene.apply(rootCA("s"), rootCA("a"), trusting("web", "a"));
    scene.readyServer("web");
    String stolen = anchor(scene, "a");
    scene.apply(trusting("web", "typo"));
    eventually(() -> assertThat(stalledOrBlocked(scene, "web")).isTrue());
    assertThat(trust(scene, "web")).contains(stolen);

    // when
    distrust(scene, "a");

    // then
    eventually(() -> assertThat(trust(scene, "web")).isEqualTo("# no CA is trusted\n"));
    eventually(() -> assertStable(scene, "a", 2));
  }

  @Test
  void shouldTakeADistrustedCAOutOfATruststoreWhosePasswordIsMissing() throws Exception {
    // given
    Scene scene = Scene.begin("kept");
    scene.apply(
        rootCA("root"),
        password("secret", "a password"),
        clientCert("given")
            .with("spec.keystores.pkcs12.passwordSecretRef", Map.of("name", "secret")),
        clientCert("generated").with("spec.rootCARef.name", "root"));
    scene.readyClient("given");
    scene.readyClient("generated");
    String stolen = anchor(scene, "root");
    // when: one no longer has a password, and both name a CA that is missing
    scene.apply(
        clientCert("generated")
            .with("spec.trustedCARefs", List.of(Map.of("name", "root"), Map.of("name", "typo"))));
    scene.editSecret(
        "secret", s -> s.edit().editMetadata().removeFromLabels(INPUT).endMetadata().build());
    eventually(
        () ->
            assertThat(
                    Scene.reason(scene.client("given").getStatus().conditions(), "RenewalBlocked"))
                .isNotNull());
    distrust(scene, "root");

    // then
    eventually(() -> assertThat(trust(scene, "given")).doesNotContain(stolen));
    eventually(() -> assertThat(trust(scene, "generated")).doesNotContain(stolen));
    eventually(() -> assertStable(scene, "root", 2));
    String now = anchor(scene, "root");
    assertThat(scene.secret("given").getData()).doesNotContainKey("truststore.p12");
    Secret generated = scene.secret("generated");
    assertThat(truststore(generated, text(generated, "keystore.password"))).containsExactly(now);
    eventually(() -> assertStable(scene, "root", 2));

    // when: the password is back
    scene.editSecret(
        "secret", s -> s.edit().editMetadata().addToLabels(INPUT, "true").endMetadata().build());

    // then
    eventually(() -> assertThat(scene.secret("given").getData()).containsKey("truststore.p12"));
    assertThat(truststore(scene.secret("given"), "a password")).containsExactly(now);
  }

  @Test
  void shouldLeaveNobodyTrustedWhereTheOnlyGenerationIsDistrusted() {
    // given: an imported CA has no successor of its own
    Scene scene = Scene.begin("kept");
    KeyMaterial key = KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256));
    X509Certificate stolen = certificate("imported", key);
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("imported")
            .addToLabels(INPUT, "true")
            .endMetadata()
            .withStringData(
                Map.of(
                    "tls.crt", Pem.write(stolen), "tls.key", key.revealPem(PrivateKeyFormat.PKCS8)))
            .build());
    scene.apply(
        rootCA("root").without("spec.commonName").with("spec.import.secretName", "imported"),
        serverCert("web"),
        clientCert("visitor"));
    scene.readyServer("web");
    scene.readyClient("visitor");

    // when
    distrust(scene, "root");

    // then
    eventually(() -> assertThat(trust(scene, "web")).isEqualTo("# no CA is trusted\n"));
    eventually(() -> assertThat(trust(scene, "visitor")).isEqualTo("# no CA is trusted\n"));
    assertThat(scene.secret("visitor").getData()).doesNotContainKey("truststore.p12");
    eventually(
        () ->
            assertThat(scene.configMap("root-trust").getData().get("ca.crt"))
                .isEqualTo("# no CA is trusted\n"));
  }

  @Test
  void shouldTakeADistrustedCAOutOfAContentThatIsPutBack() {
    // given
    Scene scene = Scene.begin("kept");
    scene.apply(rootCA("s"), rootCA("a").with("spec.rotation.overlap", "1s"), trusting("web", "a"));
    scene.readyServer("web");
    String stolen = anchor(scene, "a");
    Secret older = scene.secret("web");
    distrust(scene, "a");
    eventually(() -> assertStable(scene, "a", 2));
    assertThat(trust(scene, "web")).doesNotContain(stolen);
    // a new generation, to which no certificate moves at once
    scene.apply(
        rootCA("a").with("spec.rotation.overlap", "1s").with("spec.commonName", "a, renamed"));
    eventually(() -> assertThat(generation(scene, "a")).isEqualTo(3));
    eventually(() -> assertThat(trust(scene, "web")).contains(anchor(scene, "a")));

    // when
    scene.editSecret(
        "web",
        now ->
            now.edit()
                .editMetadata()
                .withAnnotations(older.getMetadata().getAnnotations())
                .endMetadata()
                .withData(older.getData())
                .build());

    // then
    eventually(() -> assertThat(trust(scene, "web")).doesNotContain(stolen));
  }

  @Test
  void shouldTakeOutWhatNobodyAsksForWhileAnotherEntryCannotBeRead() {
    // given
    Scene scene = Scene.begin("kept");
    scene.create(input("p1", partner));
    scene.create(input("p2", bank));
    scene.apply(additional("p1", "p2"), serverCert("web"));
    scene.readyServer("web");
    eventually(() -> assertThat(trust(scene, "web")).contains(partner, bank));

    // when
    scene.deleteSecret("p2");
    eventually(() -> assertThat(stalled(scene)).isEqualTo("InputNotAvailable"));
    scene.apply(additional("p2"));

    // then
    eventually(() -> assertThat(bundle(scene)).doesNotContain(partner));
    eventually(() -> assertThat(trust(scene, "web")).doesNotContain(partner));
    assertThat(bundle(scene)).contains(bank);
    assertThat(trust(scene, "web")).contains(bank);
  }

  @Test
  void shouldInheritNothingFromAFormerRootCAOfThatName() {
    // given
    Scene scene = Scene.begin("kept");
    scene.create(input("p1", partner));
    scene.apply(additional("p1"), serverCert("web"));
    scene.readyServer("web");
    eventually(() -> assertThat(trust(scene, "web")).contains(partner));

    // when: another RootCA takes its name, and its input cannot be read
    scene.kubectl("delete", "rootca", "root").orThrow();
    scene.apply(additional("p2"));

    // then
    eventually(() -> assertThat(stalled(scene)).isEqualTo("InputNotAvailable"));
    eventually(() -> assertThat(bundle(scene)).doesNotContain(partner));
    eventually(() -> assertThat(trust(scene, "web")).doesNotContain(partner));

    // when: the same entry, which cannot be read either
    scene.create(input("p2", bank));
    eventually(() -> assertThat(trust(scene, "web")).contains(bank));
    scene.kubectl("delete", "rootca", "root").orThrow();
    scene.deleteSecret("p2");
    scene.apply(additional("p2"));

    // then
    eventually(() -> assertThat(stalled(scene)).isEqualTo("InputNotAvailable"));
    eventually(() -> assertThat(bundle(scene)).doesNotContain(bank));
    eventually(() -> assertThat(trust(scene, "web")).doesNotContain(bank));
  }

  @Test
  void shouldKnowAfterARestartWhatCameFromWhere() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      // given
      RunningOperator.installKinds(cluster);
      Scene scene = Scene.in(cluster, "kept");
      scene.create(input("p1", partner));
      scene.create(input("p2", bank));
      try (RunningOperator first = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(first.cluster()).isSameAs(cluster);
        scene.apply(additional("p1", "p2"), serverCert("web"));
        scene.readyServer("web");
        eventually(() -> assertThat(trust(scene, "web")).contains(partner, bank));
      }

      // when: both happen while the operator is down
      scene.deleteSecret("p2");
      scene.apply(additional("p2"));

      // then
      try (RunningOperator second = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(second.cluster()).isSameAs(cluster);
        eventually(() -> assertThat(stalled(scene)).isEqualTo("InputNotAvailable"));
        eventually(() -> assertThat(bundle(scene)).contains(bank).doesNotContain(partner));
        eventually(() -> assertThat(trust(scene, "web")).contains(bank).doesNotContain(partner));
      }
    }
  }

  private static Manifest trusting(String name, String... cas) {
    return serverCert(name)
        .with("spec.rootCARef.name", "s")
        .with("spec.trustedCARefs", Stream.of(cas).map(ca -> Map.of("name", ca)).toList());
  }

  private static Manifest additional(String... secrets) {
    return rootCA("root")
        .with(
            "spec.additionalTrust",
            Stream.of(secrets).map(s -> Map.of("secretRef", Map.of("name", s))).toList());
  }

  private static Secret input(String name, String pem) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels(INPUT, "true")
        .endMetadata()
        .withStringData(Map.of("ca.crt", pem))
        .build();
  }

  private static boolean stalledOrBlocked(Scene scene, String name) {
    var conditions = scene.server(name).getStatus().conditions();
    return Scene.reason(conditions, "RenewalBlocked") != null
        || Scene.reason(conditions, "Stalled") != null;
  }

  private static void distrust(Scene scene, String name) {
    RootCA ca = scene.readyRootCA(name);
    String signing =
        ca.getStatus().generations().stream()
            .filter(g -> g.state() == GenerationState.Signing)
            .findFirst()
            .orElseThrow()
            .fingerprint();
    scene.kubectl("annotate", "rootca", name, DISTRUST + "=" + signing, "--overwrite").orThrow();
  }

  private static int generation(Scene scene, String name) {
    return scene.caStatus(name).generations().stream()
        .filter(g -> g.state() == GenerationState.Signing)
        .mapToInt(Generation::generation)
        .findFirst()
        .orElse(0);
  }

  // the last certificate in its trust ConfigMap
  private static String anchor(Scene scene, String name) {
    eventually(() -> assertThat(scene.find(ConfigMap.class, name + "-trust")).isPresent());
    List<X509Certificate> all =
        Pem.readCertificates(scene.configMap(name + "-trust").getData().get("ca.crt"));
    return Pem.write(all.get(all.size() - 1));
  }

  private static String trust(Scene scene, String secret) {
    return text(scene.secret(secret), "ca.crt");
  }

  private static String bundle(Scene scene) {
    return scene.configMap("root-trust").getData().get("ca.crt");
  }

  private static String stalled(Scene scene) {
    var status = scene.rootCA("root").getStatus();
    return status == null ? "" : String.valueOf(Scene.reason(status.conditions(), "Stalled"));
  }

  private static void assertStable(Scene scene, String name, int generation) {
    assertThat(generation(scene, name)).isEqualTo(generation);
    assertThat(scene.caStatus(name).rotation().phase()).isEqualTo(RotationPhase.Stable);
    assertThat(scene.caStatus(name).generations()).hasSize(1);
    assertThat(scene.caStatus(name).rotation().blockedBy())
        .noneMatch(line -> line.contains("distrusted"));
  }

  private static Set<String> truststore(Secret secret, String password) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(new ByteArrayInputStream(bytes(secret, "truststore.p12")), password.toCharArray());
    Set<String> all = new HashSet<>();
    for (String alias : Collections.list(store.aliases())) {
      all.add(Pem.write((X509Certificate) store.getCertificate(alias)));
    }
    return all;
  }

  private static String ca(String name) {
    return Pem.write(
        certificate(name, KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256))));
  }

  private static X509Certificate certificate(String name, KeyMaterial key) {
    Instant now = Instant.now();
    return CertificateAuthority.selfSigned(
            DistinguishedName.parse("CN=" + name),
            NameConstraintsExtension.none(),
            new Validity(now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(3650))),
            key)
        .certificate();
  }
}
