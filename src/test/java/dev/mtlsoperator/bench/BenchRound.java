package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.RunningOperator;
import java.io.IOException;
import java.util.List;

/** One round: a cluster of its own on which certificates wait for the operator. */
record BenchRound(IssuingCost issuing, BareCost bare) {

  static BenchRound measure(List<String> program, int leaves)
      throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = cluster()) {
      IssuingCost issuing = IssuingCost.measure(cluster, program, leaves).requireTwoWritesEach();
      return new BenchRound(issuing, BareCost.measure(cluster, leaves));
    }
  }

  /** A cluster that has nothing but our kinds and the operator's namespace. */
  static EmbeddedCluster cluster() {
    EmbeddedCluster cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    Bulk.createOperatorNamespace(cluster);
    return cluster;
  }

  double cpuRatio() {
    return issuing.cpuRatio(bare);
  }

  double ratio() {
    return issuing.ratio(bare);
  }
}
