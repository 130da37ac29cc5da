package dev.mtlsoperator.api.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * The CustomResourceDefinitions, from the types of the API and their rules. What the generator of
 * Fabric8 knows comes from it; rules, bounds, columns and list types are added here.
 */
final class CustomResourceDefinitions {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Quotes what other readers could take for a boolean or a number, such as True. */
  private static final YAMLMapper YAML =
      new YAMLMapper(
          YAMLFactory.builder()
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .build());

  private static final int LONGEST_MESSAGE = 1024;
  private static final int LONGEST_FINGERPRINT = 80;

  private static final String READY = ".status.conditions[?(@.type==\"Ready\")]";

  /** A kind: its type, what it is, its rules, its columns and its selectable fields. */
  record Kind(
      Class<? extends HasMetadata> type,
      String description,
      List<? extends FieldRules<?, ?>> rules,
      List<Column> columns,
      List<String> selectable) {
    String name() {
      return type.getSimpleName();
    }

    String crdName() {
      return name().toLowerCase(Locale.ROOT) + "s." + Api.GROUP;
    }
  }

  /** A column of {@code kubectl get}; priority 1 is shown with {@code -o wide} only. */
  record Column(String name, String jsonPath, String type, String description, int priority) {}

  static final List<Kind> KINDS =
      List.of(
          new Kind(
              RootCA.class,
              "A private certificate authority. Its keys lie in immutable Secrets named <name>-ca-<number>, its certificates in the ConfigMap <name>-trust.",
              RootCASpecRules.ALL,
              List.of(
                  ready(),
                  new Column(
                      "Generation",
                      ".status.generations[?(@.state==\"Signing\")].generation",
                      "integer",
                      "The generation that signs",
                      0),
                  new Column(
                      "Rotation",
                      ".status.rotation.phase",
                      "string",
                      "Where its rotation stands",
                      0),
                  new Column(
                      "Expires",
                      ".status.notAfter",
                      "string",
                      "End of the life of the generation that signs",
                      0),
                  new Column(
                      "Pending",
                      ".status.rotation.leavesPending",
                      "integer",
                      "Certificates or bundles that are still to follow",
                      1),
                  new Column(
                      "Next", ".status.rotation.next", "string", "What happens next, and when", 1),
                  age(),
                  reason(),
                  message()),
              List.of()),
          leaf(
              ServerCert.class,
              "A server's identity. It becomes a Secret of type kubernetes.io/tls with tls.crt, tls.key and ca.crt.",
              LeafSpecRules.SERVER),
          leaf(
              ClientCert.class,
              "A client's identity. It becomes a Secret of type kubernetes.io/tls with tls.crt, tls.key, ca.crt, keystore.p12 and truststore.p12.",
              LeafSpecRules.CLIENT));

  private CustomResourceDefinitions() {}

  /** File names and contents: a CRD a kind. */
  static Map<String, String> files() {
    Map<String, String> files = new TreeMap<>();
    for (Kind kind : KINDS) {
      files.put(kind.crdName() + ".yaml", yaml(definition(kind)));
    }
    return files;
  }

