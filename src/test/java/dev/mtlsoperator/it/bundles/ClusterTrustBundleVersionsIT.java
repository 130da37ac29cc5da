package dev.mtlsoperator.it.bundles;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.reconcile.kube.Conditions;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** API servers that serve only the beta version of ClusterTrustBundles, or none. */
final class ClusterTrustBundleVersionsIT {
  private static final String GROUP = "certificates.k8s.io";
  private static final String WITHOUT = GROUP + "/v1/clustertrustbundles=false";
  private static final String BETA = WITHOUT + "," + GROUP + "/v1beta1/clustertrustbundles=true";

  @Test
  void shouldTakeTheVersionThatIsServedAndDoWithoutAny() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      // given
      cluster.stopApiServer();
      cluster.startApiServer("--runtime-config=" + BETA);
      RunningOperator.installKinds(cluster);
      Scene scene = Scene.in(cluster, "beta");
      allow(cluster, scene);
      String name = "mtls-operator." + scene.namespace() + ".company";
      try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(operator.cluster()).isSameAs(cluster);

        // when
        scene.apply(publishing("root"));

        // then
        eventually(() -> assertThat(bundle(cluster, name)).isEqualTo(trust(scene, "root")));
        assertThat(cluster.kubectl().run("get", "clustertrustbundles.v1." + GROUP).exitCode())
            .isNotZero();

        // when it also trusts another CA
        scene.apply(rootCA("partner"));
        eventually(() -> assertThat(trust(scene, "partner")).isNotEmpty());
        scene.apply(
            publishing("root")
                .with("spec.additionalTrust", List.of(Map.of("pem", trust(scene, "partner")))));

        // then
        eventually(
            () -> {
              assertThat(Pem.readCertificates(bundle(cluster, name))).hasSize(2);
              assertThat(bundle(cluster, name)).isEqualTo(trust(scene, "root"));
            });
        scene.readyRootCA("root");
        assertThat(scene.caMessage("root", Conditions.TRUST_BLOCKED)).isEmpty();

        // when
        scene.kubectl("delete", "rootca", "root").orThrow();

        // then
        eventually(() -> assertThat(bundle(cluster, name)).isEmpty());
      }

      // given
      cluster.stopApiServer();
      cluster.startApiServer("--runtime-config=" + WITHOUT);
      try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(operator.cluster()).isSameAs(cluster);

        // when
        scene.apply(publishing("without"));

        // then
        eventually(
            () ->
                assertThat(scene.caMessage("without", Conditions.TRUST_BLOCKED))
                    .contains("does not serve ClusterTrustBundles"));
        scene.kubectl("wait", "rootca/without", "--for=condition=Ready", "--timeout=20s").orThrow();
      }
    }
  }

  private static Manifest publishing(String name) {
    return rootCA(name)
        .with("spec.deletionPolicy", "Delete")
        .with(
            "spec.trustBundles", List.of(Map.of("kind", "ClusterTrustBundle", "name", "company")));
  }

  private static void allow(EmbeddedCluster cluster, Scene scene) {
    cluster
        .client()
        .namespaces()
        .withName(scene.namespace())
        .edit(
            n ->
                n.edit()
                    .editMetadata()
                    .addToAnnotations("mtls-operator.dev/allow-cluster-trust-bundles", "true")
                    .endMetadata()
                    .build());
  }

  private static String trust(Scene scene, String rootCA) {
    return scene.configMap(rootCA + "-trust").getData().getOrDefault("ca.crt", "");
  }

  // empty if there is none
  private static String bundle(EmbeddedCluster cluster, String name) {
    @Nullable GenericKubernetesResource found =
        cluster
            .client()
            .genericKubernetesResources(GROUP + "/v1beta1", "ClusterTrustBundle")
            .withName(name)
            .get();
    return found == null ? "" : found.get("spec", "trustBundle");
  }
}
