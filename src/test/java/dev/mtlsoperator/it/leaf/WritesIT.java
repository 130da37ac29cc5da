package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.RunningOperator;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two writes per certificate and none when nothing changed, as counted by the API server. */
final class WritesIT {
  private static final int LEAVES = 1_000;
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration IDLE = Duration.ofSeconds(10);

  @Test
  void shouldWriteTwiceForEachLeafAndThenNoMore() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Bulk.createNamespace(cluster, "bulk");
      Bulk.createServerCerts(cluster.client(), "bulk", LEAVES);
      Metrics before = cluster.metrics();

      try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC());
          Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bulk")) {
        assertThat(operator.cluster()).isSameAs(cluster);
        ready.await(LEAVES, PATIENCE);

        // in addition to the leaves': the seal's key and the CA's generation; the trust bundle; the
        // CA's
        // status
        Map<String, Long> expected =
            Map.of(
                "secrets", LEAVES + 2L,
                "configmaps", 1L,
                "rootcas", 1L,
                "servercerts", (long) LEAVES,
                "clientcerts", 0L,
                "events", 0L);
        // the API server counts a request a moment after its answer
        eventually(
            () -> assertThat(Bulk.writes(cluster.metrics().since(before))).isEqualTo(expected));

        assertIdle(cluster);
      }
      Metrics stopped = cluster.metrics();
      try (RunningOperator again = RunningOperator.start(cluster, Clock.systemUTC())) {
        assertThat(again.cluster()).isSameAs(cluster);
        assertIdle(cluster);
        assertThat(Bulk.writes(cluster.metrics().since(stopped))).isEqualTo(Bulk.NO_WRITES);
      }
    }
  }

  private static void assertIdle(EmbeddedCluster cluster) {
    Metrics before = cluster.metrics();
    Bulk.pause(IDLE);
    assertThat(Bulk.writes(cluster.metrics().since(before))).isEqualTo(Bulk.NO_WRITES);
  }
}
