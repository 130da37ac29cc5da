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
 * @param revocations rounds with the same numbers of leaves and copies
 */
record PerformancePage(
    LocalDate day,
    Machine machine,
    SortedMap<Integer, List<BenchRound>> issuing,
    SortedMap<Integer, List<RestartCost>> restarts,
    List<RevocationRound> revocations) {
  PerformancePage {
    issuing = new TreeMap<>(issuing);
    restarts = new TreeMap<>(restarts);
    revocations = List.copyOf(revocations);
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
    revocations(lines);
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
            + " 1 is as fast as the API server and the client allow. The second one compares the CPU of all processes: operator or client, API server, etcd.");
    lines.add("");
    lines.add(
        "| certificates | first is Ready | all are Ready | per second | ratio to bare writes | of the CPU | CPU: operator | CPU: API server, etcd | memory (peak RSS) | rounds |");
    lines.add("|---|---|---|---|---|---|---|---|---|---|");
    issuing.forEach(
        (leaves, rounds) ->
            lines.add(
                row(
                    String.format(Locale.ROOT, "%,d", leaves),
                    of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().first())).text(),
                    of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().all())).text(),
                    of(rounds, Figure.Unit.PER_SECOND, it -> it.issuing().perSecond()).text(),
                    of(rounds, Figure.Unit.RATIO, BenchRound::ratio).text(),
                    of(rounds, Figure.Unit.RATIO, BenchRound::cpuRatio).text(),
                    of(rounds, Figure.Unit.SECONDS, it -> seconds(it.issuing().cpu())).text(),
                    of(
                                rounds,
                                Figure.Unit.SECONDS,
                                it -> seconds(it.issuing().servers().apiServer()))
                            .text()
                        + ", "
                        + of(
                                rounds,
                                Figure.Unit.SECONDS,
                                it -> seconds(it.issuing().servers().etcd()))
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

  private void revocations(List<String> lines) {
    lines.add("## Revoke");
    lines.add("");
    lines.add(
        "ClientCerts of one CA, whose trust bundle has copies with the CRLs in other namespaces, are revoked: first one, then all others at once. Time counts"
            + " from the first edit. A revocation costs one write of the record with the CRL, one of each copy and of the trust ConfigMap, and for the certificate"
            + " two of its status and the deletion of its Secret. Many at once share CRLs; no certificate is issued. Before, one is revoked while real gateways"
            + " read a copy: nginx and HAProxy are reloaded when it changes, Envoy watches its files, Contour watches the Secret.");
    lines.add("");
    lines.add(
        "| revoked at once | of certificates, copies | all are on the CRL in all copies | in `status.crl` | each resource says so | CRLs | writes of copies | CPU: operator, API server | rounds |");
    lines.add("|---|---|---|---|---|---|---|---|---|");
    lines.add(revocation(RevocationRound::one));
    lines.add(revocation(RevocationRound::others));
    lines.add("");
    lines.add(
        "| gateway | refuses the client, from the start of `kubectl apply` | requests of another client at all of them meanwhile, failed | rounds |");
    lines.add("|---|---|---|---|");
    revocations.get(0).gateways().after().keySet().forEach(name -> lines.add(gateway(name)));
    lines.add("");
  }

  private String revocation(Function<RevocationRound, RevocationCost> which) {
    RevocationRound any = revocations.get(0);
    List<RevocationCost> costs = revocations.stream().map(which).toList();
    return row(
        Integer.toString(costs.get(0).certificates()),
        String.format(Locale.ROOT, "%,d, %d", any.leaves(), any.copies()),
        of(costs, Figure.Unit.SECONDS, it -> seconds(it.inCopies())).text(),
        of(costs, Figure.Unit.SECONDS, it -> seconds(it.status())).text(),
        of(costs, Figure.Unit.SECONDS, it -> seconds(it.reported())).text(),
        of(costs, Figure.Unit.COUNT, RevocationCost::crls).text(),
        of(costs, Figure.Unit.COUNT, RevocationCost::copyWrites).text(),
        of(costs, Figure.Unit.SECONDS, it -> seconds(it.cpu())).text()
            + ", "
            + of(costs, Figure.Unit.SECONDS, it -> seconds(it.apiServerCpu())).text(),
        Integer.toString(costs.size()));
  }

  private String gateway(String name) {
    List<GatewayRefusals> refusals = revocations.stream().map(RevocationRound::gateways).toList();
    return row(
        name,
        of(refusals, Figure.Unit.SECONDS, it -> seconds(it.after().get(name))).text(),
        of(refusals, Figure.Unit.COUNT, GatewayRefusals::others).text() + ", 0",
        Integer.toString(refusals.size()));
  }

  private static String row(String... cells) {
    return "| " + String.join(" | ", cells) + " |";
  }
}
