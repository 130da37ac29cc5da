package dev.mtlsoperator.it.bundles;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.bytes;
import static dev.mtlsoperator.harness.Scene.certificate;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of other CAs in the trust bundles: added, changed, missing, invalid. */
@Timeout(180)
final class AdditionalTrustIT {
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final String INPUT = "mtls-operator.dev/input";

  private final Scene scene = Scene.begin("foreign");
  private final String partner = ca("a partner", Duration.ofDays(30));
  private final String bank = ca("a bank", Duration.ofDays(30));
  private final String past = ca("the past", Duration.ZERO);

  @Test
  void shouldReachEveryoneWhoTrustsTheCA(@TempDir Path folder) throws IOException {
    // given
    createMap("partner", Map.of("ca.crt", "some words\n" + partner + partner + past));
    createSecret("bank", "chain.pem", bank);
    scene.apply(
        rootCA("root")
            .with(
                "spec.additionalTrust",
                List.of(
                    Map.of("configMapRef", Map.of("name", "partner")),
                    Map.of("secretRef", Map.of("name", "bank", "key", "chain.pem"))))
            .with("spec.trustBundles", List.of(Map.of("kind", "Secret", "name", "copy"))),
        serverCert("web"),
        clientCert("visitor"));

    // when
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyClient("visitor");

    // then
    eventually(() -> assertThat(scene.find(Secret.class, "copy")).isPresent());
    String bundle = scene.configMap("root-trust").getData().get("ca.crt");
    assertThat(Pem.readCertificates(bundle)).hasSize(3);
    assertThat(bundle).contains(partner, bank).doesNotContain(past, "some words");
    assertThat(text(scene.secret("copy"), "ca.crt")).isEqualTo(bundle);
    assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(bundle);
    assertThat(text(scene.secret("visitor"), "ca.crt")).isEqualTo(bundle);
    assertThat(keytool(folder, scene.secret("visitor")))
        .contains("Your keystore contains 3 entries");
    Files.writeString(folder.resolve("ca.crt"), bundle);
    Files.writeString(folder.resolve("web.crt"), text(scene.secret("web"), "tls.crt"));
    Files.writeString(folder.resolve("partner.crt"), partner);
    assertThat(
            Consumer.require("openssl", "install openssl")
                .run(
                    folder, "verify", "-x509_strict", "-CAfile", "ca.crt", "web.crt", "partner.crt")
                .output())
        .contains("web.crt: OK", "partner.crt: OK");
    assertThat(scene.caStatus("root").rotation().leavesPending()).isZero();
  }

  @Test
  void shouldCostEachLeafOneWriteAndNoStatus() {
    // given
    createMap("partner", Map.of("ca.crt", partner));
    scene.apply(
        rootCA("root")
            .with(
                "spec.additionalTrust", List.of(Map.of("configMapRef", Map.of("name", "partner")))),
        serverCert("web"));
    scene.readyServer("web");
    eventually(() -> assertThat(text(scene.secret("web"), "ca.crt")).contains(partner));
    Secret before = scene.secret("web");
    String leaf = scene.server("web").getMetadata().getResourceVersion();

    // when: one is replaced by another
    scene.editConfigMap("partner", map -> map.edit().addToData("ca.crt", bank).build());

    // then
    eventually(
        () ->
            assertThat(text(scene.secret("web"), "ca.crt")).contains(bank).doesNotContain(partner));
    Secret after = scene.secret("web");
    assertThat(certificate(after)).isEqualTo(certificate(before));
    assertThat(after.getData().get("tls.key")).isEqualTo(before.getData().get("tls.key"));
    always(
        QUIET,
        () ->
            assertThat(scene.secret("web").getMetadata().getResourceVersion())
                .isEqualTo(after.getMetadata().getResourceVersion()));
    assertThat(scene.server("web").getMetadata().getResourceVersion()).isEqualTo(leaf);
  }

