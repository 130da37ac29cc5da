package dev.mtlsoperator.it.install;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.ConformancePage;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.ProgramVersions;
import dev.mtlsoperator.consumers.RenderedChart;
import dev.mtlsoperator.harness.RunningOperator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people apply fits the schemas of a real API server that has our kinds: all fields are known,
 * and have values of their types. Kinds of others have no schema there.
 */
@Timeout(180)
final class ManifestSchemasIT {
  private static final Set<String> KINDS_OF_OTHERS =
      Set.of(
          "ApisixRoute",
          "ApisixTls",
          "Application",
          "ClientTrafficPolicy",
          "Gateway",
          "GitRepository",
          "HTTPProxy",
          "HTTPRoute",
          "HelmRelease",
          "Host",
          "IngressRoute",
          "KongPlugin",
          "Kustomization",
          "Mapping",
          "Policy",
          "PrometheusRule",
          "ServiceMonitor",
          "TLSContext",
          "TLSOption",
          "VirtualServer",
          "VirtualService");

  /** The status of a document without an object. */
  private static final String OF_A_COMMENT = "";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();

  @TempDir private Path folder;

  @Test
  void shouldFitTheSchemasOfTheApiServer() throws IOException {
    // given
    Path schemas = schemas();
    Path chart = RenderedChart.with(RenderedChart.ALL, folder);

    // when
    JsonNode answer = judge(schemas, List.of(chart, Path.of("crds"), Path.of("examples")));

    // then
    List<String> refused = new ArrayList<>();
    Set<String> skipped = new TreeSet<>();
    for (JsonNode resource : answer.path("resources")) {
      String status = resource.path("status").asText();
      if (status.equals("statusSkipped")) {
        skipped.add(resource.path("kind").asText());
      } else if (!status.equals("statusValid") && !status.equals(OF_A_COMMENT)) {
        refused.add(resource.toString());
      }
    }
    assertThat(refused).isEmpty();
    assertThat(skipped).isEqualTo(new TreeSet<>(KINDS_OF_OTHERS));
    assertThat(answer.path("summary").path("valid").asInt()).isGreaterThan(100);
    // it is that: a field that nobody knows is refused
    Path typo =
        Files.writeString(
            folder.resolve("typo.yaml"),
            Files.readString(Path.of("examples/quickstart/rootca.yaml"))
                .replaceFirst("(?m)^spec:\n", "spec:\n  durration: 1h\n"));
    assertThat(judge(schemas, List.of(typo)).path("summary").path("invalid").asInt()).isOne();
    ConformancePage.requireRow(
        "Packaging",
        List.of(
            "kubeconform, the chart with all that it offers, `crds/` and `examples/`, by the schemas of the API server",
            "none"),
        ProgramVersions.ofModule(Path.of("src/test/consumers/kubeconform"), "kubeconform"));
  }

  private JsonNode judge(Path schemas, List<Path> manifests) throws IOException {
    Consumer kubeconform = Consumer.provision("src/test/consumers/provision-kubeconform.sh");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-strict",
                "-verbose",
                "-output",
                "json",
                "-summary",
                "-ignore-missing-schemas",
                // tests of Argo CD for its own scripts
                "-ignore-filename-pattern",
                "health_test",
                "-schema-location",
                schemas + "/{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json"));
    manifests.forEach(manifest -> arguments.add(manifest.toAbsolutePath().toString()));
    return kubeconform.run(folder, arguments.toArray(String[]::new)).json("{");
  }

  /** A file for each kind; all refer to one with the types of the API server, made strict. */
  private Path schemas() throws IOException {
    ObjectNode definitions =
        (ObjectNode) JSON.readTree(cluster.client().raw("/openapi/v2")).path("definitions");
    definitions.forEach(ManifestSchemasIT::restrict);
    definitions.set(
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        JSON.readTree("{\"oneOf\": [{\"type\": \"string\"}, {\"type\": \"integer\"}]}"));
    Path schemas = Files.createDirectory(folder.resolve("schemas"));
    Path all = schemas.resolve("definitions.json");
    JSON.writeValue(all.toFile(), Map.of("definitions", definitions));
    for (Map.Entry<String, JsonNode> definition : definitions.properties()) {
      for (JsonNode kind : definition.getValue().path("x-kubernetes-group-version-kind")) {
        String version = kind.path("version").asText();
        // kubeconform takes "v1" for the group of what has none
        String group =
            kind.path("group").asText().isEmpty() ? version : kind.path("group").asText();
        String name =
            String.join("-", kind.path("kind").asText().toLowerCase(Locale.ROOT), group, version)
                + ".json";
        JSON.writeValue(
            schemas.resolve(name).toFile(),
            Map.of("$ref", all.toUri() + "#/definitions/" + definition.getKey()));
      }
    }
    return schemas;
  }

  private static void restrict(JsonNode type) {
    if (type.has("properties")
        && !type.has("additionalProperties")
        && !type.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      ((ObjectNode) type).put("additionalProperties", false);
    }
    // a field may be called as a keyword is: CRDs have such
    type.path("properties").forEach(ManifestSchemasIT::restrict);
    if (type.path("items").isObject()) {
      restrict(type.path("items"));
    }
    if (type.path("additionalProperties").isObject()) {
      restrict(type.path("additionalProperties"));
    }
  }
}
