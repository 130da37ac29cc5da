package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.cluster.Usage;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Eventually;
import dev.mtlsoperator.harness.OperatorProgram;
import java.time.Duration;
import java.util.List;

/**
 * What a start of the operator costs over certificates that are issued.
 *
 * @param inSync from the start of the JVM until it has listed everything
 * @param cpu in its first 20 s, or until it is in sync where that takes longer
 * @param peakBytes resident memory at its most until then
 * @param writes until then, as the API server counts them
 */
record RestartCost(Duration inSync, Duration cpu, long peakBytes, long writes) {
  private static final Duration WATCHED = Duration.ofSeconds(20);

  static RestartCost measure(EmbeddedCluster cluster, List<String> program, int leaves) {
    Metrics before = cluster.metrics();
    long start = System.nanoTime();
    try (OperatorProgram operator =
        OperatorProgram.command(program, BenchProcess.environment(cluster))) {
      Eventually.eventually(
          IssuingCost.patience(leaves),
          () -> {
            if (!operator.output().contains("mtls-operator runs")) {
              throw new AssertionError("it does not start:\n" + operator.output());
            }
          });
      Duration inSync = Duration.ofNanos(System.nanoTime() - start);
      Bulk.pause(WATCHED.minus(inSync).isNegative() ? Duration.ZERO : WATCHED.minus(inSync));
      Usage used = operator.usage();
      long writes =
          Bulk.writes(cluster.metrics().since(before)).values().stream()
              .mapToLong(Long::longValue)
              .sum();
      if (writes != 0) {
        throw new AssertionError("a restart writes nothing: " + writes);
      }
      return new RestartCost(inSync, used.cpu(), used.peakBytes(), writes);
    }
  }
}
