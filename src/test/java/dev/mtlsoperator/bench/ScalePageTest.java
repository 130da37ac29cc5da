package dev.mtlsoperator.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is written of very many certificates is what was measured. */
final class ScalePageTest {
  private static final ScalePage PAGE =
      new ScalePage(
          LocalDate.parse("2026-12-01"),
          "-Xmx1g",
          new ScaleRound(
              new Machine("a processor", 2, 4096, "a JVM", "Kubernetes v1"),
              new IssuingCost(
                  100_000,
                  Duration.ofSeconds(30),
                  Duration.ofSeconds(2_000),
                  Duration.ofSeconds(1_000),
                  new ServerCpu(Duration.ofSeconds(1_500), Duration.ofSeconds(200)),
                  900L << 20,
                  Map.of()),
              new RestartCost(Duration.ofSeconds(100), Duration.ofSeconds(20), 800L << 20, 0),
              latency(100_000, 3, 9, 1, 2),
              latency(100_001, 40)));

  private static ListLatency latency(int objects, Integer... milliseconds) {
    return new ListLatency(
        objects, List.of(milliseconds).stream().map(Duration::ofMillis).toList());
  }

  @Test
  void shouldWriteWhatWasMeasured() {
    assertThat(PAGE.text())
        .contains(
            "once on 2026-12-01",
            "- the operator's JVM has `-Xmx1g`",
            "| certificates | 100,000 |",
            "| first is Ready | 30.0 s |",
            "| all are Ready | 2000 s |",
            "| per second | 50/s |",
            "| memory (peak RSS) of the operator | 900 MiB |",
            "| after a restart: in sync | 100 s |",
            "| after a restart: writes until then | 0 |",
            "lists them | 100,000 | 4 | 2 ms, 9 ms | 0.0 s |",
            "lists them | 100,001 | 1 | 40 ms, 40 ms | 0.0 s |");
  }

  @Test
  void shouldHaveAPage() {
    assertThatIllegalArgumentException().isThrownBy(() -> new ListLatency(0, List.of()));
  }

  /** Of another machine and day, but of this form: the page is written, not edited. */
  @Test
  void shouldBeWhatTheRepositoryHas() throws IOException {
    assertThat(form(Files.readString(Path.of("docs/performance-scale.md"))))
        .isEqualTo(form(PAGE.text()));
  }

  private static List<String> form(String page) {
    return page.lines()
        .filter(line -> !line.startsWith("- "))
        .map(line -> line.replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day"))
        .map(line -> line.startsWith("| ") ? line.replaceAll("[0-9][0-9,.]*", "a figure") : line)
        .toList();
  }
}
