package dev.mtlsoperator.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** YAML of any shape is accepted as by the API server, or refused at its place with a remedy. */
final class ManifestShapesTest {
  private static final String CA =
      "apiVersion: mtls-operator.dev/v1alpha1\nkind: RootCA\nmetadata: {name: root}\n";
  private static final String SERVER =
      "apiVersion: mtls-operator.dev/v1alpha1\nkind: ServerCert\nmetadata: {name: web}\n";
  private static final String SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: pw}\n";
  private static final String MAP =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map, labels: {mtls-operator.dev/input: \"true\"}}\n";

  static Stream<String> accepted() {
    return Stream.of(
        SECRET + "data:\n",
        SECRET + "stringData:\n",
        SECRET + "data: ~\nstringData: null\ntype:\nimmutable:\n",
        SECRET + "data: {a: }\nstringData: {b: null}\n",
        SECRET + "data: {a: \"\"}\n",
        SECRET + "data: {a: !!binary YjJ4aw==}\n",
        SECRET + "stringData: {at: 2026-11-28, then: !!timestamp 2026-11-28}\n",
        SECRET + "metadata: {name: x}\n".replace("metadata: {name: x}", "stringData: {a: '1'}"),
        SECRET.replace("{name: pw}", "{name: pw, labels: , annotations: {a: null}}"),
        SECRET.replace("{name: pw}", "{name: pw, creationTimestamp: null}"),
        MAP + "data:\n",
        MAP + "data: {a: null}\n",
        "apiVersion: v1\nkind: List\nitems:\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        "apiVersion: v1\nkind: List\n",
        "apiVersion: v1\nkind: Pod\nmetadata: [1]\nspec: no\n",
        "---\n---\n# nothing\n---\n",
        "\uFEFF" + SECRET);
  }

  @ParameterizedTest
  @MethodSource("accepted")
  void shouldTakeNothingForNoData(String text) {
    assertThat(Manifests.read("text", text).problems()).isEmpty();
  }

  static List<Arguments> refused() {
    return List.of(
        // types
        Arguments.of(
            CA + "spec: {commonName: a, subject: {countries: [NO]}}",
            "text, document 1, RootCA root: spec.subject.countries[0]: spec.subject.countries[0] in body must be of type string: without quotes, NO is the boolean false in YAML: write 'NO'"),
        Arguments.of(
            CA + "spec: {commonName: a, subject: {serialNumber: 0123456}}",
            "without quotes, 0123456 is the number 42798 in YAML: write '0123456'"),
        Arguments.of(CA + "spec: {commonName: 0o17}", "0o17 is the number 15 in YAML"),
        Arguments.of(CA + "spec: {commonName: 08}", "08 is the number 8.0 in YAML: write '08'"),
        Arguments.of(CA + "spec: {commonName: 1e3}", "1e3 is the number 1000.0 in YAML"),
        Arguments.of(CA + "spec: {commonName: [a]}", "write text, and not a list"),
        Arguments.of(CA + "spec: {commonName: {a: b}}", "write text, and not a map"),
        Arguments.of(CA + "spec: []", "write fields (name: value) without '- ' before them"),
        Arguments.of(CA + "spec: on", "spec in body must be of type object: write fields"),
        Arguments.of(
            SERVER + "spec: {rootCARef: {name: root}, dnsNames: a.example.org}",
            "spec.dnsNames in body must be of type array: write a list, such as [a, b]"),
        Arguments.of(
            SERVER + "spec: {rootCARef: {name: root}, dnsNames: {a: b}}",
            "spec.dnsNames in body must be of type array: write a list, each entry with '- '"),
        Arguments.of(
            SERVER + "spec:\n  rootCARef: {name: root}\n  dnsNames:\n  - a.example.org\n  -\n",
            "spec.dnsNames[1] in body must be of type string: the entry is empty"),
        Arguments.of(
            SERVER
                + "spec: {rootCARef: {name: root}, privateKey: {algorithm: RSA, size: \"2048\"}}",
            "spec.privateKey.size in body must be of type integer: write a number, without quotes"),
        Arguments.of(
            SERVER + "spec: {rootCARef: {name: root}, keystores: {pkcs12: {enabled: \"yes\"}}}",
            "of type boolean: write true or false, without quotes"),
        Arguments.of(
            SERVER + "spec: {rootCARef: {name: root}, privateKey: {size: 99999999999}}",
            "spec.privateKey.size: not a ServerCert: a field is of the wrong type, or a number is"),
        // metadata
        Arguments.of(CA.replace("{name: root}", "") + "spec: {}", "metadata.name: Required value"),
        Arguments.of(CA.replace("{name: root}", "[a]"), "metadata in body must be of type object"),
        Arguments.of(
            CA.replace("root}", "5}"),
            "metadata.name: metadata.name in body must be of type string: without quotes, 5 is"),
        Arguments.of(
            CA.replace("root}", "root, labels: {a: on}}") + "spec: {commonName: a}",
            "metadata.labels.a in body must be of type string: without quotes, on is the boolean"),
        Arguments.of(
            CA.replace("root}", "root, ownerReferences: [{controller: [x]}]}")
                + "spec: {commonName: a}",
            "metadata.ownerReferences[0].controller: not a RootCA: a field is of the wrong type"),
        Arguments.of("kind: [RootCA]\napiVersion: v1", "kind in body must be of type string"),
        Arguments.of("kind: Secret\napiVersion: 1", "apiVersion in body must be of type string"),
        Arguments.of("kind:\napiVersion: v1", "text, document 1: kind: kind not set"),
        // Secrets and ConfigMaps
        Arguments.of(SECRET + "data: [a]", "data in body must be of type object: write fields"),
        Arguments.of(SECRET + "data: text", "data in body must be of type object"),
        Arguments.of(
            SECRET + "stringData: {a: 5}",
            "stringData.a in body must be of type string: write it in quotes"),
        Arguments.of(
            SECRET + "data: {a: [b]}", "data.a in body must be of type string: write text"),
        Arguments.of(SECRET + "data: {a: YWJj!}", "data.a: is not base64: use stringData"),
        Arguments.of(SECRET + "data: {a: YQ}", "data.a: is not base64"),
        Arguments.of(SECRET + "stringdata: {a: b}", "unknown field \"stringdata\""),
        Arguments.of(SECRET + "immutable: 'true'", "immutable in body must be of type boolean"),
        Arguments.of(SECRET + "type: [a]", "type in body must be of type string"),
        Arguments.of(SECRET.replace("{name: pw}", ""), "metadata.name: Required value"),
        Arguments.of(
            SECRET.replace("{name: pw}", "{name: pw, labels: [a]}"), "metadata.labels in body"),
        Arguments.of(MAP + "data: [a]", "ConfigMap map: data: data in body must be of type object"),
        Arguments.of(MAP + "data: {a: {b: c}}", "data.a in body must be of type string"),
        // lists of resources
        Arguments.of(
            "apiVersion: v1\nkind: List\nitems: {a: b}",
            "items in body must be of type array: write a list"),
        Arguments.of("apiVersion: v1\nkind: List\nitems: [x]", "items[0]: not a resource"),
        Arguments.of(
            "apiVersion: v1\nkind: List\nitems: [null, {}]",
            "document 1: items[1].kind: items[1].kind not set"),
        Arguments.of(
            "apiVersion: v1\nkind: List\nitems: [{apiVersion: mtls-operator.dev/v1alpha1, kind: RootCA, metadata: {name: root}, spec: {commonName: a, subject: {countries: [NO]}}}]",
            "RootCA root: spec.subject.countries[0]: spec.subject.countries[0] in body must be of type string: without quotes, NO"),
        // YAML
        Arguments.of(
            CA + "spec: {commonName: {{ .Values.name }}}",
            "line 4, column 21: the name of a field must be text; a template"),
        Arguments.of(CA + "? [a]\n: b\n", "line 4, column 3: the name of a field must be text"),
        Arguments.of(CA + "spec: {~: b}", "line 4, column 8: the name of a field must be text"),
        Arguments.of("<<: {[a]: b}\n", "the name of a field must be text"),
        Arguments.of(CA + "spec: {1: a, '1': b}", "spec: found duplicate key 1"),
        Arguments.of(CA + "spec: {a: b, a: c}", "line 4, column 14: found duplicate key a"),
        Arguments.of(CA + "spec: *gone", "line 4, column 7: found undefined alias gone"),
        Arguments.of(
            CA + "spec: {commonName: !!int x}",
            "line 4, column 20: this is no value of type int: write text in quotes"),
        Arguments.of(CA + "spec: {commonName: !!float x}", "this is no value of type float"),
        Arguments.of(CA + "spec: {commonName: !!bool x}", "this is no value of type bool"),
        Arguments.of(CA + "spec: !!map [a]", "this is no value of type map"),
        Arguments.of(CA + "spec: !!seq {a: b}", "this is no value of type seq"),
        Arguments.of(CA + "spec: !!str {a: b}", "this is no value of type str"),
        Arguments.of(CA + "spec: !!set {a, b}", "spec: a value that JSON cannot hold"),
        Arguments.of(CA + "spec: !!binary '*'", "this is no value of type binary"),
        Arguments.of(CA + "spec: !!binary /w==", "this is no value of type binary"),
        Arguments.of(CA + "spec: !own x", "could not determine a constructor for the tag !own"),
        Arguments.of(CA + "spec: 0x_", "this is no value of type int"),
        Arguments.of(CA + "spec: 1e999", "this is no value of type float"),
        Arguments.of(
            CA + "spec: {commonName: " + "9".repeat(1_000_000) + "}", "spec.commonName: Too long"),
        Arguments.of(
            CA + "spec:\n\tcommonName: a",
            "line 5, column 1: found character '\\t(TAB)' that cannot start any token"),
        Arguments.of(CA + "spec: \u0000", "character 82 is U+0000, which YAML does not allow"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void shouldSayWhereAndWhatToWrite(String text, String message) {
    Manifests read = Manifests.read("text", text);

    assertThat(read.problems()).extracting(Object::toString).anyMatch(it -> it.contains(message));
    assertThat(read.rootCAs()).isEmpty();
    assertThat(read.leaves()).isEmpty();
    assertThat(read.secrets()).isEmpty();
    assertThat(read.configMaps()).isEmpty();
  }

  @Test
  void shouldReadWhatATagMakesText() {
    Manifests read =
        Manifests.read("text", SECRET + "stringData: {a: !!binary aHVudGVyMg==, b: !!str 5}\n");

    Secret secret = read.secrets().get(0);
    assertThat(secret.getData()).isEqualTo(Map.of("a", "aHVudGVyMg==", "b", "NQ=="));
  }

  @Test
  void shouldNotRepeatWhatIsInASecret() {
    for (String content :
        List.of(
            "stringData: {a: 4711}",
            "stringData: {a: !!int hunter4711}",
            "stringData: {a: [4711]}",
            "data: {a: !!binary 4711*}",
            "data: 4711",
            "immutable: 4711")) {
      assertThat(Manifests.read("text", SECRET + content + "\n").problems())
          .as(content)
          .singleElement()
          .asString()
          .doesNotContain("4711");
    }
  }

  @Test
  void shouldKeepTerminalsSafeFromNamesOfFields() {
    Manifests read = Manifests.read("text", CA + "spec: {commonName: a, \"x\\e[2J\\u202e\": b}\n");

    assertThat(read.problems())
        .singleElement()
        .asString()
        .contains("unknown field \"spec.x?[2J?\"");
  }

  @Test
  void shouldNotTakeLongWithLongPaths() {
    String name = "n".repeat(1_000_000);

    Manifests read =
        Manifests.read("text", CA + "spec: {" + name + ": [" + "1,".repeat(100_000) + "]}");

    assertThat(read.rootCAs()).isEmpty();
  }
}
