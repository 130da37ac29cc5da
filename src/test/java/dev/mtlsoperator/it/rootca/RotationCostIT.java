package dev.mtlsoperator.it.rootca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.bench.EmergencyCost;
import dev.mtlsoperator.bench.RotationCost;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.RunningOperator;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A rotation costs one more write of each Secret and none of a status, and after a distrust each
 * leaf gets its new trust and certificate in one write, as counted by the API server.
 */
@Timeout(300)
final class RotationCostIT {
  private static final int LEAVES = 60;

  @Test
  void shouldWriteEachSecretOnceMoreForTrustAndOnceInAnEmergency() {
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

        EmergencyCost emergency = EmergencyCost.measure(cluster, "bulk", LEAVES);

        System.out.println(LEAVES + " certificates: " + emergency);
        emergency.require(LEAVES);
      }
    }
  }
}
