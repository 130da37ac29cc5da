package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts for the fields of the API, from {@code corpus/samples.yaml}. */
final class Samples {
  private static final Path FILE = Path.of("src", "test", "resources", "corpus", "samples.yaml");
  private static final Pattern REPEATED = Pattern.compile("\\$\\{([0-9]+)\\*([^}]+)}");
  private static final Map<String, List<String>> BY_FIELD = read();

  /** Keys of labels and annotations. */
  static final List<String> KEYS = BY_FIELD.get("keysOfMaps");

  /** Names that the API server lets a resource have. */
  static final List<String> RESOURCES = BY_FIELD.get("namesOfResources");

  /** What is put into others to make them invalid, or look so. */
  static final List<String> ODD = BY_FIELD.get("odd");

  /** Of every field. */
  static final List<String> ALL =
      BY_FIELD.values().stream().flatMap(List::stream).distinct().toList();

  private Samples() {}

  /** For a field by its name; subjects and common names have no entry of their own. */
  static List<String> of(String field) {
    return BY_FIELD.getOrDefault(field, BY_FIELD.get("text"));
  }

  private static Map<String, List<String>> read() {
    try {
      Map<String, List<String>> read = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry :
          YamlDocuments.read(Files.readString(FILE)).get(0).tree().properties()) {
        List<String> texts = new ArrayList<>();
        entry.getValue().forEach(text -> texts.add(expanded(text.textValue())));
        read.put(entry.getKey(), List.copyOf(texts));
      }
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (YamlDocuments.Unreadable e) {
      throw new AssertionError(FILE + " cannot be read", e);
    }
  }

  private static String expanded(String text) {
    return REPEATED
        .matcher(text)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(match.group(2).repeat(Integer.parseInt(match.group(1)))));
  }
}