  /** One definition as a tree. */
  static ObjectNode definition(Kind kind) {
    ObjectNode crd = generate(kind);
    ObjectNode version = (ObjectNode) crd.at("/spec/versions/0");
    ObjectNode schema = (ObjectNode) version.at("/schema/openAPIV3Schema");
    schema.put("description", kind.description());
    property(schema, "spec").put("description", "What is wanted.");
    property(schema, "status").put("description", "What the operator says; only it writes here.");
    property(schema, "status").putObject("default").put("observedGeneration", Api.UNOBSERVED);
    if (kind.type().equals(ServerCert.class) || kind.type().equals(ClientCert.class)) {
      at(schema, "spec.keystores.pkcs12.enabled")
          .put("default", kind.type().equals(ClientCert.class));
    }
    if (kind.type().equals(RootCA.class)) {
      // not in the type, which trustBundles have as well: no defaults in list items
      at(schema, "spec.allowedNamespaces.from").put("default", Namespaces.same().from().name());
      at(schema, "status.rotation.blockedBy[*]").put("maxLength", LONGEST_MESSAGE);
      at(schema, "status.history.distrusts[*]").put("maxLength", LONGEST_FINGERPRINT);
    }
    kind.rules().forEach(placed -> apply(at(schema, placed.place()), placed));
    at(schema, "status.conditions").put("x-kubernetes-list-type", "map");
    at(schema, "status.conditions").putArray("x-kubernetes-list-map-keys").add("type");
    lists(schema);
    columns(version, kind);
    ObjectNode tidy = JSON.createObjectNode();
    tidy.put("apiVersion", crd.get("apiVersion").asText());
    tidy.put("kind", crd.get("kind").asText());
    tidy.putObject("metadata").put("name", kind.crdName());
    tidy.set("spec", ordered(crd.get("spec")));
    return tidy;
  }

