package dev.mtlsoperator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A rotation asks for one more write of each Secret, and no status: counted by the API server. */
@Timeout(300)
final class RotationCostIT {
  private static final int LEAVES = 60;

  @Test
  void shouldWriteEachSecretOnceMoreForTrust() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Bulk.createNamespace(cluster, "bulk");
      Bulk.createServerCerts(cluster.client(), "bulk", LEAVES);
      try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC());
          Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bulk")) {
        assertThat(operator.cluster()).isSameAs(cluster);
        ready.await(LEAVES, Duration.ofMinutes(2));

        RotationCost cost = RotationCost.measure(cluster, "bulk", LEAVES);

        System.out.println(LEAVES + " certificates: " + cost);
        cost.require(LEAVES);
      }
    }
  }
}
