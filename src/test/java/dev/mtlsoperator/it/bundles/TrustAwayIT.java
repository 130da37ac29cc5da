package dev.mtlsoperator.it.bundles;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Copies of trust bundles while the operator is down. */
@Timeout(180)
final class TrustAwayIT {

  @Test
  void shouldMakeUpForWhatHappenedWhileItWasAway() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      // given
      RunningOperator.installKinds(cluster);
      Scene scene = Scene.in(cluster, "away");
      String there = cluster.namespace("taker");
      cluster
          .client()
          .namespaces()
          .withName(there)
          .edit(
              n ->
                  n.edit()
                      .editMetadata()
                      .addToAnnotations("mtls-operator.dev/accept-trust-from", "*")
                      .endMetadata()
                      .build());
      try (RunningOperator first = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(first.cluster()).isSameAs(cluster);
        scene.apply(
            deleting("going", "gone", there),
            deleting("edited", "dropped", there),
            rootCA("kept").with("spec.trustBundles", List.of(bundle("kept", there))));
        eventually(() -> assertThat(map(cluster, there, "gone")).isNotNull());
        eventually(() -> assertThat(map(cluster, there, "dropped")).isNotNull());
        eventually(() -> assertThat(map(cluster, there, "kept")).isNotNull());
      }

      // when
      scene.kubectl("delete", "rootca", "going", "kept").orThrow();
      scene.apply(deleting("edited", "another", there));

      // then
      try (RunningOperator second = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(second.cluster()).isSameAs(cluster);
        eventually(() -> assertThat(map(cluster, there, "gone")).isNull());
        eventually(() -> assertThat(map(cluster, there, "dropped")).isNull());
        eventually(() -> assertThat(map(cluster, there, "another")).isNotNull());
        assertThat(map(cluster, there, "kept")).isNotNull();
      }

      // when: it comes back with rights for one namespace only
      try (RunningOperator narrow =
          RunningOperator.start(cluster, Clock.systemUTC(), Set.of(scene.namespace()))) {
        assertThat(narrow.cluster()).isSameAs(cluster);
        // then: it reports this and does not touch copies that it cannot judge
        eventually(
            () ->
                assertThat(Scene.reason(scene.caStatus("edited").conditions(), "TrustBlocked"))
                    .isEqualTo("TrustNotDistributed"));
        assertThat(map(cluster, there, "another")).isNotNull();
      }
    }
  }

  private static Manifest deleting(String name, String bundle, String namespace) {
    return rootCA(name)
        .with("spec.deletionPolicy", "Delete")
        .with("spec.trustBundles", List.of(bundle(bundle, namespace)));
  }

  private static Map<String, Object> bundle(String name, String namespace) {
    return Map.of(
        "kind",
        "ConfigMap",
        "name",
        name,
        "namespaces",
        Map.of(
            "from",
            "Selector",
            "selector",
            Map.of("matchLabels", Map.of("kubernetes.io/metadata.name", namespace))));
  }

  private static @Nullable ConfigMap map(EmbeddedCluster cluster, String namespace, String name) {
    return cluster.client().configMaps().inNamespace(namespace).withName(name).get();
  }
}
