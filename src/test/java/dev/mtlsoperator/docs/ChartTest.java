package dev.mtlsoperator.docs;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The chart's README and schema say what its values are. */
final class ChartTest {
  private static final Path CHART = Path.of("helm", "mtls-operator");
  private static final Pattern KEY = Pattern.compile("( *)([A-Za-z]+):.*");
  private static final Pattern MEANING = Pattern.compile(" *# -- (.*)");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A value that the file explains. */
  private record Value(String path, String meaning) {}

  @Test
  void shouldKeepTheReadmeInStepWithTheValues() throws IOException {
    Path readme = CHART.resolve("README.md");
    String wanted = markdown();
    if (Boolean.getBoolean("crds.update")) {
      Files.writeString(readme, wanted);
    }

    assertThat(readme).as("out of date: mvn -q -Pregenerate test").content().isEqualTo(wanted);
  }

  @Test
  void shouldExplainEveryValueOnce() throws IOException {
    List<String> explained = values().stream().map(Value::path).toList();
    assertThat(explained).doesNotHaveDuplicates();

    List<String> unexplained = new ArrayList<>();
    leaves("", new YAMLMapper().readTree(CHART.resolve("values.yaml").toFile()), unexplained);
    unexplained.removeIf(
        path -> explained.stream().anyMatch(e -> path.equals(e) || path.startsWith(e + ".")));

    assertThat(unexplained).isEmpty();
  }

  @Test
  void shouldHaveOneSchemaForAllValues() throws IOException {
    JsonNode schema = JSON.readTree(CHART.resolve("values.schema.json").toFile());
    for (Value value : values()) {
      JsonNode at = schema;
      for (String step : value.path().split("\\.", -1)) {
        assertThat(at.path("additionalProperties").asBoolean(true)).as(value.path()).isFalse();
        at = at.path("properties").path(step);
      }
      assertThat(at.isMissingNode()).as("%s in the schema", value.path()).isFalse();
    }
    List<String> known = new ArrayList<>();
    schema.path("properties").fieldNames().forEachRemaining(known::add);
    // Helm itself adds it, for charts that contain this one
    known.remove("global");
    assertThat(known)
        .allSatisfy(
            key ->
                assertThat(values())
                    .anyMatch(v -> v.path().equals(key) || v.path().startsWith(key + ".")));
  }

  private static void leaves(String path, JsonNode node, List<String> into) {
    if (node.isObject() && !node.isEmpty()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        leaves(
            path.isEmpty() ? field.getKey() : path + "." + field.getKey(), field.getValue(), into);
      }
    } else {
      into.add(path);
    }
  }

  private static List<Value> values() throws IOException {
    List<Value> values = new ArrayList<>();
    List<String> path = new ArrayList<>();
    String meaning = "";
    for (String line : Files.readAllLines(CHART.resolve("values.yaml"))) {
      Matcher explains = MEANING.matcher(line);
      Matcher key = KEY.matcher(line);
      if (explains.matches()) {
        meaning = explains.group(1);
      } else if (key.matches()) {
        int depth = key.group(1).length() / 2;
        path.subList(Math.min(depth, path.size()), path.size()).clear();
        path.add(key.group(2));
        if (!meaning.isEmpty()) {
          values.add(new Value(String.join(".", path), meaning));
        }
        meaning = "";
      }
    }
    return values;
  }

  private static String markdown() throws IOException {
    JsonNode defaults = new YAMLMapper().readTree(CHART.resolve("values.yaml").toFile());
    StringBuilder text =
        new StringBuilder(
            """
            # mtls-operator Helm chart

            Mutual TLS certificates on Kubernetes: turns `RootCA`, `ServerCert` and `ClientCert` into Secrets, keystores and trust bundles.

            ```
            helm install mtls-operator helm/mtls-operator --namespace mtls-operator --create-namespace
            ```

            Uninstalling the chart only stops renewals: with `crds.keep`, the CustomResourceDefinitions, all resources, the CAs' keys and all certificates
            stay. The operator resumes its work when you install the chart again under the same release name and namespace (otherwise, set `crds.enabled=false`).

            This table is generated from `values.yaml`. The chart rejects a key that is not listed.

            | value | default | meaning |
            |---|---|---|
            """);
    for (Value value : values()) {
      JsonNode at = defaults.at("/" + value.path().replace('.', '/'));
      text.append("| `")
          .append(value.path())
          .append("` | `")
          .append(JSON.writeValueAsString(at))
          .append("` | ")
          .append(value.meaning().replace("|", "\\|"))
          .append(" |\n");
    }
    return text.toString();
  }
}
