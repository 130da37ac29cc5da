package dev.mtlsoperator.bench;

import static dev.mtlsoperator.bench.IssuingCost.seconds;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * {@code docs/performance.md} and its chart, from what was measured.
 *
 * @param issuing rounds by numbers of leaves; each has at least one
 * @param restarts by numbers of leaves
 */
record PerformancePage(
    LocalDate day,
    Machine machine,
    SortedMap<Integer, List<BenchRound>> issuing,
    SortedMap<Integer, List<RestartCost>> restarts) {
  PerformancePage {
    issuing = new TreeMap<>(issuing);
    restarts = new TreeMap<>(restarts);
  }

  /** The chart: certificates a second, and memory. */
  String chart() {
    return LineChart.of(
        List.of(
            panel(
                "certificates per second",
                rounds -> of(rounds, Figure.Unit.PER_SECOND, it -> it.issuing().perSecond())),
            panel("resident memory at its most, in MiB", PerformancePage::memory)));
  }

  private LineChart.Panel panel(String title, Function<List<BenchRound>, Figure> figure) {
    return new LineChart.Panel(
        title,
        issuing.entrySet().stream()
            .map(it -> LineChart.Point.of(it.getKey(), figure.apply(it.getValue())))
            .toList());
  }

  private static Figure memory(List<BenchRound> rounds) {
    return of(rounds, Figure.Unit.MEBIBYTES, it -> it.issuing().peakBytes() / 1048576.0);
  }

  private static <T> Figure of(List<T> rounds, Figure.Unit unit, ToDoubleFunction<T> value) {
    return new Figure(unit, rounds.stream().map(value::applyAsDouble).toList());
  }

  /** The text, in Markdown. */
  String text() {
    List<String> lines = new ArrayList<>();
    lines.add("# Performance");
    lines.add("");
    lines.add(
        "`mvn -Pbench` measured this on "
            + day
            + ", and wrote this page. Each figure is a median, with the least and the most in parentheses where there are several rounds.");
    lines.add("");
    machine.lines().forEach(line -> lines.add("- " + line));
    lines.add("");
    lines.add(
        "![Certificates per second and memory, against the number of certificates](performance.svg)");
    lines.add("");
    issuing(lines);
    restarts(lines);
    lines.add("## Compare two builds");
    lines.add("");
    lines.add(
        "Machines are noisy: a change shows in ratios of one run, not in seconds of two. `src/test/bench/compare.sh BEFORE AFTER` builds two revisions and"
            + " measures them in turn, on a cluster of its own each time:");
    lines.add("");
    lines.add("```console");
    lines.add("src/test/bench/compare.sh HEAD~1 HEAD");
    lines.add("```");
    return String.join("\n", lines) + "\n";
  }

  private void issuing(List<String> lines) {
    lines.add("## Issue everything that waits");
    lines.add("");
    lines.add(
        "ServerCerts (P-256) and their RootCA wait, and the operator is started: time counts from the start of its JVM. A certificate costs two writes, its"
            + " Secret and its status. The ratio compares with the same Kubernetes client, in the same run, making just these writes without any cryptography:"
            + " 1 is as fast as the API server and the client allow.");
    lines.add("");
    lines.add(
        "| certificates | first is Ready | all are Ready | per second | ratio to bare writes | CPU: operator | CPU: API server, etcd | memory (peak RSS) | rounds |");
    lines.add("|---|---|---|---|---|---|---|---|---|");
    issuing.forEach(
        (leaves, rounds) ->
            lines.add(
                row(
                    String.format(Locale.ROOT, "%,d", leaves),
                    of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().first())).text(),
                    of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().all())).text(),
                    of(rounds, Figure.Unit.PER_SECOND, it -> it.issuing().perSecond()).text(),
                    of(rounds, Figure.Unit.RATIO, BenchRound::ratio).text(),
                    of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().cpu())).text(),
                    of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().apiServerCpu()))
                            .text()
                        + ", "
                        + of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().etcdCpu()))
                            .text(),
                    memory(rounds).text(),
                    Integer.toString(rounds.size()))));
    lines.add("");
  }

  private void restarts(List<String> lines) {
    lines.add("## Restart over what is there");
    lines.add("");
    lines.add(
        "The operator starts on a cluster where all certificates are issued. It writes nothing, and afterwards nothing as long as nothing changes.");
    lines.add("");
    lines.add("| certificates | in sync | CPU in the first 20 s | memory (peak RSS) | writes |");
    lines.add("|---|---|---|---|---|");
    restarts.forEach(
        (leaves, rounds) ->
            lines.add(
                row(
                    String.format(Locale.ROOT, "%,d", leaves),
                    of(rounds, Figure.Unit.SECONDS, cost -> seconds(cost.inSync())).text(),
                    of(rounds, Figure.Unit.SECONDS, cost -> seconds(cost.cpu())).text(),
                    of(rounds, Figure.Unit.MEBIBYTES, cost -> cost.peakBytes() / 1048576.0).text(),
                    of(rounds, Figure.Unit.COUNT, RestartCost::writes).text())));
    lines.add("");
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |";
  }
}
