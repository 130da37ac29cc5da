package dev.mtlsoperator.api.rules;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The API server's rules for the name, namespace, labels and annotations of every object. */
public final class MetadataRules {
  private static final Pattern SUBDOMAIN = Pattern.compile(Formats.SUBDOMAIN);
  private static final Pattern LABEL = Pattern.compile(Formats.LABEL);
  private static final Pattern QUALIFIED_NAME = Pattern.compile(Formats.QUALIFIED_NAME);
  private static final Pattern LABEL_VALUE = Pattern.compile(Formats.LABEL_VALUE);
  private static final int LONGEST_NAME = 253;
  private static final int LONGEST_LABEL = 63;
  private static final int MOST_ANNOTATION_CHARACTERS = 256 << 10;

  private MetadataRules() {}

  /** The violations; empty: the metadata is valid. */
  public static List<Violation> of(@Nullable ObjectMeta metadata) {
    List<Violation> found = new ArrayList<>();
    if (metadata == null || metadata.getName() == null || metadata.getName().isEmpty()) {
      found.add(new Violation("metadata.name", "Required value: name or generateName is required"));
      return found;
    }
    name(found, metadata.getName());
    namespace(found, metadata.getNamespace());
    keys(found, "metadata.labels", metadata.getLabels());
    keys(found, "metadata.annotations", metadata.getAnnotations());
    labelValues(found, metadata.getLabels());
    annotationSize(found, metadata.getAnnotations());
    return found;
  }

  private static void name(List<Violation> found, String name) {
    if (name.length() > LONGEST_NAME || !SUBDOMAIN.matcher(name).matches()) {
      found.add(
          new Violation(
              "metadata.name",
              "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character; at most 253 characters"));
    }
  }

  private static void namespace(List<Violation> found, @Nullable String namespace) {
    if (namespace != null
        && !namespace.isEmpty()
        && (namespace.length() > LONGEST_LABEL || !LABEL.matcher(namespace).matches())) {
      found.add(
          new Violation(
              "metadata.namespace",
              "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character; at most 63 characters"));
    }
  }

  private static void labelValues(List<Violation> found, @Nullable Map<String, String> labels) {
    if (labels != null
        && labels.values().stream()
            .anyMatch(v -> v.length() > LONGEST_LABEL || !LABEL_VALUE.matcher(v).matches())) {
      found.add(
          new Violation(
              "metadata.labels",
              "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character; at most 63 characters"));
    }
  }

  private static void annotationSize(
      List<Violation> found, @Nullable Map<String, String> annotations) {
    if (annotations != null
        && annotations.entrySet().stream()
                .mapToLong(entry -> entry.getKey().length() + entry.getValue().length())
                .sum()
            > MOST_ANNOTATION_CHARACTERS) {
      found.add(
          new Violation(
              "metadata.annotations",
              "Too long: may not be more than " + MOST_ANNOTATION_CHARACTERS + " characters"));
    }
  }

  private static void keys(
      List<Violation> found, String path, @Nullable Map<String, String> entries) {
    if (entries != null
        && entries.keySet().stream().anyMatch(key -> !QUALIFIED_NAME.matcher(key).matches())) {
      found.add(
          new Violation(
              path,
              "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"));
    }
  }
}
