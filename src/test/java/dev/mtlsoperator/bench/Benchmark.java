package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Usage;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.RunningOperator;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Prints what the operator costs: {@code mvn -Pbench}. Times are for people to read; writes are
 * asserted.
 */
public final class Benchmark {
  private static final int LEAVES = 1_000;
  private static final int FLOOD = 5_000;
  private static final int OTHERS = 50;
  private static final int COPIES = 100;
  private static final int MANY_LEAVES = 10_000;
  private static final int UNRELATED = 5_000;
  private static final int UNRELATED_BYTES = 100 * 1024;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int ROUNDS = Integer.getInteger("rounds", 3);

  private Benchmark() {}

  /**
   * Runs it.
   *
   * @param args {@code page} (the default, which writes docs/performance.md), {@code speed}, {@code
   *     ratio}, {@code compare}, {@code rotation}, {@code memory}, {@code flood}, {@code
   *     revocation} and {@code scale} (which writes docs/performance-scale.md), in one word with
   *     commas
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> wanted = List.of((args.length == 0 ? "page" : args[0]).split(",", -1));
    if (wanted.contains("page") || wanted.contains("revocation")) {
      MeasuredGateways.provision();
    }
    if (wanted.contains("page")) {
      page();
    }
    if (wanted.contains("speed")) {
      speed();
    }
    if (wanted.contains("ratio")) {
      ratio();
    }
    if (wanted.contains("compare")) {
      compare();
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
    if (wanted.contains("revocation")) {
      revocationRounds();
    }
    if (wanted.contains("scale")) {
      scale();
    }
  }

  private static void print(BenchRound round) {
    IssuingCost cost = round.issuing();
    line("first and all Ready", seconds(cost.first()) + ", " + seconds(cost.all()));
    line("CPU of the operator", seconds(cost.cpu()));
    line(
        "CPU of the API server and etcd",
        seconds(cost.servers().apiServer()) + ", " + seconds(cost.servers().etcd()));
    line("peak RSS of the operator", mebibytes(cost.peakBytes()));
    line("writes", cost.writes().toString());
    line("the same client makes just the writes in", seconds(round.bare().all()));
    line("ratio, and that of the CPU", "%.2f, %.2f".formatted(round.ratio(), round.cpuRatio()));
  }

  private static void speed() throws IOException, InterruptedException {
    List<Double> ratios = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      title("round " + round + ": " + LEAVES + " ServerCerts (P-256) and their RootCA wait");
      BenchRound measured = BenchRound.measure(program(), LEAVES);
      print(measured);
      ratios.add(measured.ratio());
    }
    title("ratio to bare writes: median, least and most of " + ROUNDS + " rounds");
    line("", new Figure(Figure.Unit.RATIO, ratios).text());
  }

  /** One round within the bound suffices: what else runs on a machine only makes it worse. */
  private static void ratio() throws IOException, InterruptedException {
    double bound = Double.parseDouble(System.getProperty("bound", "1.5"));
    List<Double> ratios = new ArrayList<>();
    while (ratios.size() < ROUNDS) {
      BenchRound round = BenchRound.measure(program(), LEAVES);
      ratios.add(round.ratio());
      title(LEAVES + " certificates, ratio to bare writes: at most " + bound + " is wanted");
      print(round);
      if (round.ratio() <= bound) {
        return;
      }
    }
    throw new AssertionError("ratios to bare writes: " + ratios + ", at most " + bound);
  }

  /** Two builds in turn, so that both meet the same noise. */
  private static void compare() throws IOException, InterruptedException {
    String[] builds = System.getProperty("builds", "").split(",", -1);
    if (builds.length != 2) {
      throw new IllegalArgumentException("-Dbuilds=BEFORE.jar,AFTER.jar is needed");
    }
    List<List<BenchRound>> rounds = List.of(new ArrayList<>(), new ArrayList<>());
    for (int round = 1; round <= ROUNDS; round++) {
      for (int i = 0; i < 2; i++) {
        title("round " + round + ": " + builds[i]);
        BenchRound measured = BenchRound.measure(program(builds[i]), LEAVES);
        print(measured);
        rounds.get(i).add(measured);
      }
    }
    title("medians of " + ROUNDS + " rounds: before, after, after divided by before");
    compared(rounds, "all Ready", Figure.Unit.SECONDS, c -> IssuingCost.seconds(c.issuing().all()));
    compared(
        rounds,
        "CPU of the operator",
        Figure.Unit.SECONDS,
        c -> IssuingCost.seconds(c.issuing().cpu()));
    compared(
        rounds,
        "CPU of the API server",
        Figure.Unit.SECONDS,
        c -> IssuingCost.seconds(c.issuing().servers().apiServer()));
    compared(rounds, "peak RSS", Figure.Unit.MEBIBYTES, c -> c.issuing().peakBytes() / 1048576.0);
    compared(rounds, "ratio to bare writes", Figure.Unit.RATIO, BenchRound::ratio);
  }

  private static void compared(
      List<List<BenchRound>> builds,
      String what,
      Figure.Unit unit,
      ToDoubleFunction<BenchRound> value) {
    List<Figure> figures =
        builds.stream()
            .map(rounds -> new Figure(unit, rounds.stream().map(value::applyAsDouble).toList()))
            .toList();
    line(
        what,
        figures.get(0).text()
            + ", "
            + figures.get(1).text()
            + ", "
            + Figure.Unit.RATIO.write(figures.get(1).median() / figures.get(0).median()));
  }

