package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.cluster.Usage;
import dev.mtlsoperator.harness.Bulk;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What it costs to issue many certificates that wait for the operator.
 *
 * @param first from the start of the JVM until the first leaf is Ready
 * @param all until all are
 * @param cpu of the operator until then
 * @param servers meanwhile
 * @param peakBytes resident memory of the operator at its most
 * @param writes as the API server counts them, until the operator has been idle for 10 s
 */
record IssuingCost(
    int leaves,
    Duration first,
    Duration all,
    Duration cpu,
    ServerCpu servers,
    long peakBytes,
    Map<String, Long> writes) {
  private static final Duration IDLE = Duration.ofSeconds(10);

  /** Measures it on a cluster that has nothing but our kinds and the operator's namespace. */
  static IssuingCost measure(EmbeddedCluster cluster, List<String> program, int leaves)
      throws IOException, InterruptedException {
    Duration patience = patience(leaves);
    Bulk.createNamespace(cluster, "bulk");
    Bulk.createServerCerts(cluster.client(), "bulk", leaves);
    Metrics before = cluster.metrics();
    ServerCpu serversBefore = ServerCpu.of(cluster);
    try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bulk")) {
      long start = System.nanoTime();
      Process operator = BenchProcess.start(program, cluster);
      ready.await(1, patience);
      Duration first = Duration.ofNanos(System.nanoTime() - start);
      ready.await(leaves, patience);
      Duration all = Duration.ofNanos(System.nanoTime() - start);
      Bulk.pause(Duration.ofSeconds(2));
      Usage used = Usage.of(operator.toHandle());
      ServerCpu servers = ServerCpu.of(cluster).since(serversBefore);
      // an operator that has nothing to do writes nothing
      Bulk.pause(IDLE);
      Map<String, Long> writes = Bulk.writes(cluster.metrics().since(before));
      BenchProcess.stop(operator);
      return new IssuingCost(leaves, first, all, used.cpu(), servers, used.peakBytes(), writes);
    }
  }

  /** Longer than it takes on a slow machine. */
  static Duration patience(int leaves) {
    return Duration.ofMinutes(4).plusMillis(100L * leaves);
  }

  /** The operator's time divided by that of the bare writes. */
  double ratio(BareCost bare) {
    return (double) all.toNanos() / bare.all().toNanos();
  }

  /**
   * The CPU of all processes divided by that with the bare writes: less noisy than the ratio of
   * times on a machine that does other things meanwhile.
   */
  double cpuRatio(BareCost bare) {
    return (double) cpu.plus(servers.both()).toNanos()
        / bare.cpu().plus(bare.servers().both()).toNanos();
  }

  double perSecond() {
    return leaves / seconds(all);
  }

  /** Fails unless it made two writes for each leaf, and those of the CA. */
  IssuingCost requireTwoWritesEach() {
    if (writes.get("secrets") != leaves + 2 || writes.get("servercerts") != leaves) {
      throw new AssertionError("two writes for each leaf are wanted: " + writes);
    }
    return this;
  }

  static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
