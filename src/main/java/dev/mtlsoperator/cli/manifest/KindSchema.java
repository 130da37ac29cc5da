package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonNodePath;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.rules.Violation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Validates a resource against the schema of its CRD as the API server does: nulls are pruned and
 * defaults set, then types, bounds and enumerations are checked. Unknown fields are rejected, as
 * with kubectl's strict field validation.
 */
final class KindSchema {
  private static final Set<String> VALIDATED =
      Set.of(
          "type",
          "required",
          "enum",
          "minLength",
          "maxLength",
          "minItems",
          "maxItems",
          "maxProperties",
          "minimum",
          "maximum",
          "items");

  private static final String METADATA =
      """
      {type: object, required: [name], properties: {
        name: {type: string}, namespace: {type: string}, generateName: {type: string},
        labels: {type: object, additionalProperties: {type: string}},
        annotations: {type: object, additionalProperties: {type: string}},
        finalizers: {type: array, items: {type: string}},
        ownerReferences: {type: array, items: {type: object}},
        managedFields: {type: array, items: {type: object}},
        uid: {type: string}, resourceVersion: {type: string}, selfLink: {type: string},
        generation: {type: integer}, creationTimestamp: {type: string},
        deletionTimestamp: {type: string}, deletionGracePeriodSeconds: {type: integer}}}
      """;

  private static final String TEXTS = "{type: object, additionalProperties: {type: string}}";

  private final JsonNode schema;
  private final JsonSchema validator;

  private KindSchema(ObjectNode schema) throws YamlDocuments.Unreadable {
    ObjectNode properties = (ObjectNode) schema.get("properties");
    properties.set("metadata", tree(METADATA));
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    this.schema = schema;
    this.validator =
        JsonSchemaFactory.getInstance(VersionFlag.V202012)
            .getSchema(
                strict(schema), SchemaValidatorsConfig.builder().locale(Locale.ROOT).build());
  }

  private static JsonNode tree(String yaml) throws YamlDocuments.Unreadable {
    return Objects.requireNonNull(YamlDocuments.read(yaml).get(0)).tree();
  }

  /** The schema of a CRD in the class path. */
  static KindSchema of(String plural) {
    String file = "/crds/" + plural + "." + Api.GROUP + ".yaml";
    try (InputStream in = KindSchema.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + " is not in the class path");
      }
      JsonNode crd = tree(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      ObjectNode schema = crd.at("/spec/versions/0/schema/openAPIV3Schema").deepCopy();
      ((ObjectNode) schema.get("properties")).remove("status");
      return new KindSchema(schema);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (YamlDocuments.Unreadable e) {
      throw new IllegalStateException(file + " cannot be read", e);
    }
  }

  /** The schema of a Secret. */
  static KindSchema secret() {
    return core("data: %1$s, stringData: %1$s, type: {type: string}".formatted(TEXTS));
  }

  /** The schema of a ConfigMap. */
  static KindSchema configMap() {
    return core("data: %1$s, binaryData: %1$s".formatted(TEXTS));
  }

  private static KindSchema core(String fields) {
    try {
      return new KindSchema(
          (ObjectNode)
              tree("{type: object, properties: {immutable: {type: boolean}, " + fields + "}}"));
    } catch (YamlDocuments.Unreadable e) {
      throw new IllegalStateException("a schema cannot be read: " + fields, e);
    }
  }

  /** The resource with nulls pruned and defaults set; {@code status} is dropped. */
  ObjectNode completed(ObjectNode resource) {
    ObjectNode copy = resource.deepCopy();
    copy.remove("status");
    complete(copy, schema);
    return copy;
  }

  /**
   * The violations of a {@link #completed} resource, with the messages of the API server.
   *
   * @param unquoted how its numbers and booleans are written, by path; none: they are not repeated
   */
  List<Violation> check(ObjectNode resource, Map<String, String> unquoted) {
    List<Violation> found = new ArrayList<>();
    for (ValidationMessage message : validator.validate(resource)) {
      found.add(violation(message, unquoted));
    }
    return found;
  }

  private static void complete(JsonNode node, JsonNode schema) {
    if (node instanceof ObjectNode object) {
      Iterator<JsonNode> values = object.iterator();
      while (values.hasNext()) {
        if (values.next().isNull()) {
          values.remove();
        }
      }
      for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
        if (!object.has(property.getKey()) && property.getValue().has("default")) {
          object.set(property.getKey(), property.getValue().get("default").deepCopy());
        }
        if (object.has(property.getKey())) {
          complete(object.get(property.getKey()), property.getValue());
        }
      }
    } else if (node instanceof ArrayNode array) {
      array.forEach(item -> complete(item, schema.path("items")));
    }
  }

  /** The part of a schema that is validated here; objects accept no additional properties. */
  private static ObjectNode strict(JsonNode schema) {
    ObjectNode strict = ((ObjectNode) schema).objectNode();
    schema
        .properties()
        .forEach(
            entry -> {
              if (VALIDATED.contains(entry.getKey())) {
                strict.set(
                    entry.getKey(),
                    entry.getKey().equals("items")
                        ? strict(entry.getValue())
                        : entry.getValue().deepCopy());
              }
            });
    if (schema.has("properties")) {
      ObjectNode properties = strict.putObject("properties");
      schema
          .get("properties")
          .properties()
          .forEach(entry -> properties.set(entry.getKey(), strict(entry.getValue())));
      strict.put("additionalProperties", false);
    } else if (schema.path("additionalProperties").isObject()) {
      strict.set("additionalProperties", strict(schema.get("additionalProperties")));
    }
    return strict;
  }

  private static Violation violation(ValidationMessage message, Map<String, String> unquoted) {
    String path = path(message.getInstanceLocation());
    Object[] arguments = message.getArguments();
    String property = message.getProperty();
    return switch (message.getType()) {
      case "required" -> new Violation(YamlDocument.field(path, property), "Required value");
      case "additionalProperties" -> {
        String unknown = YamlDocument.field(path, property);
        yield new Violation(unknown, "unknown field \"" + unknown + "\"");
      }
      case "type" ->
          new Violation(
              path,
              WrongType.message(
                  path,
                  message.getSchemaNode().asText(),
                  message.getInstanceNode(),
                  unquoted.get(path)));
      case "enum" ->
          new Violation(
              path,
              "Unsupported value: "
                  + message.getInstanceNode()
                  + ": supported values: "
                  + supported(message.getSchemaNode()));
      case "maxLength" ->
          new Violation(path, "Too long: may not be more than " + arguments[0] + " characters");
      case "minLength" -> new Violation(path, "should be at least " + arguments[0] + " chars long");
      case "maxItems", "maxProperties" ->
          new Violation(
              path,
              "Too many: "
                  + message.getInstanceNode().size()
                  + ": must have at most "
                  + arguments[0]
                  + " items");
      default -> new Violation(path, message.getMessage());
    };
  }

  private static String supported(JsonNode values) {
    StringJoiner list = new StringJoiner(", ");
    values.forEach(value -> list.add(value.toString()));
    return list.toString();
  }

  /** A path as Kubernetes writes it, such as {@code spec.dnsNames[0]}. */
  private static String path(JsonNodePath location) {
    String path = "";
    for (int i = 0; i < location.getNameCount(); i++) {
      Object element = location.getElement(i);
      path =
          element instanceof Integer index
              ? YamlDocument.entry(path, index)
              : YamlDocument.field(path, element.toString());
    }
    return path;
  }
}
