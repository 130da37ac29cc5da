package dev.mtlsoperator.it.bundles;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Trust bundles with one object for each certificate: through a rotation, and what stops one. */
@Timeout(180)
final class SplitBundlesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String LABEL = "konghq.com/ca-cert";

  private final Scene scene = Scene.begin("split");
  private final KubernetesClient client = RunningOperator.shared().cluster().client();

  @Test
  void shouldHaveBothObjectsDuringARotationAndKeepThatOfTheSuccessor() {
    // given
    String there = agreeing();
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "4s")
            .with("spec.trustBundles", List.of(kong(there))));
    scene.readyRootCA("root");
    eventually(() -> assertThat(objects(there)).hasSize(1));
    eventually(() -> assertThat(objects(scene.namespace())).hasSize(1));
    ConfigMap first = objects(there).get(0);
    assertThat(first.getMetadata().getName()).isEqualTo(name(generation(1).orElseThrow()));
    assertThat(first.getData())
        .containsOnlyKeys("ca.crt", "id")
        .containsEntry("ca.crt", generation(1).orElseThrow().certificate());
    assertThat(first.getMetadata().getAnnotations())
        .containsEntry("kubernetes.io/ingress.class", "kong");

    // when
    rotate();

    // then: no generation signs without an object, and the former one keeps its own meanwhile
    eventually(
        PATIENCE,
        () -> {
          Generation signer = signer();
          Set<String> held = certificates(there);
          if (!held.contains(signer.certificate())
              || !certificates(scene.namespace()).contains(signer.certificate())) {
            throw new IllegalStateException("generation " + signer.generation() + " signs alone");
          }
          assertThat(objects(there)).hasSize(2);
        });
    ConfigMap second =
        objects(there).stream()
            .filter(map -> !map.getMetadata().getName().equals(first.getMetadata().getName()))
            .findFirst()
            .orElseThrow();
    assertThat(objects(there)).contains(first);
    assertThat(second.getData().get("id")).isNotEqualTo(first.getData().get("id"));

    // then: only the object of the former one goes, and nobody wrote that of the successor again
    eventually(PATIENCE, () -> assertThat(signer().generation()).isEqualTo(2));
    assertThat(second.getMetadata().getName()).isEqualTo(name(signer()));
    eventually(PATIENCE, () -> assertThat(objects(there)).containsExactly(second));
    eventually(
        PATIENCE,
        () ->
            assertThat(certificates(scene.namespace()))
                .containsExactly(generation(2).orElseThrow().certificate()));
  }

  @Test
  void shouldRepairAnObjectAndRemoveAllWithTheirEntry() {
    // given
    String there = agreeing();
    scene.apply(rootCA("root").with("spec.trustBundles", List.of(kong(there))));
    eventually(() -> assertThat(objects(there)).hasSize(1));
    ConfigMap written = objects(there).get(0);

    // when
    edit(written, map -> map.editMetadata().withAnnotations(Map.of()).endMetadata());

    // then
    eventually(
        () ->
            assertThat(objects(there).get(0).getMetadata().getAnnotations())
                .containsKeys("mtls-operator.dev/seal", "kubernetes.io/ingress.class"));

    // when
    edit(written, map -> map.withData(Map.of("ca.crt", "mine", "id", "mine")));

    // then
    eventually(
        PATIENCE, () -> assertThat(objects(there).get(0).getData()).isEqualTo(written.getData()));

    // when
    client.resource(written).delete();

    // then
    eventually(PATIENCE, () -> assertThat(objects(there)).hasSize(1));

    // when
    scene.apply(rootCA("root"));

    // then
    eventually(PATIENCE, () -> assertThat(objects(there)).isEmpty());
    eventually(PATIENCE, () -> assertThat(objects(scene.namespace())).isEmpty());
  }

  @Test
  void shouldLeaveAloneWhatIsSomebodyElses() {
    // given: an object of the very name, for the certificate is public before the entry is there
    String there = agreeing();
    scene.apply(rootCA("root"));
    scene.readyRootCA("root");
    String name = name(generation(1).orElseThrow());
    client
        .configMaps()
        .inNamespace(there)
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withData(Map.of("ca.crt", "mine"))
                .build())
        .create();

    // when
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "2s")
            .with("spec.trustBundles", List.of(kong(there))));

    // then
    eventually(
        () ->
            assertThat(scene.caMessage("root", "TrustBlocked"))
                .contains("ConfigMap '" + there + "/" + name + "' cannot be written"));
    assertThat(find(there, name).orElseThrow().getData())
        .containsExactly(Map.entry("ca.crt", "mine"));

    // when
    rotate();

    // then: a rotation does not wait for it, and deletes nothing of others
    eventually(PATIENCE, () -> assertThat(signer().generation()).isEqualTo(2));
    eventually(PATIENCE, () -> assertThat(certificates(scene.namespace())).hasSize(1));
    assertThat(find(there, name).orElseThrow().getData())
        .containsExactly(Map.entry("ca.crt", "mine"));
  }

  @Test
  void shouldNotWaitForANamespaceThatGoes() {
    // given
    String there = agreeing();
    client
        .configMaps()
        .inNamespace(there)
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("stays")
                .withFinalizers("example.org/stay")
                .endMetadata()
                .build())
        .create();
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "2s")
            .with("spec.trustBundles", List.of(kong(there))));
    eventually(() -> assertThat(objects(there)).hasSize(1));

    // when
    client.namespaces().withName(there).delete();
    eventually(
        () -> assertThat(client.namespaces().withName(there).get().isMarkedForDeletion()).isTrue());
    rotate();

    // then
    eventually(
        PATIENCE,
        () ->
            assertThat(scene.caMessage("root", "TrustBlocked"))
                .contains(
                    "ConfigMap '"
                        + there
                        + "/kong' is not written: its namespace is being deleted"));
    eventually(PATIENCE, () -> assertThat(signer().generation()).isEqualTo(2));
    assertThat(certificates(there)).doesNotContain(signer().certificate());
    assertThat(certificates(scene.namespace())).contains(signer().certificate());
    edit(
        find(there, "stays").orElseThrow(),
        map -> map.editMetadata().withFinalizers(List.of()).endMetadata());
  }

  private void edit(ConfigMap map, UnaryOperator<ConfigMapBuilder> change) {
    client
        .configMaps()
        .inNamespace(map.getMetadata().getNamespace())
        .withName(map.getMetadata().getName())
        .edit(live -> change.apply(new ConfigMapBuilder(live)).build());
  }

  private void rotate() {
    scene.kubectl("annotate", "rootca", "root", "mtls-operator.dev/rotate=now").orThrow();
  }

  private Generation signer() {
    return status().generations().stream()
        .filter(g -> g.state() == GenerationState.Signing)
        .findFirst()
        .orElseThrow();
  }

  private Optional<Generation> generation(int number) {
    return status().generations().stream().filter(g -> g.generation() == number).findFirst();
  }

  private RootCAStatus status() {
    return scene.caStatus("root");
  }

  private static String name(Generation generation) {
    return "kong-x" + generation.fingerprint().substring("sha256:".length()).substring(0, 16);
  }

  private List<ConfigMap> objects(String namespace) {
    return client.configMaps().inNamespace(namespace).withLabel(LABEL, "true").list().getItems();
  }

  private Set<String> certificates(String namespace) {
    return objects(namespace).stream()
        .map(map -> Objects.requireNonNull(map.getData().get("ca.crt")))
        .peek(pem -> assertThat(Pem.readCertificates(pem)).hasSize(1))
        .collect(Collectors.toSet());
  }

  private Optional<ConfigMap> find(String namespace, String name) {
    return Optional.ofNullable(client.configMaps().inNamespace(namespace).withName(name).get());
  }

  private String agreeing() {
    String name = RunningOperator.shared().cluster().namespace("taker");
    client
        .namespaces()
        .withName(name)
        .edit(
            n ->
                n.edit()
                    .editMetadata()
                    .addToAnnotations("mtls-operator.dev/accept-trust-from", scene.namespace())
                    .endMetadata()
                    .build());
    return name;
  }

  private static Map<String, Object> kong(String namespace) {
    return Map.of(
        "kind", "ConfigMap",
        "name", "kong",
        "split", "PerCertificate",
        "keys", Map.of("id", "id"),
        "labels", Map.of(LABEL, "true"),
        "annotations", Map.of("kubernetes.io/ingress.class", "kong"),
        "namespaces",
            Map.of(
                "from",
                "Selector",
                "selector",
                Map.of("matchLabels", Map.of("kubernetes.io/metadata.name", namespace))));
  }
}
