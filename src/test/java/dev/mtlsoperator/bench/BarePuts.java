package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.Clients;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;

/**
 * The baseline of a wave of trust: the operator's client replaces the Secret of each leaf, and does
 * nothing else. The operator must not run, because it would repair them.
 */
final class BarePuts {
  private BarePuts() {}

  /**
   * How long it takes for all ServerCerts of a namespace; the code is warm, as the operator's is.
   */
  static Duration measure(EmbeddedCluster cluster, String namespace) {
    try (KubernetesClient client =
        Clients.create(
            Config.fromKubeconfig(cluster.kubeconfigWithEcPkcs8Key().toFile()), new ApiTraffic())) {
      List<Secret> all =
          client
              .secrets()
              .inNamespace(namespace)
              .withLabel("mtls-operator.dev/kind", "ServerCert")
              .list()
              .getItems();
      put(client, all, "warm");
      long begun = System.nanoTime();
      put(client, all, "measured");
      return Duration.ofNanos(System.nanoTime() - begun);
    }
  }

  private static void put(KubernetesClient client, List<Secret> all, String note) {
    Bulk.each(
        all.size(),
        i -> {
          Secret secret = all.get(i);
          secret.getMetadata().setResourceVersion(null);
          secret.getMetadata().getAnnotations().put("example.org/bare", note);
          client.resource(secret).update();
        });
  }
}
