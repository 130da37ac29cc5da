package dev.mtlsoperator.api.rules;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mtlsoperator.api.Api;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The reference of the API, written from the CRDs. */
final class ApiReference {
  private ApiReference() {}

  static String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("<!-- written from the CRDs: do not edit -->\n")
        .append("# API reference: ")
        .append(Api.GROUP + "/" + Api.VERSION)
        .append(
            "\n\nAll kinds are namespaced. A `*` marks what is required; `[]` stands for each entry of a list, `{}` for each value of a map. The API server checks all of this at `kubectl apply`.\n");
    for (CustomResourceDefinitions.Kind kind : CustomResourceDefinitions.KINDS) {
      append(text, kind);
    }
    return text.toString();
  }

  private static void append(StringBuilder text, CustomResourceDefinitions.Kind kind) {
    JsonNode crd = CustomResourceDefinitions.definition(kind);
    JsonNode schema = crd.at("/spec/versions/0/schema/openAPIV3Schema");
    text.append("\n## ")
        .append(kind.name())
        .append("\n\n")
        .append(cell(kind.description()))
        .append("\n\n`kubectl get ")
        .append(crd.at("/spec/names/shortNames/0").asText())
        .append("`; `kubectl get ")
        .append(Api.CATEGORY)
        .append("` lists all kinds.\n");
    for (String half : List.of("spec", "status")) {
      text.append("\n### ")
          .append(kind.name())
          .append(" `")
          .append(half)
          .append("`\n\n| field | type | default | bounds | meaning |\n|---|---|---|---|---|\n");
      fields(text, "", schema.get("properties").get(half));
    }
    Map<String, List<String>> rules = new LinkedHashMap<>();
    CustomResourceDefinitions.walk(
        "",
        schema,
        (path, node) ->
            node.path("x-kubernetes-validations")
                .forEach(
                    rule -> {
                      String at = (path + rule.path("fieldPath").asText()).replaceFirst("^[.]", "");
                      String quoted = rule.has("messageExpression") ? "'…' " : "";
                      rules
                          .computeIfAbsent(
                              quoted + cell(rule.path("message").asText()),
                              message -> new ArrayList<>())
                          .add(at.isEmpty() ? "`metadata.name`" : "`" + at + "`");
                    }));
    text.append("\n### Rules of a ")
        .append(kind.name())
        .append("\n\n| message | refused at |\n|---|---|\n");
    rules.forEach(
        (message, places) ->
            text.append("| ")
                .append(message)
                .append(" | ")
                .append(String.join(", ", places))
                .append(" |\n"));
  }

  private static void fields(StringBuilder text, String prefix, JsonNode object) {
    List<String> required = new ArrayList<>();
    object.path("required").forEach(name -> required.add(name.asText()));
    object
        .path("properties")
        .properties()
        .forEach(
            entry -> {
              String path = prefix + entry.getKey();
              JsonNode node = entry.getValue();
              JsonNode element =
                  node.has("items")
                      ? node.get("items")
                      : node.path("additionalProperties").isObject()
                          ? node.get("additionalProperties")
                          : node;
              text.append("| `")
                  .append(path)
                  .append(required.contains(entry.getKey()) ? "`\\*" : "`")
                  .append(" | ")
                  .append(type(node))
                  .append(" | ")
                  .append(value(node.path("default")))
                  .append(" | ")
                  .append(bounds(node, element))
                  .append(" | ")
                  .append(cell(node.path("description").asText()))
                  .append(" |\n");
              fields(text, path + (node.has("items") ? "[]." : "."), element);
            });
  }

  private static String type(JsonNode node) {
    if (node.has("items")) {
      return "list of " + type(node.get("items"));
    }
    if (node.path("additionalProperties").isObject()) {
      return "map of " + type(node.get("additionalProperties"));
    }
    if (node.has("enum")) {
      List<String> values = new ArrayList<>();
      node.get("enum").forEach(value -> values.add("`" + value.asText() + "`"));
      return String.join(", ", values);
    }
    return node.path("type").asText();
  }

  private static String bounds(JsonNode node, JsonNode element) {
    List<String> bounds = new ArrayList<>();
    if (node.has("maxItems")) {
      bounds.add("at most " + node.get("maxItems").asInt() + " entries");
    }
    if (node.path("x-kubernetes-list-type").asText().equals("set")) {
      bounds.add("none twice");
    }
    if (node.has("maxProperties")) {
      bounds.add("at most " + node.get("maxProperties").asInt() + " entries");
    }
    if (element.has("maxLength")) {
      bounds.add(
          element.path("minLength").asInt(0)
              + " to "
              + element.get("maxLength").asInt()
              + " characters");
    }
    return String.join(", ", bounds);
  }

  private static String value(JsonNode value) {
    return value.isMissingNode()
        ? ""
        : "`" + (value.isTextual() ? value.asText() : value.toString()) + "`";
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;");
  }
}
