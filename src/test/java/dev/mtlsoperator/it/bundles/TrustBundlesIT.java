package dev.mtlsoperator.it.bundles;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.ByteArrayInputStream;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Additional copies of trust bundles: where they are created, their content, and when they are
 * deleted.
 */
@Timeout(180)
final class TrustBundlesIT {
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final String ACCEPT = "mtls-operator.dev/accept-trust-from";
  private static final String CLUSTER = "mtls-operator.dev/allow-cluster-trust-bundles";

  private final Scene scene = Scene.begin("trust");
  private final KubernetesClient client = RunningOperator.shared().cluster().client();

  @Test
  void shouldWriteWhatEachConsumerAsksFor() throws Exception {
    // when
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                List.of(
                    Map.of(
                        "kind", "Secret",
                        "name", "traefik-clients",
                        "keys", Map.of("certificates", "tls.ca")),
                    Map.of(
                        "kind", "Secret",
                        "name", "nginx-clients",
                        "secretType", "nginx.org/ca",
                        "labels", Map.of("team", "edge"),
                        "annotations", Map.of("example.com/purpose", "clients")),
                    Map.of(
                        "kind", "ConfigMap",
                        "name", "java",
                        "keys", Map.of("truststore", "truststore.p12")))));

    // then
    scene.readyRootCA("root");
    eventually(() -> assertThat(scene.find(ConfigMap.class, "java")).isPresent());
    String bundle = scene.configMap("root-trust").getData().get("ca.crt");
    assertThat(Scene.text(scene.secret("traefik-clients"), "tls.ca")).isEqualTo(bundle);
    assertThat(scene.secret("traefik-clients").getData()).containsOnlyKeys("tls.ca");
    assertThat(scene.secret("traefik-clients").getType()).isEqualTo("Opaque");
    Secret nginx = scene.secret("nginx-clients");
    assertThat(nginx.getType()).isEqualTo("nginx.org/ca");
    assertThat(Scene.text(nginx, "ca.crt")).isEqualTo(bundle);
    assertThat(nginx.getMetadata().getLabels()).containsEntry("team", "edge");
    assertThat(nginx.getMetadata().getAnnotations())
        .containsEntry("example.com/purpose", "clients");
    ConfigMap java = scene.configMap("java");
    assertThat(java.getData()).containsExactly(Map.entry("ca.crt", bundle));
    KeyStore truststore = KeyStore.getInstance("PKCS12");
    truststore.load(
        new ByteArrayInputStream(
            Base64.getDecoder().decode(java.getBinaryData().get("truststore.p12"))),
        "changeit".toCharArray());
    String alias = Collections.list(truststore.aliases()).get(0);
    assertThat(truststore.getCertificate(alias)).isEqualTo(Pem.readCertificates(bundle).get(0));
  }

  @Test
  void shouldFollowNamespacesThatComeAgreeAndLeave() {
    // given
    String label = scene.namespace();
    String first = namespace(Map.of("gateway", label), Map.of(ACCEPT, scene.namespace()));
    String silent = namespace(Map.of("gateway", label), Map.of());
    String other = namespace(Map.of("gateway", label), Map.of(ACCEPT, "elsewhere"));
    String unlike = namespace(Map.of(), Map.of(ACCEPT, "*"));

    // when
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                List.of(selecting("ConfigMap", "clients-ca", "gateway", label))));

    // then
    eventually(() -> assertThat(map(first, "clients-ca")).isNotNull());
    eventually(() -> assertThat(scene.find(ConfigMap.class, "clients-ca")).isPresent());
    assertThat(map(silent, "clients-ca")).isNull();
    assertThat(map(other, "clients-ca")).isNull();
    assertThat(map(unlike, "clients-ca")).isNull();
    assertThat(map(first, "clients-ca").getData())
        .isEqualTo(scene.configMap("root-trust").getData());

    // when
    annotate(silent, ACCEPT, "some, " + scene.namespace());
    String late = namespace(Map.of("gateway", label), Map.of(ACCEPT, "*"));
    annotate(first, ACCEPT, "elsewhere");

    // then
    eventually(() -> assertThat(map(silent, "clients-ca")).isNotNull());
    eventually(() -> assertThat(map(late, "clients-ca")).isNotNull());
    eventually(() -> assertThat(map(first, "clients-ca")).isNull());

    // when
    client
        .namespaces()
        .withName(late)
        .edit(n -> n.edit().editMetadata().removeFromLabels("gateway").endMetadata().build());
    scene.apply(rootCA("root"));

    // then
    eventually(() -> assertThat(map(late, "clients-ca")).isNull());
    eventually(() -> assertThat(map(silent, "clients-ca")).isNull());
    eventually(() -> assertThat(scene.find(ConfigMap.class, "clients-ca")).isEmpty());
  }

  @Test
  void shouldLeaveAloneWhatIsSomebodyElses() {
    // given
    String taken = namespace(Map.of(), Map.of(ACCEPT, "*"));
    client
        .configMaps()
        .inNamespace(taken)
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("shared")
                .endMetadata()
                .withData(Map.of("ca.crt", "mine"))
                .build())
        .create();

    // when
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                List.of(selecting("ConfigMap", "shared", "kubernetes.io/metadata.name", taken))));

    // then
    eventually(
        () ->
            assertThat(trustBlocked("root"))
                .contains(
                    "ConfigMap '" + taken + "/shared' cannot be written: what lies there is not"));
    assertThat(scene.caStatus("root").rotation().blockedBy())
        .anySatisfy(line -> assertThat(line).contains(taken + "/shared"));
    scene.readyRootCA("root");
    assertThat(map(taken, "shared").getData()).containsExactly(Map.entry("ca.crt", "mine"));

    // when
    client.configMaps().inNamespace(taken).withName("shared").delete();
    scene
        .kubectl(
            "patch", "rootca", "root", "--type=merge", "-p", "{\"spec\":{\"renewBefore\":\"90d\"}}")
        .orThrow();

    // then
    eventually(() -> assertThat(map(taken, "shared")).isNotNull());
    eventually(() -> assertThat(trustBlocked("root")).isEmpty());
  }

  @Test
  void shouldRepairWhatWasTamperedWithAndRewriteNothingElse() {
    // given
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                List.of(
                    Map.of(
                        "kind", "Secret",
                        "name", "java",
                        "keys", Map.of("truststore", "truststore.p12")))));
    eventually(() -> assertThat(scene.find(Secret.class, "java")).isPresent());
    Secret written = scene.secret("java");

    // when
    scene.editSecret(
        "java",
        s ->
            s.edit()
                .addToData("ca.crt", Base64.getEncoder().encodeToString(new byte[] {1}))
                .addToData("extra", "AAAA")
                .editMetadata()
                .addToLabels("theirs", "stays")
                .endMetadata()
                .build());

    // then
    eventually(
        () ->
            assertThat(scene.secret("java").getData())
                .containsOnlyKeys("ca.crt", "truststore.p12")
                .containsEntry("ca.crt", written.getData().get("ca.crt")));
    Secret repaired = scene.secret("java");
    assertThat(repaired.getMetadata().getLabels()).containsEntry("theirs", "stays");

    // when
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                List.of(
                    Map.of(
                        "kind",
                        "Secret",
                        "name",
                        "java",
                        "labels",
                        Map.of("team", "edge"),
                        "keys",
                        Map.of("truststore", "truststore.p12")))));

    // then
    eventually(
        () ->
            assertThat(scene.secret("java").getMetadata().getLabels())
                .containsEntry("team", "edge"));
    assertThat(scene.secret("java").getData()).isEqualTo(repaired.getData());
    String version = scene.secret("java").getMetadata().getResourceVersion();
    always(
        QUIET,
        () ->
            assertThat(scene.secret("java").getMetadata().getResourceVersion()).isEqualTo(version));
  }

  @Test
  void shouldMakeCopiesElsewhereWholeAgainWhateverBecameOfThem() {
    // given
    String there = namespace(Map.of(), Map.of(ACCEPT, "*"));
    List<String> names = List.of("deleted", "changed", "unsealed", "emptied");
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                names.stream()
                    .map(n -> selecting("ConfigMap", n, "kubernetes.io/metadata.name", there))
                    .toList()));
    names.forEach(name -> eventually(() -> assertThat(map(there, name)).isNotNull()));
    ConfigMap written = map(there, "changed");

    // when
    client.configMaps().inNamespace(there).withName("deleted").delete();
    patch(there, "changed", "{\"data\":{\"ca.crt\":\"mine\"}}");
    patch(there, "unsealed", "{\"metadata\":{\"annotations\":null}}");
    patch(
        there, "emptied", "{\"data\":null,\"metadata\":{\"annotations\":{\"theirs\":\"stays\"}}}");

    // then
    names.forEach(
        name ->
            eventually(
                () -> {
                  ConfigMap map = map(there, name);
                  assertThat(map).isNotNull();
                  assertThat(map.getData()).isEqualTo(written.getData());
                  assertThat(map.getMetadata().getAnnotations())
                      .containsKey("mtls-operator.dev/seal");
                }));
    assertThat(map(there, "emptied").getMetadata().getAnnotations())
        .containsEntry("theirs", "stays");
  }

  @Test
  void shouldNotBeKeptBusyByWhoChangesACopyAgainAndAgain() {
    // given
    String there = namespace(Map.of(), Map.of(ACCEPT, "*"));
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                List.of(selecting("ConfigMap", "copy", "kubernetes.io/metadata.name", there))));
    scene.readyRootCA("root");
    eventually(() -> assertThat(map(there, "copy")).isNotNull());

    // when: possibly by accident
    patch(there, "copy", "{\"data\":{\"ca.crt\":\"mine\"}}");
    eventually(() -> assertThat(map(there, "copy").getData().get("ca.crt")).startsWith("---"));
    patch(there, "copy", "{\"data\":{\"ca.crt\":\"mine again\"}}");

    // then: it is not touched for a time
    always(
        QUIET,
        () -> assertThat(map(there, "copy").getData()).isEqualTo(Map.of("ca.crt", "mine again")));

    // when
    Set<String> statuses = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      patch(there, "copy", "{\"data\":{\"ca.crt\":\"mine " + i + "\"}}");
      statuses.add(scene.rootCA("root").getMetadata().getResourceVersion());
    }

    // then: and so is the RootCA
    statuses.add(scene.rootCA("root").getMetadata().getResourceVersion());
    assertThat(statuses).hasSizeLessThan(3);
  }

  @Test
  void shouldPublishToTheWholeClusterOnlyWhereAnAdministratorAllowsIt() {
    // given
    scene.apply(
        rootCA("root")
            .with(
                "spec.trustBundles",
                List.of(Map.of("kind", "ClusterTrustBundle", "name", "company"))));
    String name = "mtls-operator." + scene.namespace() + ".company";
    eventually(
        () ->
            assertThat(trustBlocked("root"))
                .contains(name)
                .contains("needs the annotation " + CLUSTER + "=true"));
    assertThat(cluster(name)).isNull();

    // when
    annotate(scene.namespace(), CLUSTER, "true");

    // then
    eventually(() -> assertThat(cluster(name)).isNotNull());
    assertThat(pem(cluster(name))).isEqualTo(scene.configMap("root-trust").getData().get("ca.crt"));
    eventually(() -> assertThat(trustBlocked("root")).isEmpty());

    // when
    annotate(scene.namespace(), CLUSTER, "false");

    // then
    eventually(() -> assertThat(cluster(name)).isNull());
  }

  @Test
  void shouldGoOrStayWithTheRootCA() {
    // given
    String there = namespace(Map.of(), Map.of(ACCEPT, scene.namespace()));
    annotate(scene.namespace(), CLUSTER, "true");
    List<Map<String, Object>> bundles =
        List.of(
            selecting("ConfigMap", "gone", "kubernetes.io/metadata.name", there),
            Map.of("kind", "ClusterTrustBundle", "name", "gone"));
    scene.apply(
        rootCA("going").with("spec.deletionPolicy", "Delete").with("spec.trustBundles", bundles),
        rootCA("staying")
            .with(
                "spec.trustBundles",
                List.of(selecting("ConfigMap", "kept", "kubernetes.io/metadata.name", there))));
    String name = "mtls-operator." + scene.namespace() + ".gone";
    eventually(() -> assertThat(map(there, "gone")).isNotNull());
    eventually(() -> assertThat(map(there, "kept")).isNotNull());
    eventually(() -> assertThat(cluster(name)).isNotNull());

    // when
    scene.kubectl("delete", "rootca", "going", "staying").orThrow();

    // then
    eventually(() -> assertThat(map(there, "gone")).isNull());
    eventually(() -> assertThat(cluster(name)).isNull());
    assertThat(map(there, "kept")).isNotNull();
  }

  @Test
  void shouldReachEveryPlaceBeforeASuccessorSigns() {
    // given
    String there = namespace(Map.of(), Map.of(ACCEPT, "*"));
    annotate(scene.namespace(), CLUSTER, "true");
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "2s")
            .with(
                "spec.trustBundles",
                List.of(
                    selecting("Secret", "copy", "kubernetes.io/metadata.name", there),
                    Map.of("kind", "ClusterTrustBundle", "name", "copy"))));
    String name = "mtls-operator." + scene.namespace() + ".copy";
    eventually(() -> assertThat(secret(there, "copy")).isNotNull());
    eventually(() -> assertThat(cluster(name)).isNotNull());

    // when
    scene.kubectl("annotate", "rootca", "root", "mtls-operator.dev/rotate=now").orThrow();

    // then: no generation signs that is not in every copy
    eventually(
        () -> {
          RootCA ca = scene.rootCA("root");
          Generation signing =
              ca.getStatus().generations().stream()
                  .filter(g -> g.state() == GenerationState.Signing)
                  .findFirst()
                  .orElseThrow();
          if (!pem(cluster(name)).contains(signing.certificate())
              || !Scene.text(secret(there, "copy"), "ca.crt").contains(signing.certificate())) {
            throw new IllegalStateException("generation " + signing.generation() + " signs alone");
          }
          assertThat(signing.generation()).isEqualTo(2);
        });

    // then: and the former one leaves every copy
    eventually(
        () -> {
          String bundle = scene.configMap("root-trust").getData().get("ca.crt");
          assertThat(Pem.readCertificates(bundle)).hasSize(1);
          assertThat(pem(cluster(name))).isEqualTo(bundle);
          assertThat(Scene.text(secret(there, "copy"), "ca.crt")).isEqualTo(bundle);
        });
  }

  @Test
  void shouldNotWaitForAPlaceThatAPolicyRefuses() {
    // given: an exhausted quota
    String full = namespace(Map.of(), Map.of(ACCEPT, "*"));
    client
        .resourceQuotas()
        .inNamespace(full)
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("none")
                .endMetadata()
                .withNewSpec()
                .addToHard("secrets", new Quantity("0"))
                .endSpec()
                .build())
        .create();
    Secret probe =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(full)
            .withName("probe")
            .endMetadata()
            .build();
    eventually(
        () ->
            assertThatThrownBy(() -> client.resource(probe).dryRun().create())
                .hasMessageContaining("exceeded quota"));

    // when
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "1s")
            .with(
                "spec.trustBundles",
                List.of(selecting("Secret", "copy", "kubernetes.io/metadata.name", full))));

    // then
    eventually(
        () -> assertThat(trustBlocked("root")).contains(full + "/copy", "refuses it (HTTP 403)"));
    scene.kubectl("annotate", "rootca", "root", "mtls-operator.dev/rotate=now").orThrow();
    eventually(
        () ->
            assertThat(scene.caStatus("root").generations())
                .anySatisfy(
                    g -> {
                      assertThat(g.generation()).isEqualTo(2);
                      assertThat(g.state()).isEqualTo(GenerationState.Signing);
                    }));
  }

  private void patch(String namespace, String name, String patch) {
    client
        .configMaps()
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  private static String pem(GenericKubernetesResource bundle) {
    return String.valueOf(
        ((Map<?, ?>) bundle.getAdditionalProperties().get("spec")).get("trustBundle"));
  }

  private @Nullable Secret secret(String namespace, String name) {
    return client.secrets().inNamespace(namespace).withName(name).get();
  }

  private static Map<String, Object> selecting(
      String kind, String name, String label, String value) {
    return Map.of(
        "kind",
        kind,
        "name",
        name,
        "namespaces",
        Map.of("from", "Selector", "selector", Map.of("matchLabels", Map.of(label, value))));
  }

  private String namespace(Map<String, String> labels, Map<String, String> annotations) {
    String name = RunningOperator.shared().cluster().namespace("taker");
    client
        .namespaces()
        .withName(name)
        .edit(
            n ->
                n.edit()
                    .editMetadata()
                    .addToLabels(labels)
                    .addToAnnotations(annotations)
                    .endMetadata()
                    .build());
    return name;
  }

  private void annotate(String namespace, String key, String value) {
    client
        .namespaces()
        .withName(namespace)
        .edit(n -> n.edit().editMetadata().addToAnnotations(key, value).endMetadata().build());
  }

  private @Nullable ConfigMap map(String namespace, String name) {
    return client.configMaps().inNamespace(namespace).withName(name).get();
  }

  private @Nullable GenericKubernetesResource cluster(String name) {
    return client
        .genericKubernetesResources("certificates.k8s.io/v1", "ClusterTrustBundle")
        .withName(name)
        .get();
  }

  private String trustBlocked(String rootCA) {
    return scene.caMessage(rootCA, "TrustBlocked");
  }
}
