package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.cluster.Usage;
import dev.mtlsoperator.harness.BareWrites;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Eventually;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Prints what the operator costs: {@code mvn -Pbench}. Times are for people to read; writes are
 * asserted.
 */
public final class Benchmark {
  private static final int LEAVES = 1_000;
  private static final int FLOOD = 5_000;
  private static final int OTHERS = 50;
  private static final int MANY_LEAVES = 10_000;
  private static final int UNRELATED = 5_000;
  private static final int UNRELATED_BYTES = 100 * 1024;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration IDLE = Duration.ofSeconds(Integer.getInteger("idle", 60));
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final List<String> SMALL_NODE =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private Benchmark() {}

  /**
   * Runs it.
   *
   * @param args {@code speed}, {@code rotation}, {@code memory}, {@code flood} and {@code sizing},
   *     in one word with commas; none: the first three
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> wanted =
        args.length == 0 ? List.of("speed", "rotation", "memory") : List.of(args[0].split(",", -1));
    if (wanted.contains("speed")) {
      List<Double> ratios = new ArrayList<>();
      for (int round = 1; round <= ROUNDS; round++) {
        ratios.add(speed(round));
      }
      Collections.sort(ratios);
      title("ratios of " + ROUNDS + " rounds, each on a cluster of its own; at most 1.5 is wanted");
      line(
          "least, median, most",
          "%.2f %.2f %.2f"
              .formatted(ratios.get(0), ratios.get(ROUNDS / 2), ratios.get(ROUNDS - 1)));
    }
    if (wanted.contains("rotation")) {
      rotation();
    }
    if (wanted.contains("memory")) {
      memory();
    }
    if (wanted.contains("flood")) {
      flood();
    }
    if (wanted.contains("sizing")) {
      title("as a table for docs/operations.md");
      System.out.println(
          "| certificates | time to issue all | CPU time: operator, API server | memory (RSS) | restart: time to sync, CPU time | memory after restart |");
      System.out.println("|---|---|---|---|---|---|");
      for (String leaves : System.getProperty("sizes", "100,1000,10000").split(",", -1)) {
        sizing(Integer.parseInt(leaves));
      }
    }
  }

  private static double speed(int round) throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Bulk.createNamespace(cluster, "bulk");
      Bulk.createServerCerts(cluster.client(), "bulk", LEAVES);
      title(
          "round "
              + round
              + ": "
              + LEAVES
              + " ServerCerts (P-256) and their RootCA wait; the operator is started");
      Metrics before = cluster.metrics();
      Usage apiBefore = Usage.of(cluster.apiServer());
      Usage etcdBefore = Usage.of(cluster.etcd());
      Duration issuing;
      try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bulk")) {
        long start = System.nanoTime();
        Process operator = operator(cluster);
        ready.await(LEAVES, PATIENCE);
        issuing = Duration.ofNanos(System.nanoTime() - start);
        Bulk.pause(Duration.ofSeconds(2));
        Usage used = Usage.of(operator.toHandle());
        line("from JVM start until all are Ready", seconds(issuing));
        line("certificates per second", "%.0f".formatted(LEAVES / (issuing.toMillis() / 1000.0)));
        line("CPU of the operator", seconds(used.cpu()));
        line(
            "CPU of the API server", seconds(Usage.of(cluster.apiServer()).since(apiBefore).cpu()));
        line("CPU of etcd", seconds(Usage.of(cluster.etcd()).since(etcdBefore).cpu()));
        line("RSS of the operator", mebibytes(used.residentBytes()));
        Map<String, Long> writes = Bulk.writes(cluster.metrics().since(before));
        line("writes", writes.toString());
        expect(
            writes.get("secrets") == LEAVES + 2 && writes.get("servercerts") == LEAVES,
            "two writes for each leaf");

        if (round == 1) {
          idle(cluster);
        }
        stop(operator);
      }
      if (round == 1) {
        restart(cluster);
      }
      return bare(cluster, issuing);
    }
  }

  private static void idle(EmbeddedCluster cluster) {
    Metrics idle = cluster.metrics();
    Bulk.pause(IDLE);
    Map<String, Long> idleWrites = Bulk.writes(cluster.metrics().since(idle));
    line("writes in " + IDLE.toSeconds() + " s of idling", Long.toString(sum(idleWrites)));
    expect(sum(idleWrites) == 0, "none while idling");
  }

  private static void restart(EmbeddedCluster cluster) throws IOException, InterruptedException {
    Metrics before = cluster.metrics();
    Process operator = operator(cluster);
    Bulk.pause(Duration.ofSeconds(20));
    line(
        "CPU of the operator 20 s after a restart over them",
        seconds(Usage.of(operator.toHandle()).cpu()));
    Map<String, Long> writes = Bulk.writes(cluster.metrics().since(before));
    line("writes after a restart", Long.toString(sum(writes)));
    expect(sum(writes) == 0, "none after a restart");
    stop(operator);
  }

  private static double bare(EmbeddedCluster cluster, Duration issuing)
      throws IOException, InterruptedException {
    title(
        "the same client makes just the "
            + 2 * LEAVES
            + " writes: same sizes, same run, no cryptography");
    Bulk.createNamespace(cluster, "bare");
    Bulk.createServerCerts(cluster.client(), "bare", LEAVES);
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(SMALL_NODE);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            BareWrites.class.getName(),
            "bare",
            Integer.toString(LEAVES),
            "bulk"));
    Usage apiBefore = Usage.of(cluster.apiServer());
    Duration writing;
    try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bare")) {
      long start = System.nanoTime();
      Process process = start(command, cluster);
      ready.await(LEAVES, PATIENCE);
      writing = Duration.ofNanos(System.nanoTime() - start);
      expect(
          process.waitFor(PATIENCE.toMinutes(), TimeUnit.MINUTES) && process.exitValue() == 0,
          "the writes went through");
    }
    line("from JVM start until all are Ready", seconds(writing));
    line("CPU of the API server", seconds(Usage.of(cluster.apiServer()).since(apiBefore).cpu()));
    double ratio = (double) issuing.toMillis() / writing.toMillis();
    line("ratio", "%.2f".formatted(ratio));
    return ratio;
  }

  private static void rotation() throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Bulk.createNamespace(cluster, "bulk");
      Bulk.createServerCerts(cluster.client(), "bulk", LEAVES);
      title("a rotation of a CA with " + LEAVES + " ServerCerts that move at their own renewal");
      Process operator = operator(cluster);
      try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bulk")) {
        ready.await(LEAVES, PATIENCE);
        Bulk.pause(Duration.ofSeconds(2));
        Usage before = Usage.of(operator.toHandle());
        Usage apiBefore = Usage.of(cluster.apiServer());
        RotationCost cost = RotationCost.measure(cluster, "bulk", LEAVES);
        line("writes until the next generation signs", cost.trust().toString());
        line("from the edit until it signs (overlap: 2 s)", seconds(cost.untilItSigns()));
        line("writes while each certificate is renewed once", cost.renewal().toString());
        line(
            "CPU of the operator for both",
            seconds(Usage.of(operator.toHandle()).since(before).cpu()));
        line(
            "CPU of the API server for both",
            seconds(Usage.of(cluster.apiServer()).since(apiBefore).cpu()));
        cost.require(LEAVES);
        title("the CA of these " + LEAVES + " ServerCerts is distrusted");
        EmergencyCost emergency = EmergencyCost.measure(cluster, "bulk", LEAVES);
        line("until the trust ConfigMap is rid of it", seconds(emergency.bundle()));
        line("until every certificate is issued again", seconds(emergency.all()));
        line("writes for that", emergency.writes().toString());
        emergency.require(LEAVES);
      }
      stop(operator);
    }
  }

  private static void flood() throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Process operator = operator(cluster);
      title(
          "one namespace wants "
              + FLOOD
              + " RSA-4096 certificates and renewals every second; another one "
              + OTHERS
              + ", one after the other");
      FloodCost cost = FloodCost.measure(cluster, FLOOD, OTHERS);
      line(
          "each of the other's, before the flood: median, worst",
          seconds(FloodCost.median(cost.alone())) + ", " + seconds(FloodCost.worst(cost.alone())));
      line(
          "each of the other's, during the flood: median, worst",
          seconds(FloodCost.median(cost.during()))
              + ", "
              + seconds(FloodCost.worst(cost.during())));
      line("certificates of the flood meanwhile", Long.toString(cost.made()));
      line("RSS of the operator", mebibytes(Usage.of(operator.toHandle()).residentBytes()));
      expect(cost.made() < FLOOD, "the flood goes on");
      stop(operator);
    }
  }

  private static void memory() throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Bulk.createNamespace(cluster, "bulk");
      Bulk.createServerCerts(cluster.client(), "bulk", MANY_LEAVES);
      title(MANY_LEAVES + " ServerCerts");
      Process operator = operator(cluster);
      try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bulk")) {
        ready.await(MANY_LEAVES, PATIENCE);
      }
      line(
          "RSS of the operator after issuing all",
          mebibytes(Usage.of(operator.toHandle()).residentBytes()));
      stop(operator);
      line("RSS after a restart over them", mebibytes(restartedRss(cluster)));
      byte[] noise = new byte[UNRELATED_BYTES];
      new Random(1).nextBytes(noise);
      String value = Base64.getEncoder().encodeToString(noise);
      Bulk.each(
          UNRELATED,
          i ->
              cluster
                  .client()
                  .resource(
                      new SecretBuilder()
                          .withNewMetadata()
                          .withNamespace("bulk")
                          .withName("unrelated" + i)
                          .endMetadata()
                          .withData(Map.of("noise", value))
                          .build())
                  .create());
      line(
          "the same with " + UNRELATED + " unrelated Secrets of 100 KiB (below 350 MiB is wanted)",
          mebibytes(restartedRss(cluster)));
    }
  }

  private static void sizing(int leaves) throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      Bulk.createNamespace(cluster, "bulk");
      Bulk.createServerCerts(cluster.client(), "bulk", leaves);
      Usage apiBefore = Usage.of(cluster.apiServer());
      Duration issuing;
      Usage used;
      Duration apiServer;
      try (Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "bulk")) {
        long start = System.nanoTime();
        Process operator = operator(cluster);
        ready.await(leaves, PATIENCE);
        issuing = Duration.ofNanos(System.nanoTime() - start);
        Bulk.pause(Duration.ofSeconds(2));
        used = Usage.of(operator.toHandle());
        apiServer = Usage.of(cluster.apiServer()).since(apiBefore).cpu();
        stop(operator);
      }
      try (OperatorProgram restarted =
          OperatorProgram.command(
              program(), Map.of("KUBECONFIG", cluster.kubeconfig().toString()))) {
        long start = System.nanoTime();
        Eventually.eventually(
            PATIENCE, () -> expect(restarted.output().contains("mtls-operator runs"), "it starts"));
        Duration inSync = Duration.ofNanos(System.nanoTime() - start);
        Bulk.pause(Duration.ofSeconds(20));
        Usage after = restarted.usage();
        System.out.printf(
            "| %,d | %s | %s, %s | %s | %s, %s | %s |%n",
            leaves,
            seconds(issuing),
            seconds(used.cpu()),
            seconds(apiServer),
            mebibytes(used.residentBytes()),
            seconds(inSync),
            seconds(after.cpu()),
            mebibytes(after.residentBytes()));
      }
    }
  }

  private static long restartedRss(EmbeddedCluster cluster)
      throws IOException, InterruptedException {
    Process operator = operator(cluster);
    Bulk.pause(Duration.ofSeconds(40));
    long resident = Usage.of(operator.toHandle()).residentBytes();
    stop(operator);
    return resident;
  }

  private static Process operator(EmbeddedCluster cluster) throws IOException {
    return start(program(), cluster);
  }

  private static List<String> program() {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(SMALL_NODE);
    command.addAll(
        List.of(
            "-Xmx192m", "-jar", "target/mtls-operator.jar", "operator", "--management-port", "0"));
    return command;
  }

  private static Process start(List<String> command, EmbeddedCluster cluster) throws IOException {
    Path log = Files.createTempFile("benchmark", ".log");
    log.toFile().deleteOnExit();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(new File(log.toString()));
    builder.environment().put("KUBECONFIG", cluster.kubeconfig().toString());
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process;
  }

  private static void stop(Process operator) throws InterruptedException {
    operator.destroy();
    expect(operator.waitFor(30, TimeUnit.SECONDS), "it ends within 30 s of SIGTERM");
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static long sum(Map<String, Long> writes) {
    return writes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static void expect(boolean met, String what) {
    if (!met) {
      throw new AssertionError("expected: " + what);
    }
  }

  private static void title(String text) {
    System.out.println();
    System.out.println(text);
  }

  private static void line(String what, String figure) {
    System.out.printf("  %-75s %s%n", what, figure);
  }

  private static String seconds(Duration duration) {
    return "%.1f s".formatted(duration.toMillis() / 1000.0);
  }

  private static String mebibytes(long bytes) {
    return "%d MiB".formatted(bytes >> 20);
  }
}
