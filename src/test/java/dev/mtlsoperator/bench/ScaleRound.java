package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.reconcile.kube.Paging;
import java.io.IOException;
import java.util.List;

/**
 * What a very large number of certificates costs, on a cluster of its own.
 *
 * @param certificates the list of ServerCerts, as many a page as the operator asks for
 * @param secrets that of all Secrets, as {@code kubectl get} asks for them
 */
record ScaleRound(
    Machine machine,
    IssuingCost issuing,
    RestartCost restart,
    ListLatency certificates,
    ListLatency secrets) {

  static ScaleRound measure(List<String> program, int leaves)
      throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = BenchRound.cluster()) {
      // with the history of five minutes, so many come near the default of 2 GiB
      cluster.stopEtcd();
      cluster.startEtcd("--quota-backend-bytes=" + (8L << 30));
      IssuingCost issuing = IssuingCost.measure(cluster, program, leaves).requireTwoWritesEach();
      return new ScaleRound(
          Machine.here(cluster),
          issuing,
          RestartCost.measure(cluster, program, leaves),
          ListLatency.measure(
              cluster, "/apis/mtls-operator.dev/v1alpha1/servercerts", Paging.OF_RESOURCES),
          ListLatency.measure(cluster, "/api/v1/secrets", Paging.PAGE));
    }
  }
}
