package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.api.rules.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;

/**
 * What a structural schema says beside its rules, as the API server applies it: defaults, then
 * types, bounds, enumerations and unique entries of lists.
 */
final class CrdBounds {
  private static final Set<String> KEYWORDS =
      Set.of(
          "type",
          "description",
          "properties",
          "items",
          "additionalProperties",
          "required",
          "enum",
          "default",
          "minLength",
          "maxLength",
          "maxItems",
          "maxProperties",
          "x-kubernetes-list-type",
          "x-kubernetes-list-map-keys",
          "x-kubernetes-validations");

  /**
   * A bound that is broken.
   *
   * @param blocks whether the API server then looks at no rule at all
   */
  record Broken(Violation violation, boolean blocks) {}

  private final List<Broken> broken = new ArrayList<>();

  private CrdBounds() {}

  /** A copy without nulls and with the defaults. */
  static ObjectNode completed(JsonNode schema, ObjectNode resource) {
    ObjectNode copy = resource.deepCopy();
    complete(schema, copy);
    return copy;
  }

  /** What is broken in a completed resource. */
  static List<Broken> broken(JsonNode schema, JsonNode resource) {
    CrdBounds bounds = new CrdBounds();
    bounds.check(schema, "", resource);
    return bounds.broken;
  }

  private static void complete(JsonNode schema, JsonNode value) {
    JsonNode values = schema.path("additionalProperties");
    if (value instanceof ObjectNode object && values.isObject()) {
      object.properties().removeIf(entry -> entry.getValue().isNull());
    } else if (value instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
        String name = property.getKey();
        if (object.path(name).isNull()) {
          object.remove(name);
        }
        if (!object.has(name) && property.getValue().has("default")) {
          object.set(name, property.getValue().get("default").deepCopy());
        }
        if (object.has(name)) {
          complete(property.getValue(), object.get(name));
        }
      }
    } else {
      value.forEach(item -> complete(schema.path("items"), item));
    }
  }

  private void check(JsonNode schema, String path, JsonNode value) {
    schema
        .fieldNames()
        .forEachRemaining(
            keyword -> {
              if (!KEYWORDS.contains(keyword)) {
                throw new AssertionError(keyword + " is not checked here: " + path);
              }
            });
    String type = schema.get("type").asText();
    boolean fits =
        switch (type) {
          case "object" -> value.isObject();
          case "array" -> value.isArray();
          case "string" -> value.isTextual();
          case "boolean" -> value.isBoolean();
          case "integer" -> value.isIntegralNumber();
          default -> throw new AssertionError(type + " is not checked here: " + path);
        };
    if (!fits) {
      add(path, path + " in body must be of type " + type, true);
    }
    if (schema.has("enum") && !contains(schema.get("enum"), value)) {
      StringJoiner supported = new StringJoiner(", ");
      schema.get("enum").forEach(one -> supported.add(one.toString()));
      add(path, "Unsupported value: " + value + ": supported values: " + supported, true);
    }
    if (!fits) {
      return;
    }
    switch (type) {
      case "string" -> string(schema, path, value.textValue());
      case "array" -> array(schema, path, value);
      case "object" -> object(schema, path, value);
      default -> {
        // no bounds
      }
    }
  }

  private void string(JsonNode schema, String path, String value) {
    int length = value.codePointCount(0, value.length());
    if (schema.has("maxLength") && length > schema.get("maxLength").intValue()) {
      add(path, "Too long: may not be more than " + schema.get("maxLength") + " characters", true);
    }
    if (length < schema.path("minLength").intValue()) {
      add(path, "should be at least " + schema.get("minLength") + " chars long", false);
    }
  }

  private void array(JsonNode schema, String path, JsonNode value) {
    tooMany(schema, "maxItems", path, value);
    for (int i = 0; i < value.size(); i++) {
      check(schema.get("items"), path + "[" + i + "]", value.get(i));
    }
    String listType = schema.path("x-kubernetes-list-type").asText();
    if (listType.equals("set") || listType.equals("map")) {
      Set<JsonNode> seen = new HashSet<>();
      Set<JsonNode> said = new HashSet<>();
      for (int i = 0; i < value.size(); i++) {
        ObjectNode keys = ((ObjectNode) schema).objectNode();
        for (JsonNode key : schema.path("x-kubernetes-list-map-keys")) {
          keys.set(key.textValue(), value.get(i).path(key.textValue()));
        }
        JsonNode entry = listType.equals("set") ? value.get(i) : keys;
        if (!seen.add(entry) && said.add(entry)) {
          add(path + "[" + i + "]", "Duplicate value: " + quoted(entry), false);
        }
      }
    }
  }

  private void object(JsonNode schema, String path, JsonNode value) {
    for (JsonNode name : schema.path("required")) {
      if (!value.has(name.textValue())) {
        add(join(path, name.textValue()), "Required value", true);
      }
    }
    tooMany(schema, "maxProperties", path, value);
    JsonNode values = schema.path("additionalProperties");
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      if (values.isObject()) {
        check(values, join(path, entry.getKey()), entry.getValue());
      } else if (schema.path("properties").has(entry.getKey())) {
        check(
            schema.get("properties").get(entry.getKey()),
            join(path, entry.getKey()),
            entry.getValue());
      } else if (schema.has("properties")) {
        throw new AssertionError("a field that no schema names: " + join(path, entry.getKey()));
      }
    }
  }

  private void tooMany(JsonNode schema, String keyword, String path, JsonNode value) {
    if (schema.has(keyword) && value.size() > schema.get(keyword).intValue()) {
      add(
          path,
          "Too many: " + value.size() + ": must have at most " + schema.get(keyword) + " items",
          true);
    }
  }

  private void add(String path, String message, boolean blocks) {
    broken.add(new Broken(new Violation(path, message), blocks));
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode one : values) {
      if (one.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static String quoted(JsonNode entry) {
    // as Go prints a string
    return entry.isTextual() ? "\"" + entry.textValue() + "\"" : entry.toString();
  }

  private static String join(String path, String field) {
    return path.isEmpty() ? field : path + "." + field;
  }
}
