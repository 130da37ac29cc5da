package dev.mtlsoperator.it.install;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.ConformanceRow;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Contour;
import dev.mtlsoperator.consumers.EnvoyGateway;
import dev.mtlsoperator.consumers.ProgramVersions;
import dev.mtlsoperator.consumers.RenderedChart;
import dev.mtlsoperator.harness.RunningOperator;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What people apply fits the schemas of a real API server that has our kinds, and of the
 * definitions of others: all fields are known, and have values of their types.
 */
@Timeout(180)
final class ManifestSchemasIT {
  /** Whose definitions cannot be had as those of the others. */
  private static final Set<String> WITHOUT_SCHEMAS =
      Set.of(
          "ApisixRoute",
          "ApisixTls",
          "Application",
          "GitRepository",
          "HelmRelease",
          "Host",
          "KongPlugin",
          "Kustomization",
          "Mapping",
          "Policy",
          "TLSContext",
          "VirtualServer");

  /** The status of a document without an object. */
  private static final String OF_A_COMMENT = "";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();

  @TempDir private Path folder;

  /** The builds take long, where they were not made yet. */
  @BeforeAll
  @Timeout(1800)
  static void provision() {
    Contour.provision();
    EnvoyGateway.provision();
  }

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
    assertThat(skipped).isEqualTo(new TreeSet<>(WITHOUT_SCHEMAS));
    assertThat(answer.path("summary").path("valid").asInt()).isGreaterThan(100);
    // it is that: a field that nobody knows is refused
    Path typo =
        Files.writeString(
            folder.resolve("typo.yaml"),
            Files.readString(Path.of("examples/quickstart/rootca.yaml"))
                .replaceFirst("(?m)^spec:\n", "spec:\n  durration: 1h\n"));
    assertThat(judge(schemas, List.of(typo)).path("summary").path("invalid").asInt()).isOne();
    ConformanceRow.of(
            "Packaging",
            "kubeconform, the chart with all that it offers, `crds/` and `examples/`, by the schemas of the API server and of the definitions of Gateway API, Envoy Gateway, Contour, Istio, Traefik and the Prometheus operator")
        .says("none")
        .with(ProgramVersions.ofModule(Path.of("src/test/consumers/kubeconform"), "kubeconform"))
        .require();
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
        JSON.writeValue(
            schemas.resolve(file(kind.path("kind"), group, version)).toFile(),
            Map.of("$ref", all.toUri() + "#/definitions/" + definition.getKey()));
      }
    }
    List<Path> definitionsOfOthers =
        List.of(
            EnvoyGateway.provision().resolve("crds"),
            Contour.provision().resolve("manifests"),
            Consumer.provision("src/test/consumers/provision-gateway-kinds.sh").program());
    for (Path each : definitionsOfOthers) {
      writeSchemas(each, schemas);
    }
    return schemas;
  }

  /** Of the kinds that the CustomResourceDefinitions in a folder define. */
  private static void writeSchemas(Path definitions, Path schemas) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(definitions, "*.yaml")) {
      for (Path file : files) {
        try (MappingIterator<JsonNode> documents =
            new YAMLMapper().readerFor(JsonNode.class).readValues(file.toFile())) {
          while (documents.hasNext()) {
            JsonNode document = documents.next();
            if (document.path("kind").asText().equals("CustomResourceDefinition")) {
              writeSchema(document.path("spec"), schemas);
            }
          }
        }
      }
    }
  }

  private static void writeSchema(JsonNode definition, Path schemas) throws IOException {
    for (JsonNode version : definition.path("versions")) {
      JsonNode schema = version.path("schema").path("openAPIV3Schema");
      // a definition may leave out what every object has
      ObjectNode properties = schema.withObjectProperty("properties");
      List.of("apiVersion", "kind", "metadata").forEach(it -> properties.withObjectProperty(it));
      restrict(schema);
      JSON.writeValue(
          schemas
              .resolve(
                  file(
                      definition.path("names").path("kind"),
                      definition.path("group").asText(),
                      version.path("name").asText()))
              .toFile(),
          schema);
    }
  }

  private static String file(JsonNode kind, String group, String version) {
    return String.join("-", kind.asText().toLowerCase(Locale.ROOT), group, version) + ".json";
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