  static String yaml(JsonNode tree) {
    try {
      return YAML.writeValueAsString(tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Calls back for every schema below one, with its path. */
  static void walk(String path, JsonNode schema, BiConsumer<String, JsonNode> each) {
    each.accept(path, schema);
    schema
        .path("properties")
        .properties()
        .forEach(
            entry ->
                walk(
                    path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(),
                    entry.getValue(),
                    each));
    if (schema.has("items")) {
      walk(path + "[*]", schema.get("items"), each);
    }
    if (schema.path("additionalProperties").isObject()) {
      walk(path + "{*}", schema.get("additionalProperties"), each);
    }
  }

  private static void apply(ObjectNode schema, FieldRules<?, ?> placed) {
    placed
        .rules()
        .forEach(
            rule -> {
              if (rule instanceof SpecRule.Length length) {
                if (length.min() > 0) {
                  schema.put("minLength", length.min());
                }
                schema.put("maxLength", length.max());
              } else if (rule instanceof SpecRule.Items<?> items) {
                schema.put("maxItems", items.max());
              } else if (rule instanceof SpecRule.Entries entries) {
                schema.put("maxProperties", entries.max());
              } else if (rule instanceof SpecRule.Unique<?> unique) {
                schema.put("x-kubernetes-list-type", unique.keys().isEmpty() ? "set" : "map");
                unique
                    .keys()
                    .forEach(key -> schema.withArray("x-kubernetes-list-map-keys").add(key));
              } else if (rule instanceof SpecRule.Cel<?> cel) {
                ObjectNode said = validation(schema, cel.at(), cel.cel(), cel.message());
                if (cel.messageExpression() != null) {
                  said.put("messageExpression", cel.messageExpression());
                }
              } else if (rule instanceof SpecRule.Transition<?> transition) {
                validation(schema, transition.at(), transition.cel(), transition.message());
              }
            });
  }

  private static ObjectNode validation(ObjectNode schema, String at, String cel, String message) {
    ObjectNode said = schema.withArray("x-kubernetes-validations").addObject();
    // metadata has no fields that a CRD may point to
    if (!at.isEmpty() && !at.startsWith(".metadata")) {
      said.put("fieldPath", at);
    }
    said.put("message", message);
    said.put("rule", cel);
    return said;
  }

  private static ObjectNode generate(Kind kind) {
    Map<String, ByteArrayOutputStream> written = new HashMap<>();
    new CRDGenerator()
        .customResourceClasses(List.of(kind.type()))
        .forCRDVersions("v1")
        .withImplicitPreserveUnknownFields(false)
        .withOutput(new Memory(written))
        .generate();
    try {
      return (ObjectNode) YAML.readTree(written.values().iterator().next().toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Memory(Map<String, ByteArrayOutputStream> written)
      implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {
    @Override
    public ByteArrayOutputStream outputFor(String crdName) {
      return written.computeIfAbsent(crdName, name -> new ByteArrayOutputStream());
    }

    @Override
    public void close() {
      // nothing is open
    }
  }

  /** Lists that no rule calls a set are replaced as a whole by server-side apply. */
  private static void lists(ObjectNode root) {
    walk(
        "",
        root,
        (path, schema) -> {
          if (schema.path("type").asText().equals("array")
              && !schema.has("x-kubernetes-list-type")) {
            ((ObjectNode) schema).put("x-kubernetes-list-type", "atomic");
          }
        });
  }

  private static void columns(ObjectNode version, Kind kind) {
    ArrayNode columns = version.putArray("additionalPrinterColumns");
    for (Column column : kind.columns()) {
      ObjectNode node = columns.addObject();
      node.put("name", column.name());
      node.put("type", column.type());
      node.put("description", column.description());
      node.put("jsonPath", column.jsonPath());
      if (column.priority() > 0) {
        node.put("priority", column.priority());
      }
    }
    if (!kind.selectable().isEmpty()) {
      ArrayNode fields = version.putArray("selectableFields");
      kind.selectable().forEach(path -> fields.addObject().put("jsonPath", path));
    }
  }

  private static ObjectNode property(ObjectNode schema, String name) {
    return (ObjectNode) schema.get("properties").get(name);
  }

  /** The schema at a place as in {@link FieldRules#place}. */
  private static ObjectNode at(ObjectNode root, String place) {
    ObjectNode here = root;
    for (String step : place.isEmpty() ? new String[0] : place.split("\\.")) {
      String field = step.replaceAll("[\\[{].*", "");
      if (!here.path("properties").has(field)) {
        throw new IllegalStateException("no schema at " + place + ": " + field);
      }
      here = property(here, field);
      if (step.endsWith("[*]")) {
        here = (ObjectNode) here.get("items");
      } else if (step.endsWith("{*}")) {
        here = (ObjectNode) here.get("additionalProperties");
      }
    }
    return here;
  }

  /** Fields in alphabetical order, those of a schema's properties as well. */
  private static JsonNode ordered(JsonNode node) {
    if (node.isArray()) {
      ArrayNode array = JSON.createArrayNode();
      node.forEach(item -> array.add(ordered(item)));
      return array;
    }
    if (!node.isObject()) {
      return node;
    }
    ObjectNode object = JSON.createObjectNode();
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    names.stream().sorted().forEach(name -> object.set(name, ordered(node.get(name))));
    return object;
  }

  private static Kind leaf(
      Class<? extends HasMetadata> type,
      String description,
      List<? extends FieldRules<?, ?>> rules) {
    return new Kind(
        type,
        description,
        rules,
        List.of(
            ready(),
            new Column("CA", ".spec.rootCARef.name", "string", "The RootCA that signs", 0),
            new Column("Secret", ".status.secretName", "string", "Where the result is", 0),
            new Column("Expires", ".status.notAfter", "string", "End of its life", 0),
            age(),
            new Column("Renewal", ".status.renewalTime", "string", "When it will be renewed", 1),
            new Column("Serial", ".status.serialNumber", "string", "Serial number", 1),
            new Column(
                "Generation", ".status.caGeneration", "integer", "CA generation that signed", 1),
            reason()),
        List.of(".spec.rootCARef.name", ".spec.secretName"));
  }

  private static Column ready() {
    return new Column(
        "Ready", READY + ".status", "string", "Whether what the spec asks for is in service", 0);
  }

  private static Column reason() {
    return new Column("Reason", READY + ".reason", "string", "Why it is Ready or not", 1);
  }

  private static Column message() {
    return new Column("Message", READY + ".message", "string", "What to do about it", 1);
  }

  private static Column age() {
    return new Column(
        "Age", ".metadata.creationTimestamp", "date", "Time since the resource was made", 0);
  }
}
