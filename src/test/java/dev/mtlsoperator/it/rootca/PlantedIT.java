package dev.mtlsoperator.it.rootca;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.certificate;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.reason;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.Bombs;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.rotation.request.CertificateTemplate;
import dev.mtlsoperator.rotation.request.Issuance;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.security.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Objects that others plant in the operator's place: none becomes a CA, is trusted or is
 * overwritten.
 */
@Timeout(120)
final class PlantedIT {
  private static final Duration QUIET = Duration.ofSeconds(2);

  private final Scene scene = Scene.begin("planted");
  private final CertificateAuthority stranger = ca("a stranger");

  // ---- in the place of a CA

  @ParameterizedTest
  @CsvSource({"root-ca-1, root-ca-2", "root-ca-2, root-ca-3"})
  void shouldTellOfAPlantedGenerationAndMakeAnotherOneOnlyWhenAsked(String planted, String next) {
    // given: it may come from a backup without the seal's key as well
    Secret before = scene.create(generation(planted, stranger, "1"));
    scene.apply(rootCA("root"), serverCert("web"));
    awaitTrace(planted);

    // when
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=make another one").orThrow();

    // then
    RootCA root = scene.readyRootCA("root");
    scene.readyServer("web");
    assertThat(root.getStatus().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.secretName()).isEqualTo(next));
    assertThat(condition(root.getStatus().conditions(), "Ready"))
        .hasValueSatisfying(c -> assertThat(c.message()).contains("Passed over", planted));
    assertThat(scene.secret(planted)).isEqualTo(before);
    assertStrangerIsNotTrusted();
  }

  @Test
  void shouldMakeACAWhenThePlantedGenerationIsDeleted() {
    // given
    scene.create(generation("root-ca-1", stranger, "1"));
    scene.apply(rootCA("root"), serverCert("web"));
    awaitTrace("root-ca-1");

    // when
    scene.deleteSecret("root-ca-1");

    // then
    scene.readyRootCA("root");
    scene.readyServer("web");
    assertStrangerIsNotTrusted();
  }

  private void awaitTrace(String secret) {
    eventually(
        () -> {
          assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
              .isEqualTo("CAKeyMissing");
          assertThat(scene.caMessage("root", "Stalled"))
              .contains("'" + secret + "' without a seal")
              .contains(Fingerprint.of(stranger.certificate()).text())
              .contains("mtls-operator.dev/adopt", "deleted", "mtls-operator.dev/rotate");
        });
  }

  @Test
  void shouldPassOverAPlantedGenerationOfAnotherType() {
    // given: all but its type, which every generation of the operator has
    Secret planted = generation("root-ca-1", stranger, "1");
    planted.setType("Opaque");
    Secret before = scene.create(planted);

    // when
    scene.apply(rootCA("root"), serverCert("web"));

    // then
    RootCA root = scene.readyRootCA("root");
    scene.readyServer("web");
    assertThat(root.getStatus().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.secretName()).isEqualTo("root-ca-2"));
    assertThat(condition(root.getStatus().conditions(), "Ready"))
        .hasValueSatisfying(c -> assertThat(c.message()).contains("Passed over", "root-ca-1"));
    assertThat(scene.secret("root-ca-1")).isEqualTo(before);
    assertStrangerIsNotTrusted();
  }

  @Test
  void shouldPassOverAPlantedSecretWithoutLabels() {
    // given
    Secret before =
        scene.create(
            new SecretBuilder()
                .withNewMetadata()
                .withName("root-ca-1")
                .endMetadata()
                .withStringData(Map.of("mine", "1"))
                .build());

    // when
    scene.apply(rootCA("root"), serverCert("web"));

    // then
    assertThat(scene.readyRootCA("root").getStatus().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.secretName()).isEqualTo("root-ca-2"));
    scene.readyServer("web");
    assertThat(scene.secret("root-ca-1")).isEqualTo(before);
  }

  @Test
  void shouldNotCountUpToANumberThatSomebodyElseThoughtOf() {
    // given
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("root-ca-999999999")
            .addToLabels("mtls-operator.dev/root-ca", "root")
            .endMetadata()
            .withStringData(Map.of("mine", "1"))
            .build());

    // when
    scene.apply(rootCA("root"), serverCert("web"));

    // then
    assertThat(scene.readyRootCA("root").getStatus().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.secretName()).isEqualTo("root-ca-1"));
    scene.readyServer("web");
  }

  @Test
  @Timeout(300)
  void shouldNotBeHeldUpByWhatTakesLongToParse() {
    // given: how long it takes without
    Duration calm = untilReady(Scene.begin("calm"));
    // as many as a Secret holds, and a Secret for each, with the labels of generations and of a
    // leaf's Secret, next to an existing CA and where none exists yet
    scene.apply(rootCA("root"));
    scene.readyRootCA("root");
    Scene elsewhere = Scene.begin("bombs");
    List<String> planted = new ArrayList<>(Bombs.moduli(BOMBS));
    String together = String.join("", planted);
    planted.add(together);
    for (int i = 0; i < planted.size(); i++) {
      scene.create(bomb("root-ca-" + (i + 2), "RootCA", "mtls-operator.dev/ca", planted.get(i)));
    }
    elsewhere.create(bomb("other-ca-1", "RootCA", "mtls-operator.dev/ca", together));
    elsewhere.create(bomb("leaf", "ServerCert", "Opaque", together));

    // when
    Duration away = untilReady(elsewhere);
    Duration here = untilReady(scene);

    // then
    System.out.println("ready after " + calm + ", beside bombs " + away + ", among them " + here);
    Duration bound = calm.multipliedBy(2).plusSeconds(6);
    assertThat(away).isLessThan(bound);
    assertThat(here).isLessThan(bound);
    assertThat(scene.readyRootCA("root").getStatus().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.secretName()).isEqualTo("root-ca-1"));
    // and the operator, which runs in this JVM, has only the JDK's
    assertThat(Security.getProviders())
        .extracting(provider -> provider.getClass().getModule().isNamed())
        .containsOnly(true);
  }

  private static final int BOMBS = 85;

  /** A new CA, and a leaf of it. */
  private static Duration untilReady(Scene scene) {
    long begun = System.nanoTime();
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyServer("web");
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  private static Secret bomb(String name, String kind, String type, String certificates) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("app.kubernetes.io/managed-by", "mtls-operator")
        .addToLabels("mtls-operator.dev/kind", kind)
        .addToLabels("mtls-operator.dev/root-ca", "root")
        .addToAnnotations("mtls-operator.dev/seal", "hmac-sha256:" + "0".repeat(64))
        .endMetadata()
        .withType(type)
        .withStringData(
            Map.of(
                "tls.crt", certificates, "ca.crt", certificates.substring(0, 100), "tls.key", "x"))
        .build();
  }

  @Test
  void shouldNotTrustAGenerationThatSomebodyElseMadeAgain() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");
    Secret genuine = scene.secret("root-ca-1");
    ConfigMap trust = scene.configMap("root-trust");

    // when: with the same seal, labels and milestones as the genuine one
    scene.deleteSecret("root-ca-1");
    Secret planted = generation("root-ca-1", stranger, "1");
    planted.getMetadata().setAnnotations(genuine.getMetadata().getAnnotations());
    planted.getMetadata().setLabels(genuine.getMetadata().getLabels());
    Secret before = scene.create(planted);

    // then
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
    eventually(
        () ->
            assertThat(reason(scene.server("web").getStatus().conditions(), "RenewalBlocked"))
                .isEqualTo("CANotAvailable"));
    assertThat(reason(scene.server("web").getStatus().conditions(), "Ready")).isNotNull();
    scene.apply(serverCert("late"));
    eventually(
        () -> {
          assertThat(scene.server("late").getStatus()).isNotNull();
          assertThat(reason(scene.server("late").getStatus().conditions(), "Stalled"))
              .isEqualTo("CANotAvailable");
        });
    assertThat(scene.find(Secret.class, "late")).isEmpty();
    assertThat(scene.secret("root-ca-1")).isEqualTo(before);
    assertThat(scene.configMap("root-trust").getData()).isEqualTo(trust.getData());
    assertThat(scene.server("web").getStatus().serialNumber())
        .isEqualTo(web.getStatus().serialNumber());
    assertStrangerIsNotTrusted();
  }

  @Test
  void shouldNotTakeAnotherRootCAsGeneration() {
    // given: sealed by this operator, but for another CA
    scene.apply(rootCA("other"));
    scene.readyRootCA("other");
    Secret copied = copy(scene.secret("other-ca-1"), "root-ca-1");
    copied.getMetadata().getLabels().put("mtls-operator.dev/root-ca", "root");
    Secret before = scene.create(copied);

    // when
    scene.apply(rootCA("root"));

    // then
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
    assertThat(scene.secret("root-ca-1")).isEqualTo(before);
    assertThat(scene.find(ConfigMap.class, "root-trust")).isEmpty();

    // when
    scene.deleteSecret("root-ca-1");

    // then
    scene.readyRootCA("root");
  }

  @Test
  void shouldLeaveAForeignTrustConfigMapAlone() {
    // given
    ConfigMap before =
        scene.create(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("root-trust")
                .endMetadata()
                .withData(Map.of("ca.crt", Pem.write(stranger.certificate())))
                .build());

    // when
    scene.apply(rootCA("root"));

    // then
    eventually(
        () -> {
          assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
              .isEqualTo("TrustBundleConflict");
        });
    always(QUIET, () -> assertThat(scene.configMap("root-trust")).isEqualTo(before));
  }

  @Test
  void shouldLeaveATrustConfigMapWithOurLabelsAlone() {
    // given
    ConfigMap before =
        scene.create(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("root-trust")
                .addToLabels("app.kubernetes.io/managed-by", "mtls-operator")
                .addToLabels("mtls-operator.dev/kind", "RootCA")
                .addToLabels("mtls-operator.dev/root-ca", "root")
                .endMetadata()
                .withData(Map.of("ca.crt", Pem.write(stranger.certificate())))
                .build());

    // when
    scene.apply(rootCA("root"));

    // then: it may be a trace of a CA that was lost, so that none is made silently
    eventually(
        () -> {
          assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
              .isIn("CAKeyMissing", "TrustBundleConflict");
        });
    always(QUIET, () -> assertThat(scene.configMap("root-trust")).isEqualTo(before));
  }

  // ---- in the place of a leaf's Secret

  @Test
  void shouldLeaveASecretInTheWayAlone() {
    // given
    Secret before =
        scene.create(
            new SecretBuilder()
                .withNewMetadata()
                .withName("web")
                .endMetadata()
                .withStringData(Map.of("mine", "1"))
                .build());

    // when
    scene.apply(rootCA("root"), serverCert("web"));

    // then
    assertConflict("web", "Secret 'web' was not written by this operator and is left alone");
    always(QUIET, () -> assertThat(scene.secret("web")).isEqualTo(before));
    ServerCert web = scene.server("web");
    eventually(
        () -> assertThat(scene.events(web)).anyMatch(e -> "SecretConflict".equals(e.getReason())));

    // when
    scene.deleteSecret("web");

    // then
    scene.readyServer("web");
  }

  @Test
  void shouldLeaveAForgedLeafSecretAlone() {
    // given: everything that another user can know or copy, for a resource that has no Secret yet
    scene.apply(serverCert("web"), serverCert("genuine").with("spec.rootCARef.name", "other"));
    scene.apply(rootCA("other"));
    scene.readyServer("genuine");
    Secret genuine = scene.secret("genuine");
    Secret forged = copy(genuine, "web");
    forged.getMetadata().setOwnerReferences(List.of(owner(scene.server("web"))));
    forged.getData().put("tls.key", base64(ca("forged").key().revealPem(PrivateKeyFormat.PKCS8)));
    Secret before = scene.create(forged);

    // when
    scene.apply(rootCA("root"));

    // then
    scene.readyRootCA("root");
    assertConflict("web", "is left alone");
    always(QUIET, () -> assertThat(scene.secret("web")).isEqualTo(before));
  }

  @Test
  void shouldNotTakeAnotherLeafsSecretWithItsSeal() {
    // given: content and seal of a Secret that the operator wrote for another resource
    scene.apply(rootCA("root"), serverCert("genuine"));
    scene.readyServer("genuine");
    Secret before = scene.create(copy(scene.secret("genuine"), "web"));

    // when
    scene.apply(serverCert("web"));

    // then
    assertConflict("web", "ServerCert 'genuine'");
    always(QUIET, () -> assertThat(scene.secret("web")).isEqualTo(before));
  }

  @Test
  void shouldRefuseTheSecondOfTwoServersWithOneSecret() {
    // given
    scene.apply(rootCA("root"), serverCert("first").with("spec.secretName", "shared"));
    ServerCert first = scene.readyServer("first");
    Secret before = scene.secret("shared");

    // when
    scene.apply(serverCert("second").with("spec.secretName", "shared"));

    // then
    assertConflict("second", "ServerCert 'first'");
    always(QUIET, () -> assertThat(scene.secret("shared")).isEqualTo(before));
    assertThat(scene.server("first").getStatus()).isEqualTo(first.getStatus());

    // when: the first one is deleted
    scene.kubectl("delete", "scert/first").orThrow();
    scene.deleteSecret("shared");

    // then
    scene.readyServer("second");
  }

  @Test
  void shouldRefuseAClientWithAServersSecret() {
    // given
    scene.apply(rootCA("root"), serverCert("same"));
    scene.readyServer("same");
    Secret before = scene.secret("same");

    // when
    scene.apply(clientCert("same"));

    // then
    eventually(
        () -> {
          ClientCert refused = scene.client("same");
          assertThat(refused.getStatus()).isNotNull();
          assertThat(condition(refused.getStatus().conditions(), "Stalled"))
              .hasValueSatisfying(
                  c -> {
                    assertThat(c.reason()).isEqualTo("SecretConflict");
                    assertThat(c.message()).contains("ServerCert 'same'");
                  });
        });
    always(QUIET, () -> assertThat(scene.secret("same")).isEqualTo(before));
    scene.readyServer("same");
  }

  @Test
  void shouldLetOneOfTwoWinThatComeTogether() {
    // when
    scene.apply(
        rootCA("root"),
        serverCert("first").with("spec.secretName", "shared"),
        serverCert("second").with("spec.secretName", "shared"),
        clientCert("third").with("spec.secretName", "shared"));

    // then
    eventually(
        () -> {
          List<List<Condition>> all =
              List.of(
                  conditions(scene.server("first")),
                  conditions(scene.server("second")),
                  conditions(scene.client("third")));
          assertThat(all).filteredOn(c -> reason(c, "Ready") != null).hasSize(1);
          assertThat(all).filteredOn(c -> "SecretConflict".equals(reason(c, "Stalled"))).hasSize(2);
        });
    Secret before = scene.secret("shared");
    always(QUIET, () -> assertThat(scene.secret("shared")).isEqualTo(before));
  }

  // ---- in the place of a password

  @ParameterizedTest
  @ValueSource(strings = {"mtls-operator.dev/ca", "kubernetes.io/service-account-token"})
  void shouldNotReadAPasswordFromWhatMustNotBeRead(String type) {
    // given
    scene.apply(rootCA("root"), clientCert("partner").with(PASSWORD, "secret-thing"));
    String missing = stalledMessage("partner");
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("secret-thing")
            .addToLabels("mtls-operator.dev/input", "true")
            .addToAnnotations("kubernetes.io/service-account.name", "default")
            .endMetadata()
            .withType(type)
            .withStringData(Map.of("password", "changeit"))
            .build());

    // then
    always(QUIET, () -> assertThat(stalledMessage("partner")).isEqualTo(missing));
    assertThat(scene.find(Secret.class, "partner")).isEmpty();
  }

  @Test
  void shouldNotReadAPasswordFromAGenerationThatSomebodyLabelled() {
    // given: a copy under another name, since the API server refuses the names of generations
    scene.apply(rootCA("root"));
    scene.readyRootCA("root");
    Secret copy = new SecretBuilder(scene.find(Secret.class, "root-ca-1").orElseThrow()).build();
    copy.setMetadata(
        new io.fabric8.kubernetes.api.model.ObjectMetaBuilder()
            .withNamespace(copy.getMetadata().getNamespace())
            .withName("copy")
            .withLabels(java.util.Map.of("mtls-operator.dev/input", "true"))
            .build());
    EmbeddedCluster.shared().client().resource(copy).create();

    // when
    scene.apply(
        clientCert("partner")
            .with(PASSWORD, "copy")
            .with("spec.keystores.pkcs12.passwordSecretRef.key", "tls.key"),
        clientCert("other")
            .with(PASSWORD, "no-such")
            .with("spec.keystores.pkcs12.passwordSecretRef.key", "tls.key"));

    // then
    assertThat(stalledMessage("partner").replace("copy", "no-such"))
        .isEqualTo(stalledMessage("other"));
    assertThat(scene.find(Secret.class, "partner")).isEmpty();
  }

  private static final String PASSWORD = "spec.keystores.pkcs12.passwordSecretRef.name";

  private String stalledMessage(String client) {
    eventually(
        () -> {
          assertThat(scene.client(client).getStatus()).isNotNull();
          assertThat(reason(scene.client(client).getStatus().conditions(), "Stalled"))
              .isEqualTo("InputNotAvailable");
        });
    return condition(scene.client(client).getStatus().conditions(), "Stalled")
        .orElseThrow()
        .message();
  }

  private void assertConflict(String server, String message) {
    eventually(
        () ->
            assertThat(condition(conditions(scene.server(server)), "Stalled"))
                .hasValueSatisfying(
                    c -> {
                      assertThat(c.reason()).isEqualTo("SecretConflict");
                      assertThat(c.message()).contains(message);
                    }));
    assertThat(reason(conditions(scene.server(server)), "Ready")).isNull();
  }

  private void assertStrangerIsNotTrusted() {
    String theirs = Pem.write(stranger.certificate());
    assertThat(scene.configMap("root-trust").getData().get("ca.crt")).doesNotContain(theirs);
    Secret web = scene.secret("web");
    assertThat(text(web, "ca.crt")).doesNotContain(theirs);
    assertThat(certificate(web).getIssuerX500Principal())
        .isNotEqualTo(stranger.certificate().getSubjectX500Principal());
    assertThat(scene.caStatus("root").generations())
        .noneMatch(g -> g.fingerprint().equals(Fingerprint.of(stranger.certificate()).text()));
  }

  private static List<Condition> conditions(ServerCert leaf) {
    assertThat(leaf.getStatus()).as("status").isNotNull();
    return leaf.getStatus().conditions();
  }

  private static List<Condition> conditions(ClientCert leaf) {
    assertThat(leaf.getStatus()).as("status").isNotNull();
    return leaf.getStatus().conditions();
  }

  /** The Secret as the operator would write it, except for the seal, which others cannot make. */
  private Secret generation(String name, CertificateAuthority ca, String number) {
    String now = Instant.now().toString();
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("app.kubernetes.io/managed-by", "mtls-operator")
        .addToLabels("mtls-operator.dev/kind", "RootCA")
        .addToLabels("mtls-operator.dev/root-ca", "root")
        .addToLabels("mtls-operator.dev/ca-generation", number)
        .addToAnnotations("mtls-operator.dev/signing-since", now)
        .addToAnnotations("mtls-operator.dev/distributed-at", now)
        .addToAnnotations("mtls-operator.dev/seal", "hmac-sha256:" + "0".repeat(64))
        .endMetadata()
        .withType("mtls-operator.dev/ca")
        .withImmutable(true)
        .withStringData(
            Map.of(
                "tls.crt", Pem.write(ca.certificate()),
                "tls.key", ca.key().revealPem(PrivateKeyFormat.PKCS8)))
        .build();
  }

  private static CertificateAuthority ca(String commonName) {
    RootCA resource =
        Serialization.unmarshal(
            rootCA("root").with("spec.commonName", commonName).yaml(), RootCA.class);
    return Issuance.rootCA(CertificateTemplate.of(resource), Instant.now());
  }

  private static OwnerReference owner(ServerCert leaf) {
    return new OwnerReferenceBuilder()
        .withApiVersion(leaf.getApiVersion())
        .withKind(leaf.getKind())
        .withName(leaf.getMetadata().getName())
        .withUid(leaf.getMetadata().getUid())
        .withController(true)
        .build();
  }

  private static Secret copy(Secret secret, String name) {
    Secret copy =
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .withLabels(secret.getMetadata().getLabels())
            .withAnnotations(secret.getMetadata().getAnnotations())
            .withOwnerReferences(secret.getMetadata().getOwnerReferences())
            .endMetadata()
            .withType(secret.getType())
            .withData(secret.getData())
            .build();
    assertThat(SecretData.digest(copy)).isEqualTo(SecretData.digest(secret));
    return copy;
  }

  private static String base64(String text) {
    return java.util.Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
