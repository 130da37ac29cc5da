package dev.mtlsoperator.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.OperatorProgram;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Two writes per certificate and none when nothing changed, as counted by the API server; and what
 * else issuing costs stays in proportion to them.
 */
final class WritesIT {
  private static final int LEAVES = 500;

  /**
   * Of CPU, since that is what a machine which does other things at the same time changes least.
   * Most of what is beyond 1 is the JVM: the fewer the certificates, the more.
   */
  private static final double BOUND = 2.5;

  @Test
  void shouldWriteTwiceForEachLeafAndThenNoMore() throws Exception {
    List<String> program = BenchProcess.operator(OperatorProgram.launcher());
    try (EmbeddedCluster cluster = BenchRound.cluster()) {
      IssuingCost issuing = IssuingCost.measure(cluster, program, LEAVES);
      // in addition to the leaves': the seal's key and the CA's generation; the trust bundle; the
      // CA's status
      assertThat(issuing.writes())
          .isEqualTo(
              Map.of(
                  "secrets", LEAVES + 2L,
                  "configmaps", 1L,
                  "rootcas", 1L,
                  "servercerts", (long) LEAVES,
                  "clientcerts", 0L,
                  "events", 0L));

      // what it watches for 20 s: neither a start nor time alone makes it write
      assertThat(RestartCost.measure(cluster, program, LEAVES).writes()).isZero();

      BareCost bare = BareCost.measure(cluster, LEAVES);
      System.out.println(
          "%d certificates cost %.2f of the CPU of bare writes: %s, %s"
              .formatted(LEAVES, issuing.cpuRatio(bare), issuing, bare));
      assertThat(issuing.cpuRatio(bare)).isBetween(1.0, BOUND);
    }
  }
}
