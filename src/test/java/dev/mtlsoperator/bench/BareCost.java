package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.BareWrites;
import dev.mtlsoperator.harness.Bulk;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the operator's own Kubernetes client needs for nothing but the writes of many certificates,
 * of the same sizes and on the same cluster, without cryptography.
 *
 * @param all from the start of its JVM until all of them are made
 */
record BareCost(Duration all) {
  private static final Duration PATIENCE = Duration.ofMinutes(20);

  /** Measures it after {@link IssuingCost}, of which it copies a leaf. */
  static BareCost measure(EmbeddedCluster cluster, int leaves)
      throws IOException, InterruptedException {
    Bulk.createNamespace(cluster, "bare");
    Bulk.createServerCerts(cluster.client(), "bare", leaves);
    List<String> command = new ArrayList<>(BenchProcess.java());
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            BareWrites.class.getName(),
            "bare",
            Integer.toString(leaves),
            "bulk"));
    try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bare")) {
      long start = System.nanoTime();
      Process process = BenchProcess.start(command, cluster);
      ready.await(leaves, PATIENCE);
      Duration all = Duration.ofNanos(System.nanoTime() - start);
      if (!process.waitFor(PATIENCE.toMinutes(), TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError("the bare writes failed");
      }
      return new BareCost(all);
    }
  }
}
