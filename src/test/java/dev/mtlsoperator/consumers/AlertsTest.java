package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The chart's alerts and dashboards, judged by Prometheus. */
@Tag("programs")
@Tag("once")
final class AlertsTest {
  private static final Path CHART = Path.of("helm/mtls-operator");
  private static final Path ALERTS = CHART.resolve("alerts/mtls-operator.yaml");
  private static final Path CASES = Path.of("src/test/resources/alerts/alerts-test.yaml");

  private final Consumer promtool = Consumer.require("promtool", "apt-get install prometheus");

  @TempDir private Path folder;

  @Test
  void shouldFireWhenTheyShouldAndNotBefore() {
    promtool("check", "rules", ALERTS.toString()).orThrow();
    promtool("test", "rules", CASES.toString()).orThrow();
  }

  @Test
  void shouldHaveACaseForEachAlert() throws IOException {
    YAMLMapper yaml = new YAMLMapper();
    List<String> alerts = yaml.readTree(ALERTS.toFile()).findValuesAsText("alert");
    List<String> fired = new ArrayList<>();
    for (JsonNode rule : yaml.readTree(CASES.toFile()).findValues("alert_rule_test")) {
      for (JsonNode expected : rule) {
        if (!expected.get("exp_alerts").isEmpty()) {
          fired.add(expected.get("alertname").asText());
        }
      }
    }

    assertThat(alerts).isNotEmpty().doesNotHaveDuplicates();
    assertThat(fired).containsAll(alerts);
  }

  @Test
  void shouldAskInDashboardsWhatPrometheusUnderstands() throws IOException {
    List<Map<String, String>> rules = new ArrayList<>();
    try (Stream<Path> dashboards = Files.list(CHART.resolve("dashboards"))) {
      for (Path dashboard : dashboards.toList()) {
        for (String expression :
            new ObjectMapper().readTree(dashboard.toFile()).findValuesAsText("expr")) {
          rules.add(
              Map.of(
                  "record", "panel:" + rules.size(), "expr", expression.replace("$namespace", "")));
        }
      }
    }
    assertThat(rules).isNotEmpty();
    Path file = folder.resolve("rules.yaml");
    new YAMLMapper()
        .writeValue(
            file.toFile(), Map.of("groups", List.of(Map.of("name", "panels", "rules", rules))));

    promtool("check", "rules", file.toString()).orThrow();
  }

  private Consumer.Run promtool(String... arguments) {
    return promtool.run(Path.of("").toAbsolutePath(), arguments);
  }
}
