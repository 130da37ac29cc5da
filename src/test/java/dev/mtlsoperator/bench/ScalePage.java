package dev.mtlsoperator.bench;

import static dev.mtlsoperator.bench.IssuingCost.seconds;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code docs/performance-scale.md}, from what was measured.
 *
 * @param heap the most that the operator's heap may have, as an option of the JVM
 */
record ScalePage(LocalDate day, String heap, ScaleRound round) {

  /** The text, in Markdown. */
  String text() {
    IssuingCost issuing = round.issuing();
    RestartCost restart = round.restart();
    List<String> lines = new ArrayList<>();
    lines.add("# Performance with very many certificates");
    lines.add("");
    lines.add(
        "`mvn -Pbench -Dbench=scale` measured this once on "
            + day
            + ", and wrote this page. All ServerCerts (P-256) and their one RootCA are in one namespace. [Performance](performance.md) explains the figures,"
            + " and has those of up to 10,000 certificates.");
    lines.add("");
    round.machine().lines().forEach(line -> lines.add("- " + line));
    lines.add("- the operator's JVM has `" + heap + "`");
    lines.add("");
    lines.add("| | |");
    lines.add("|---|---|");
    line(lines, "certificates", "%,d", issuing.leaves());
    line(lines, "first is Ready", "%.1f s", seconds(issuing.first()));
    line(lines, "all are Ready", "%.0f s", seconds(issuing.all()));
    line(lines, "per second", "%.0f/s", issuing.perSecond());
    line(lines, "CPU of the operator", "%.0f s", seconds(issuing.cpu()));
    line(lines, "CPU of the API server", "%.0f s", seconds(issuing.servers().apiServer()));
    line(lines, "CPU of etcd", "%.0f s", seconds(issuing.servers().etcd()));
    line(lines, "memory (peak RSS) of the operator", "%d MiB", issuing.peakBytes() >> 20);
    line(lines, "after a restart: in sync", "%.0f s", seconds(restart.inSync()));
    line(
        lines,
        "after a restart: memory (peak RSS) until then",
        "%d MiB",
        restart.peakBytes() >> 20);
    line(lines, "after a restart: writes until then", "%d", restart.writes());
    lines.add("");
    lines.add("## Lists");
    lines.add("");
    lines.add(
        "What the API server takes for lists of these, in pages one after the other, while the operator does not run. The operator lists once at its start,"
            + " and watches then.");
    lines.add("");
    lines.add("| list | objects | pages | a page: median, worst | all |");
    lines.add("|---|---|---|---|---|");
    lines.add(list("ServerCerts, as the operator lists them", round.certificates()));
    lines.add(list("Secrets of all namespaces, as `kubectl get` lists them", round.secrets()));
    return String.join("\n", lines) + "\n";
  }

  private static void line(List<String> lines, String what, String form, Object figure) {
    lines.add("| " + what + " | " + String.format(Locale.ROOT, form, figure) + " |");
  }

  private static String list(String what, ListLatency latency) {
    Figure page = latency.page();
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %,d | %s, %s | %.1f s |",
        what,
        latency.objects(),
        latency.pages().size(),
        Figure.Unit.MILLISECONDS.write(page.median()),
        Figure.Unit.MILLISECONDS.write(page.most()),
        seconds(latency.all()));
  }
}
