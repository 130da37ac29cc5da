package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.EarlierKeys;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.reconcile.context.SealKeeper;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/**
 * Keys that an earlier version wrote without the public key inside: an upgrade writes nothing, and
 * whatever is written next has the same key as everyone reads it.
 */
final class KeyEncodingIT {
  private static final Duration IDLE = Duration.ofSeconds(3);
  private static final int ENCODED = 138;

  private static final Manifest WEB =
      serverCert("web")
          .with("spec.additionalFormats", List.of("CombinedPEM", "DER"))
          .with("spec.keystores.pkcs12.enabled", true);
  private static final Manifest API = serverCert("api");

  @Test
  void shouldEncodeEarlierKeysAgainAtTheNextWriteAndNotBefore() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Scene scene = Scene.in(cluster, "keys");

      // given: Secrets as an earlier version sealed and reported them
      try (RunningOperator earlier = RunningOperator.start(cluster, Clock.systemUTC())) {
        scene.apply(rootCA("root"), WEB, API);
        Seal seal =
            SealKeeper.open(earlier.cluster().client(), RunningOperator.NAMESPACE, Set.of());
        for (String name : List.of("web", "api")) {
          ServerCert leaf = scene.readyServer(name);
          scene.editSecret(name, live -> asAnEarlierVersionWrote(leaf, live, seal));
        }
      }
      for (String name : List.of("web", "api")) {
        String digest = SecretData.digest(scene.secret(name));
        scene
            .kubectl(
                "patch",
                "scert/" + name,
                "--subresource=status",
                "--type=merge",
                "-p",
                "{\"status\": {\"secretDigest\": \"" + digest + "\"}}")
            .orThrow();
      }
      ServerCert web = scene.readyServer("web");
      Secret webBefore = scene.secret("web");
      Secret apiBefore = scene.secret("api");
      assertThat(der(webBefore)).hasSize(67);
      Metrics stopped = cluster.metrics();

      try (RunningOperator upgraded = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(upgraded.cluster()).isSameAs(cluster);
        Bulk.pause(IDLE);
        assertThat(Bulk.writes(cluster.metrics().since(stopped))).isEqualTo(Bulk.NO_WRITES);

        // when: only a label is asked for
        scene.apply(WEB.with("spec.secretTemplate.labels", Map.of("tier", "b")));

        // then
        eventually(
            () ->
                assertThat(scene.secret("web").getMetadata().getLabels())
                    .containsEntry("tier", "b"));
        assertSameKeyAsEveryoneReadsIt(webBefore, scene.secret("web"));
        ServerCert after = scene.readyServer("web");
        assertThat(after.getStatus().serialNumber()).isEqualTo(web.getStatus().serialNumber());
        assertThat(after.getStatus().revision()).isEqualTo(web.getStatus().revision());

        // when: only the trust changes
        scene.apply(rootCA("root").with("spec.additionalTrust", List.of(Map.of("pem", partner()))));

        // then
        eventually(
            () -> assertThat(SecretData.certificates(scene.secret("api"), "ca.crt")).hasSize(2));
        assertSameKeyAsEveryoneReadsIt(apiBefore, scene.secret("api"));
        scene.readyServer("api");
      }
    }
  }

  @Test
  void shouldSignWithAGenerationOfAnEarlierVersion() {
    Scene scene = Scene.begin("earlier-ca");
    scene.apply(rootCA("donor"));
    scene.readyRootCA("donor");
    Secret donor = scene.secret("donor-ca-1");
    assertThat(der(donor)).as("a generation made now").hasSize(ENCODED);

    // given: it is immutable, so that it stays as it was written
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("root-ca-1")
            .endMetadata()
            .withType(donor.getType())
            .withData(
                Map.of(
                    "tls.crt",
                    donor.getData().get("tls.crt"),
                    "tls.key",
                    base64(EarlierKeys.pem(Scene.key(donor)).getBytes(StandardCharsets.UTF_8))))
            .withImmutable(true)
            .build());
    scene.apply(
        rootCA("root")
            .with("spec.commonName", "donor")
            .annotation("mtls-operator.dev/adopt", Fingerprint.of(Scene.certificate(donor)).text()),
        serverCert("web"));

    scene.readyServer("web");
    assertThat(der(scene.secret("root-ca-1"))).hasSize(67);
    assertThat(der(scene.secret("web"))).hasSize(ENCODED);
  }

  private static void assertSameKeyAsEveryoneReadsIt(Secret before, Secret after) {
    KeyMaterial key = Scene.key(before);
    assertThat(after.getData().get("tls.crt")).isEqualTo(before.getData().get("tls.crt"));
    assertThat(der(after)).hasSize(ENCODED).isEqualTo(key.revealPkcs8Der());
    if (before.getData().containsKey("key.der")) {
      assertThat(Scene.bytes(after, "key.der")).isEqualTo(key.revealPkcs8Der());
      assertThat(Scene.text(after, "tls-combined.pem"))
          .isEqualTo(Scene.text(after, "tls.key") + Scene.text(after, "tls.crt"));
      assertThat(after.getData().get("keystore.password"))
          .isEqualTo(before.getData().get("keystore.password"));
      assertThat(after.getData().get("truststore.p12"))
          .isEqualTo(before.getData().get("truststore.p12"));
      assertThat(
              Pkcs12.holds(
                  Scene.bytes(after, "keystore.p12"),
                  Password.of(Scene.text(after, "keystore.password")),
                  key))
          .isTrue();
    }
  }

  private static Secret asAnEarlierVersionWrote(ServerCert leaf, Secret live, Seal seal) {
    SecretState.Managed held = LeafSecret.judge(leaf, live, seal).managed().orElseThrow();
    KeyMaterial key = Scene.key(live);
    String pem = EarlierKeys.pem(key);
    SortedMap<String, byte[]> files = SecretData.files(live);
    files.put("tls.key", pem.getBytes(StandardCharsets.UTF_8));
    if (files.containsKey("key.der")) {
      files.put("key.der", EarlierKeys.der(key));
      files.put(
          "tls-combined.pem", (pem + Scene.text(live, "tls.crt")).getBytes(StandardCharsets.UTF_8));
      files.put(
          "keystore.p12",
          EarlierKeys.keystore(
              key,
              LeafSecret.chain(live),
              leaf.getMetadata().getName(),
              Password.of(Scene.text(live, "keystore.password"))));
    }
    return LeafSecret.of(
        leaf,
        files,
        new LeafSecret.Notes(
            held.revision(),
            held.caGeneration(),
            held.layout(),
            held.additional(),
            held.admittedBy(),
            held.sources(),
            held.renew(),
            held.truststore(),
            ""),
        live,
        Instant.now(),
        seal);
  }

  private static byte[] der(Secret secret) {
    return Base64.getMimeDecoder()
        .decode(Scene.text(secret, "tls.key").replaceAll("-----[A-Z ]+-----", ""));
  }

  private static String partner() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return Pem.write(
        PlainCertificates.root(
                DistinguishedName.parse("CN=partner"),
                new Validity(now, now.plus(Duration.ofDays(9))),
                KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256)))
            .certificate());
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
