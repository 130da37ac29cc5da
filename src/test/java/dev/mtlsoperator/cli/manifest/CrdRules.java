package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.rules.Violation;
import dev.mtlsoperator.cli.manifest.KubernetesCel.Expression;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a CRD file, found at every depth of its schema and evaluated as the API server does:
 * on a resource with its defaults, by place, each with its message and its field path. Nothing of
 * it comes from the rules in Java.
 */
final class CrdRules {
  private static final Set<String> RULE_KEYS =
      Set.of("rule", "message", "messageExpression", "fieldPath");
  private static final Set<String> RESERVED = Set.of("import", "namespace", "package", "in");

  /** What rules may read beside the spec. */
  private static final String OF_EVERY_RESOURCE =
      """
      apiVersion: {type: string}
      kind: {type: string}
      metadata: {type: object, properties: {name: {type: string}, generateName: {type: string}}}
      """;

  /**
   * A rule.
   *
   * @param id its place in the schema and its message
   * @param at the field that it blames, relative to its place; empty: none
   * @param says its message as an expression; null: always the same
   */
  record CelRule(
      String id, Expression holds, @Nullable Expression says, String message, String at) {
    boolean isTransition() {
      return holds.text().contains("oldSelf");
    }
  }

  /**
   * A rule that was evaluated.
   *
   * @param path of the field that it blames
   * @param message as a person sees it when it is broken
   */
  record Judged(CelRule rule, boolean holds, String path, String message) {
    Violation violation() {
      return new Violation(path, message);
    }
  }

  /** A part of the schema with its rules. */
  private record Node(
      JsonNode schema,
      List<CelRule> rules,
      Map<String, Node> properties,
      @Nullable Node items,
      @Nullable Node values) {}

  private final JsonNode schema;
  private final Node root;

  private CrdRules(JsonNode schema, Node root) {
    this.schema = schema;
    this.root = root;
  }

