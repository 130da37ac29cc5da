package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/**
 * One document of a YAML text.
 *
 * @param tree its values as JSON
 * @param unquoted how the numbers and booleans in it are written, by path such as {@code
 *     spec.subject.countries[0]}: {@code NO} is {@code false} in YAML 1.1
 */
record YamlDocument(JsonNode tree, Map<String, String> unquoted) {
  /** A longer one names no field of ours. */
  static final int LONGEST_PATH = 1_000;

  YamlDocument {
    unquoted = Map.copyOf(unquoted);
  }

  /** The path of a field of an object; one that is too long does not grow. */
  static String field(String path, String name) {
    if (path.length() > LONGEST_PATH) {
      return path;
    }
    return path.isEmpty() ? name : path + "." + name;
  }

  /** The path of an entry of a list; one that is too long does not grow. */
  static String entry(String path, int index) {
    return path.length() > LONGEST_PATH ? path : path + "[" + index + "]";
  }
}
