package dev.mtlsoperator.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** What the benchmark writes for people says what was measured. */
final class PerformancePageTest {
  private static final PerformancePage PAGE =
      new PerformancePage(
          LocalDate.parse("2026-11-28"),
          new Machine("a processor", 2, 4096, "a JVM", "Kubernetes v1"),
          new TreeMap<>(
              Map.of(
                  100, List.of(round(100, 2, 1)),
                  1_000, List.of(round(1_000, 12, 8), round(1_000, 9, 8), round(1_000, 10, 8)))),
          new TreeMap<>(
              Map.of(
                  1_000,
                  List.of(
                      new RestartCost(
                          Duration.ofMillis(1_500), Duration.ofSeconds(4), 200L << 20, 0)))),
          List.of(
              new RevocationRound(
                  1_000,
                  100,
                  new GatewayRefusals(
                      new TreeMap<>(
                          Map.of(
                              "nginx", Duration.ofMillis(2_500),
                              "HAProxy", Duration.ofMillis(3_500),
                              "Envoy", Duration.ofMillis(1_500),
                              "Contour", Duration.ofMillis(500))),
                      1_234),
                  revocation(1, 2, 1),
                  revocation(999, 9, 3),
                  150L << 20)));

  private static RevocationCost revocation(int certificates, int seconds, long crls) {
    return new RevocationCost(
        certificates,
        Duration.ofSeconds(1),
        Duration.ofSeconds(seconds),
        Duration.ofSeconds(seconds),
        Duration.ofSeconds(seconds + 1),
        Duration.ofSeconds(4),
        Duration.ofSeconds(3),
        new TreeMap<>(Map.of("PUT secrets", crls, "PUT configmaps", 101 * crls)),
        new TreeMap<>());
  }

  private static BenchRound round(int leaves, int seconds, int bare) {
    return new BenchRound(
        new IssuingCost(
            leaves,
            Duration.ofSeconds(1),
            Duration.ofSeconds(seconds),
            Duration.ofSeconds(7),
            new ServerCpu(Duration.ofSeconds(6), Duration.ofSeconds(1)),
            150L << 20,
            Map.of()),
        new BareCost(
            Duration.ofSeconds(bare),
            Duration.ofSeconds(3),
            new ServerCpu(Duration.ofSeconds(3), Duration.ofSeconds(1))));
  }

  @Test
  void shouldTellTheMedianTheLeastAndTheMost() {
    assertThat(new Figure(Figure.Unit.RATIO, List.of(3.0, 1.0, 2.0)).text())
        .isEqualTo("2.00 (1.00 to 3.00)");
    assertThat(new Figure(Figure.Unit.SECONDS, List.of(1.25, 9.0)).median()).isEqualTo(1.25);
    assertThat(new Figure(Figure.Unit.MEBIBYTES, List.of(7.4)).text()).isEqualTo("7 MiB");
    assertThatIllegalArgumentException().isThrownBy(() -> new Figure(Figure.Unit.COUNT, List.of()));
  }

  /** 7 s of the operator, 6 s of the API server and 1 s of etcd, against 3 s, 3 s and 1 s. */
  @Test
  void shouldCompareTheCpuOfAllProcesses() {
    assertThat(round(100, 2, 1).cpuRatio()).isEqualTo(2.0);
  }

  @Test
  void shouldWriteARowForEachSize() {
    assertThat(PAGE.text())
        .contains(
            "2026-11-28",
            "2 processors (a processor), 4096 MiB",
            "| 100 | 1.0 s | 2.0 s | 50/s | 2.00 | 2.00 | 7.0 s | 6.0 s, 1.0 s | 150 MiB | 1 |",
            "| 1,000 | 1.0 s (1.0 s to 1.0 s) | 10.0 s (9.0 s to 12.0 s) | 100/s (83/s to 111/s) | 1.25 (1.13 to 1.50) | 2.00 (2.00 to 2.00) |",
            "| 1,000 | 1.5 s | 4.0 s | 200 MiB | 0 |",
            "| 1 | 1,000, 100 | 2.0 s | 2.0 s | 3.0 s | 1 | 101 | 4.0 s, 3.0 s | 1 |",
            "| 999 | 1,000, 100 | 9.0 s | 9.0 s | 10.0 s | 3 | 303 | 4.0 s, 3.0 s | 1 |",
            "| HAProxy | 3.5 s | 1234, 0 | 1 |");
  }

  @Test
  void shouldDrawAChartThatIsXml() throws Exception {
    Document chart =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(PAGE.chart())));

    assertThat(chart.getElementsByTagName("polyline").getLength()).isEqualTo(2);
    assertThat(chart.getElementsByTagName("circle").getLength()).isEqualTo(4);
    assertThat(PAGE.chart()).contains("certificates per second", "1,000").doesNotContain("NaN");
  }

  /** Of another machine and day, but of this form: the page is written, not edited. */
  @Test
  void shouldBeWhatTheRepositoryHas() throws IOException {
    assertThat(form(Files.readString(Path.of("docs/performance.md")))).isEqualTo(form(PAGE.text()));
  }

  private static List<String> form(String page) {
    Pattern measured = Pattern.compile("^(\\| ([0-9]|Contour|Envoy|HAProxy|nginx)|- ).*");
    return page.lines()
        .filter(line -> !measured.matcher(line).matches())
        .map(line -> line.replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day"))
        .toList();
  }
}