  private static void page() throws IOException, InterruptedException {
    SortedMap<Integer, List<BenchRound>> issuing = new TreeMap<>();
    SortedMap<Integer, List<RestartCost>> restarts = new TreeMap<>();
    List<Machine> machines = new ArrayList<>();
    for (String size : System.getProperty("sizes", "100,1000,10000").split(",", -1)) {
      int leaves = Integer.parseInt(size);
      for (int round = 1; round <= (leaves > LEAVES ? 1 : ROUNDS); round++) {
        title(leaves + " certificates, round " + round);
        try (EmbeddedCluster cluster = BenchRound.cluster()) {
          machines.add(Machine.here(cluster));
          IssuingCost cost = IssuingCost.measure(cluster, program(), leaves).requireTwoWritesEach();
          // before there are leaves that the operator did not issue
          RestartCost restart = RestartCost.measure(cluster, program(), leaves);
          BenchRound measured = new BenchRound(cost, BareCost.measure(cluster, leaves));
          print(measured);
          line("in sync after a restart", seconds(restart.inSync()));
          issuing.computeIfAbsent(leaves, key -> new ArrayList<>()).add(measured);
          restarts.computeIfAbsent(leaves, key -> new ArrayList<>()).add(restart);
        }
      }
    }
    List<RevocationRound> revocations = revocationRounds();
    PerformancePage page =
        new PerformancePage(
            LocalDate.now(ZoneOffset.UTC), machines.get(0), issuing, restarts, revocations);
    Files.writeString(Path.of("docs/performance.md"), page.text());
    Files.writeString(Path.of("docs/performance.svg"), page.chart());
    System.out.println();
    System.out.println(page.text());
  }

  private static void scale() throws IOException, InterruptedException {
    int leaves = Integer.getInteger("leaves", 100_000);
    // 6 KiB are kept of each
    String heap = "-Xmx" + (192 + leaves / 160) + "m";
    List<String> command = new ArrayList<>(List.of("env", "JAVA_OPTS=" + heap));
    command.addAll(program());
    title(leaves + " certificates");
    ScalePage page =
        new ScalePage(LocalDate.now(ZoneOffset.UTC), heap, ScaleRound.measure(command, leaves));
    Files.writeString(Path.of("docs/performance-scale.md"), page.text());
    System.out.println(page.text());
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
        line("from the edit until each Secret has its new trust", seconds(cost.wave()));
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
        BenchProcess.stop(operator);
        title("the same client makes just the " + LEAVES + " PUTs of such Secrets");
        Duration bare = BarePuts.measure(cluster, "bulk");
        line("from the first until all are written", seconds(bare));
        line(
            "ratio of the rotation's wave of trust (at most 1.5 is wanted)",
            "%.2f".formatted((double) cost.wave().toMillis() / bare.toMillis()));
      }
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
      BenchProcess.stop(operator);
    }
  }

  private static List<RevocationRound> revocationRounds() throws IOException, InterruptedException {
    List<RevocationRound> rounds = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      title("round " + round + ": a CA with " + LEAVES + " ClientCerts and " + COPIES + " copies");
      RevocationRound measured = RevocationRound.measure(program(), LEAVES, COPIES);
      print(measured);
      rounds.add(measured);
    }
    return rounds;
  }

  private static void print(RevocationRound round) {
    title("one of them revoked by kubectl apply; each gateway refuses it after");
    round.gateways().after().forEach((gateway, after) -> line(gateway, seconds(after)));
    line("requests of another client meanwhile, 0 failed", round.gateways().others() + "");
    for (RevocationCost cost : List.of(round.one(), round.others())) {
      title(cost.certificates() + " of them revoked at once");
      line("from the first edit until the API server has the last", seconds(cost.edits()));
      line("until status.crl counts them", seconds(cost.status()));
      line("until each copy lists them", seconds(cost.inCopies()));
      line("until each resource says so", seconds(cost.reported()));
      line(
          "CPU of the operator, the API server",
          seconds(cost.cpu()) + ", " + seconds(cost.apiServerCpu()));
      line("writes", cost.writes().toString());
      line("reads of single objects", cost.reads().toString());
    }
    line("peak RSS of the operator", mebibytes(round.peakBytes()));
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
      BenchProcess.stop(operator);
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

  private static long restartedRss(EmbeddedCluster cluster)
      throws IOException, InterruptedException {
    Process operator = operator(cluster);
    Bulk.pause(Duration.ofSeconds(40));
    long resident = Usage.of(operator.toHandle()).residentBytes();
    BenchProcess.stop(operator);
    return resident;
  }

  private static Process operator(EmbeddedCluster cluster) throws IOException {
    return BenchProcess.start(program(), cluster);
  }

  private static List<String> program() {
    return BenchProcess.operator(Path.of("target/mtls-operator/bin/mtls-operator"));
  }

  private static List<String> program(String jar) {
    List<String> command = new ArrayList<>(BenchProcess.java());
    command.addAll(List.of("-jar", jar, "operator", "--management-port", "0"));
    return command;
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