  /** Those of a kind, from {@code crds/}. */
  static CrdRules of(String kind) {
    Path file = Path.of("crds", kind.toLowerCase(Locale.ROOT) + "s." + Api.GROUP + ".yaml");
    try {
      ObjectNode schema =
          (ObjectNode)
              YamlDocuments.read(Files.readString(file))
                  .get(0)
                  .tree()
                  .at("/spec/versions/0/schema/openAPIV3Schema");
      ObjectNode properties = (ObjectNode) schema.get("properties");
      // a subresource: nobody writes it together with the spec
      if (properties.remove("status").findValue("x-kubernetes-validations") != null) {
        throw new AssertionError("rules of status are not evaluated here");
      }
      properties.setAll((ObjectNode) YamlDocuments.read(OF_EVERY_RESOURCE).get(0).tree());
      return new CrdRules(schema, node("", schema));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (YamlDocuments.Unreadable e) {
      throw new AssertionError(file + " cannot be read", e);
    }
  }

  /** The schema, without {@code status}. */
  JsonNode schema() {
    return schema;
  }

  /** All rules. */
  List<CelRule> all() {
    List<CelRule> all = new ArrayList<>();
    collect(root, all);
    return all;
  }

  /**
   * Evaluates all rules that apply.
   *
   * @param resource with its defaults
   * @param old what it was before; null: it is new, and no transition is judged
   */
  List<Judged> judge(JsonNode resource, @Nullable JsonNode old) {
    List<Judged> judged = new ArrayList<>();
    judge(root, "", resource, old, judged);
    return judged;
  }

  private void judge(
      Node node, String path, JsonNode value, @Nullable JsonNode old, List<Judged> judged) {
    for (CelRule rule : node.rules()) {
      if (!rule.isTransition()) {
        judged.add(judge(rule, path, Map.of("self", cel(node, value))));
      } else if (old != null) {
        judged.add(judge(rule, path, Map.of("self", cel(node, value), "oldSelf", cel(node, old))));
      }
    }
    node.properties()
        .forEach(
            (name, child) -> {
              if (value.has(name)) {
                judge(
                    child,
                    path.isEmpty() ? name : path + "." + name,
                    value.get(name),
                    old == null ? null : old.get(name),
                    judged);
              }
            });
    if (node.items() != null) {
      for (int i = 0; i < value.size(); i++) {
        // items of the lists here are not correlated with old ones
        judge(node.items(), path + "[" + i + "]", value.get(i), null, judged);
      }
    }
    if (node.values() != null) {
      for (Map.Entry<String, JsonNode> entry : value.properties()) {
        judge(
            node.values(),
            path + "[" + entry.getKey() + "]",
            entry.getValue(),
            old == null ? null : old.get(entry.getKey()),
            judged);
      }
    }
  }

  private static Judged judge(CelRule rule, String path, Map<String, Object> variables) {
    String blamed = path.isEmpty() ? rule.at().replaceFirst("^\\.", "") : path + rule.at();
    if ((boolean) rule.holds().value(variables)) {
      return new Judged(rule, true, blamed, "");
    }
    String said = rule.says() == null ? "" : ((String) rule.says().value(variables)).strip();
    // an expression that gives several lines or none is passed over
    String message = said.isEmpty() || said.contains("\n") ? rule.message() : said;
    return new Judged(rule, false, blamed, message);
  }

  private static Node node(String place, JsonNode schema) {
    Map<String, Node> properties = new TreeMap<>();
    schema
        .path("properties")
        .properties()
        .forEach(
            entry ->
                properties.put(
                    entry.getKey(),
                    node(
                        place.isEmpty() ? entry.getKey() : place + "." + entry.getKey(),
                        entry.getValue())));
    return new Node(
        schema,
        rules(place, schema),
        properties,
        schema.has("items") ? node(place + "[*]", schema.get("items")) : null,
        schema.path("additionalProperties").isObject()
            ? node(place + "{*}", schema.get("additionalProperties"))
            : null);
  }

  private static List<CelRule> rules(String place, JsonNode schema) {
    List<CelRule> rules = new ArrayList<>();
    for (JsonNode said : schema.path("x-kubernetes-validations")) {
      said.fieldNames()
          .forEachRemaining(
              key -> {
                if (!RULE_KEYS.contains(key)) {
                  throw new AssertionError(key + " of a rule is not evaluated here: " + said);
                }
              });
      CelType self = type(schema);
      String expression = said.path("messageExpression").asText();
      rules.add(
          new CelRule(
              place + ": " + said.get("message").asText(),
              KubernetesCel.compile(said.get("rule").asText(), self, SimpleType.BOOL),
              expression.isEmpty()
                  ? null
                  : KubernetesCel.compile(expression, self, SimpleType.STRING),
              said.get("message").asText(),
              said.path("fieldPath").asText()));
    }
    return rules;
  }

  private static CelType type(JsonNode schema) {
    return switch (schema.path("type").asText()) {
      case "string" -> SimpleType.STRING;
      case "integer" -> SimpleType.INT;
      case "boolean" -> SimpleType.BOOL;
      case "array" -> ListType.create(type(schema.get("items")));
      case "object" ->
          schema.path("additionalProperties").isObject()
              ? MapType.create(SimpleType.STRING, type(schema.get("additionalProperties")))
              : SimpleType.DYN;
      default -> throw new AssertionError("a type that is not known here: " + schema);
    };
  }

  /** A value as CEL sees it: of an object only what its schema names. */
  private static Object cel(Node node, JsonNode value) {
    if (value.isTextual()) {
      return value.textValue();
    } else if (value.isBoolean()) {
      return value.booleanValue();
    } else if (value.isIntegralNumber()) {
      return value.longValue();
    } else if (value instanceof ArrayNode array) {
      List<Object> items = new ArrayList<>();
      array.forEach(item -> items.add(cel(node.items(), item)));
      return items;
    } else if (value instanceof ObjectNode object) {
      Map<String, Object> fields = new TreeMap<>();
      object
          .properties()
          .forEach(
              entry -> {
                Node child = node.values();
                if (child != null) {
                  fields.put(entry.getKey(), cel(child, entry.getValue()));
                } else if (node.properties().containsKey(entry.getKey())) {
                  fields.put(
                      escaped(entry.getKey()),
                      cel(node.properties().get(entry.getKey()), entry.getValue()));
                }
              });
      return fields;
    }
    throw new AssertionError("a value that CEL does not get here: " + value);
  }

  private static String escaped(String field) {
    if (!field.matches("[A-Za-z][A-Za-z0-9]*")) {
      throw new AssertionError("a name of a field that is not escaped here: " + field);
    }
    return RESERVED.contains(field) ? "__" + field + "__" : field;
  }

  private static void collect(Node node, List<CelRule> all) {
    all.addAll(node.rules());
    node.properties().values().forEach(child -> collect(child, all));
    if (node.items() != null) {
      collect(node.items(), all);
    }
    if (node.values() != null) {
      collect(node.values(), all);
    }
  }
}
