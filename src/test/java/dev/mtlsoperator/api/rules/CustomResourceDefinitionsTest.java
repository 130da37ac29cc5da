package dev.mtlsoperator.api.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code crds/} and {@code docs/api.md} are what the types and rules of the API give. */
@Tag("once")
final class CustomResourceDefinitionsTest {
  private static final String UPDATE = "mvn -q -Pregenerate test";
  private static final Path CRDS = Path.of("crds");

  /** Helm reads no files outside a chart. */
  private static final Path CRDS_OF_THE_CHART = Path.of("helm", "mtls-operator", "files", "crds");

  private static final Path REFERENCE = Path.of("docs", "api.md");

  static List<CustomResourceDefinitions.Kind> kinds() {
    return CustomResourceDefinitions.KINDS;
  }

  @Test
  void shouldKeepTheCrdsInStepWithTheTypes() throws IOException {
    for (Map.Entry<String, String> file : CustomResourceDefinitions.files().entrySet()) {
      shouldHold(CRDS.resolve(file.getKey()), file.getValue());
      shouldHold(CRDS_OF_THE_CHART.resolve(file.getKey()), file.getValue());
    }
  }

  @Test
  void shouldKeepTheReferenceInStepWithTheCrds() throws IOException {
    shouldHold(REFERENCE, ApiReference.markdown());
  }

  @Test
  void shouldNotKeepCrdsOfNoKind() throws IOException {
    for (Path folder : List.of(CRDS, CRDS_OF_THE_CHART)) {
      try (var files = Files.list(folder)) {
        assertThat(files.map(file -> file.getFileName().toString()))
            .containsExactlyInAnyOrderElementsOf(CustomResourceDefinitions.files().keySet());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldDescribeEveryField(CustomResourceDefinitions.Kind kind) {
    // given
    List<String> undescribed = new ArrayList<>();

    // when
    CustomResourceDefinitions.walk(
        "",
        schema(kind),
        (path, schema) -> {
          if (!path.endsWith("]") && !path.endsWith("}") && !schema.has("description")) {
            undescribed.add(path);
          }
        });

    // then
    assertThat(undescribed).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldBoundEveryStringListAndMap(CustomResourceDefinitions.Kind kind) {
    // given
    List<String> unbounded = new ArrayList<>();

    // when
    CustomResourceDefinitions.walk(
        "",
        schema(kind),
        (path, schema) -> {
          boolean bounded =
              switch (schema.path("type").asText()) {
                case "string" -> schema.has("maxLength") || schema.has("enum");
                case "array" -> schema.has("maxItems");
                case "object" ->
                    schema.has("properties")
                        || schema.has("maxProperties")
                        || path.equals("metadata");
                case "integer", "boolean" -> true;
                default -> false;
              };
          if (!bounded) {
            unbounded.add(path);
          }
        });

    // then
    assertThat(unbounded).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void shouldHaveNoDefaultInsideListItems(CustomResourceDefinitions.Kind kind) {
    // given: Argo CD's structured diff compares lists as a whole, so that each such default is a
    // permanent difference
    List<String> inItems = new ArrayList<>();
    List<String> elsewhere = new ArrayList<>();

    // when
    CustomResourceDefinitions.walk(
        "",
        schema(kind),
        (path, schema) -> {
          if (schema.has("default")) {
            (path.contains("[*]") ? inItems : elsewhere).add(path);
          }
        });

    // then
    assertThat(inItems).isEmpty();
    assertThat(elsewhere).contains("spec.duration", "status");
  }

  private static JsonNode schema(CustomResourceDefinitions.Kind kind) {
    return CustomResourceDefinitions.definition(kind).at("/spec/versions/0/schema/openAPIV3Schema");
  }

  private static void shouldHold(Path file, String content) throws IOException {
    if (Boolean.getBoolean("crds.update")) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
    assertThat(file)
        .as("%s is out of date: %s", file, UPDATE)
        .exists()
        .content()
        .as("%s is out of date: %s", file, UPDATE)
        .isEqualTo(content);
  }
}
