package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/** Says what to write instead of a value of another type than its field has. */
final class WrongType {
  private static final int LONGEST_QUOTED = 40;

  private WrongType() {}

  /**
   * The message of the API server, and what to write.
   *
   * @param wanted the type in the schema
   * @param unquoted how a number or boolean is written; null: it must not be repeated
   */
  static String message(String path, String wanted, JsonNode found, @Nullable String unquoted) {
    return (path.isEmpty() ? "the document" : path)
        + " in body must be of type "
        + wanted
        + ": "
        + remedy(wanted, found, unquoted);
  }

  private static String remedy(String wanted, JsonNode found, @Nullable String unquoted) {
    return switch (wanted) {
      case "string" -> text(found, unquoted);
      case "array" ->
          found.isObject()
              ? "write a list, each entry with '- ' before it"
              : "write a list, such as [a, b]";
      case "object" ->
          found.isArray()
              ? "write fields (name: value) without '- ' before them"
              : "write fields (name: value) below it";
      case "boolean" -> "write true or false, without quotes";
      default -> "write a number, without quotes";
    };
  }

  private static String text(JsonNode found, @Nullable String unquoted) {
    if (found.isNull()) {
      return "the entry is empty: write text, or remove it";
    }
    if (found.isContainerNode()) {
      return "write text, and not a " + (found.isArray() ? "list" : "map");
    }
    if (unquoted == null || !unquoted.matches("[\\x20-\\x7E]{1," + LONGEST_QUOTED + "}")) {
      return "write it in quotes";
    }
    return "without quotes, "
        + unquoted
        + " is the "
        + (found.isBoolean() ? "boolean " : "number ")
        + found.asText()
        + " in YAML: write '"
        + unquoted
        + "'";
  }
}
