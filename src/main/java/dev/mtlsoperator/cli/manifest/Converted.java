package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mtlsoperator.api.rules.Violation;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A resource of a document, or why the document is none.
 *
 * @param resource with its defaults
 * @param wrong empty if there is a resource
 */
record Converted<T>(Optional<T> resource, List<Violation> wrong) {
  /** Knows no kinds: it is told the type of each document. */
  private static final KubernetesSerialization SERIALIZATION =
      new KubernetesSerialization(new ObjectMapper(), false);

  /**
   * Converts a document.
   *
   * @param unquoted how its numbers and booleans are written, by path; none: they are not repeated
   */
  static <T> Converted<T> of(
      ObjectNode document, KindSchema schema, Class<T> type, Map<String, String> unquoted) {
    ObjectNode completed = schema.completed(document);
    List<Violation> wrong = schema.check(completed, unquoted);
    if (!wrong.isEmpty()) {
      return new Converted<>(Optional.empty(), wrong);
    }
    try {
      return new Converted<>(Optional.of(SERIALIZATION.convertValue(completed, type)), List.of());
    } catch (IllegalArgumentException e) {
      // the schema accepts any integer and any owner; the reader's message could quote a value
      String what = "not a " + type.getSimpleName() + ": ";
      return new Converted<>(
          Optional.empty(),
          List.of(
              new Violation(
                  path(e), what + "a field is of the wrong type, or a number is out of range")));
    }
  }

  /** The resource, unless something is wrong. */
  static <T> Converted<T> unless(List<Violation> wrong, T resource) {
    return wrong.isEmpty()
        ? new Converted<>(Optional.of(resource), List.of())
        : new Converted<>(Optional.empty(), wrong);
  }

  /** What becomes of the resource, if there is one. */
  Converted<T> flatMap(Function<T, Converted<T>> next) {
    return resource.map(next).orElse(this);
  }

  private static String path(IllegalArgumentException refused) {
    String path = "";
    if (refused.getCause() instanceof JsonMappingException cause) {
      for (JsonMappingException.Reference reference : cause.getPath()) {
        path =
            reference.getFieldName() == null
                ? YamlDocument.entry(path, reference.getIndex())
                : YamlDocument.field(path, reference.getFieldName());
      }
    }
    return path;
  }
}
