package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.BareWrites;
import dev.mtlsoperator.harness.Bulk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the operator's own Kubernetes client needs for nothing but the writes of many certificates,
 * of the same sizes and on the same cluster, without cryptography.
 *
 * @param all from the start of its JVM until all of them are made
 * @param cpu of the client, from the start of its JVM to its end
 * @param servers meanwhile
 */
record BareCost(Duration all, Duration cpu, ServerCpu servers) {
  /** Measures it after {@link IssuingCost}, of which it copies a leaf. */
  static BareCost measure(EmbeddedCluster cluster, int leaves)
      throws IOException, InterruptedException {
    Duration patience = IssuingCost.patience(leaves);
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
    Path output = Files.createTempFile("bare-writes", ".log");
    ServerCpu before = ServerCpu.of(cluster);
    try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bare")) {
      long start = System.nanoTime();
      Process process = BenchProcess.start(command, cluster, output);
      ready.await(leaves, patience);
      Duration all = Duration.ofNanos(System.nanoTime() - start);
      if (!process.waitFor(patience.toMinutes(), TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new AssertionError("the bare writes failed:\n" + Files.readString(output));
      }
      return new BareCost(
          all,
          BareWrites.reportedCpu(Files.readString(output)),
          ServerCpu.of(cluster).since(before));
    } finally {
      Files.delete(output);
    }
  }
}