  @Test
  void shouldKeepWhatWasPublishedWhileItCannotBeRead() {
    // given
    createMap("partner", Map.of("ca.crt", partner));
    scene.apply(
        rootCA("root")
            .with(
                "spec.additionalTrust",
                List.of(Map.of("configMapRef", Map.of("name", "partner")))));
    scene.readyRootCA("root");
    eventually(() -> assertThat(bundle()).contains(partner));

    // when: its owner withdraws the consent
    scene.editConfigMap(
        "partner", map -> map.edit().editMetadata().removeFromLabels(INPUT).endMetadata().build());

    // then
    eventually(() -> assertThat(stalled()).isEqualTo("InputNotAvailable"));
    assertThat(bundle()).contains(partner);

    // when: it comes back with other content
    X509Certificate leaf = leaf();
    scene.editConfigMap(
        "partner",
        map ->
            map.edit()
                .addToData("ca.crt", Pem.write(leaf))
                .editMetadata()
                .addToLabels(INPUT, "true")
                .endMetadata()
                .build());

    // then
    eventually(
        () -> assertThat(left()).contains("ConfigMap 'partner', key 'ca.crt'", "is not a CA's"));
    scene.readyRootCA("root");
    assertThat(stalled()).isEmpty();
    assertThat(bundle()).contains(partner).doesNotContain(Pem.write(leaf));

    // when
    scene.editConfigMap("partner", map -> map.edit().addToData("ca.crt", bank).build());

    // then
    scene.readyRootCA("root");
    eventually(() -> assertThat(bundle()).contains(bank).doesNotContain(partner));
    eventually(() -> assertThat(left()).isEmpty());
  }

  @Test
  void shouldTakeAWholeSystemsBundleAndNameWhatCannotBeUsed() {
    // given: in binaryData, with words and an expired one
    StringBuilder bundle = new StringBuilder("# ---------- all of them ----------\n" + past);
    for (int i = 0; i < 137; i++) {
      bundle
          .append("# ----- ")
          .append(i)
          .append(" -----\n")
          .append(ca("root " + i, Duration.ofDays(30)));
    }
    scene.create(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName("system")
            .addToLabels(INPUT, "true")
            .endMetadata()
            .addToBinaryData(
                "bundle.pem",
                Base64.getEncoder()
                    .encodeToString(bundle.toString().getBytes(StandardCharsets.UTF_8)))
            .build());

    // when
    scene.apply(
        rootCA("root")
            .with(
                "spec.additionalTrust",
                List.of(Map.of("configMapRef", Map.of("name", "system", "key", "bundle.pem")))),
        serverCert("web"),
        clientCert("visitor"));

    // then
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyClient("visitor");
    eventually(() -> assertThat(left()).contains("'CN=the past' is left out: it expired on"));
    assertThat(Pem.readCertificates(bundle())).hasSize(138);
    assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(bundle());
    assertThat(scene.secret("visitor").getData()).containsKey("truststore.p12");
  }

  private X509Certificate leaf() {
    scene.apply(rootCA("root2"), serverCert("other").with("spec.rootCARef.name", "root2"));
    scene.readyServer("other");
    return certificate(scene.secret("other"));
  }

  private String bundle() {
    return scene.configMap("root-trust").getData().get("ca.crt");
  }

  private Optional<Condition> condition(String type) {
    var status = scene.rootCA("root").getStatus();
    return status == null ? Optional.empty() : Scene.condition(status.conditions(), type);
  }

  private String stalled() {
    return condition("Stalled").map(Condition::reason).orElse("");
  }

  private String left() {
    return condition("TrustBlocked").map(Condition::message).orElse("");
  }

  private ConfigMap createMap(String name, Map<String, String> data) {
    return scene.create(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(name)
            .addToLabels(INPUT, "true")
            .endMetadata()
            .withData(data)
            .build());
  }

  private void createSecret(String name, String key, String value) {
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .addToLabels(INPUT, "true")
            .endMetadata()
            .withStringData(Map.of(key, value))
            .build());
  }

  private static String keytool(Path folder, Secret secret) throws IOException {
    Files.write(folder.resolve("t.p12"), bytes(secret, "truststore.p12"));
    return Consumer.require("keytool", "install a JDK")
        .run(
            folder,
            "-list",
            "-keystore",
            "t.p12",
            "-storetype",
            "PKCS12",
            "-storepass",
            text(secret, "keystore.password"))
        .output();
  }

  private static String ca(String name, Duration life) {
    Instant now = Instant.now();
    return Pem.write(
        CertificateAuthority.selfSigned(
                DistinguishedName.parse("CN=" + name),
                NameConstraintsExtension.none(),
                new Validity(now.minus(Duration.ofDays(1)), now.plus(life)),
                KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256)))
            .certificate());
  }
}
