package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.representer.Representer;

/**
 * Parses YAML, and thus JSON, as {@code kubectl} does (YAML 1.1 booleans, no dates). Size, depth,
 * aliases and nodes are limited, so that a malicious text cannot exhaust memory.
 */
final class YamlDocuments {
  /** The API server limits a request to 3 MiB. */
  private static final int MOST_CHARACTERS = 3 << 20;

  private static final int MOST_ALIASES = 50;
  private static final int DEEPEST = 40;
  private static final int MOST_NODES = 200_000;

  /** The text is not YAML or exceeds a limit; the message quotes names of fields, no values. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }
  }

  private final Map<String, String> unquoted = new HashMap<>();
  private int nodes;

  private YamlDocuments() {}

  /** The documents of a text; null for one that is empty or holds only comments. */
  static List<@Nullable YamlDocument> read(String text) throws Unreadable {
    if (text.length() > MOST_CHARACTERS) {
      throw new Unreadable("not valid YAML: more than " + MOST_CHARACTERS + " characters");
    }
    List<@Nullable YamlDocument> documents = new ArrayList<>();
    YamlDocuments reader = new YamlDocuments();
    try {
      for (Object document : parser().loadAll(text)) {
        documents.add(document == null ? null : reader.document(document));
      }
    } catch (MarkedYAMLException e) {
      // the library's message would quote the line, which may belong to a Secret
      throw new Unreadable("not valid YAML: " + where(e.getProblemMark()) + e.getProblem());
    } catch (ReaderException e) {
      throw new Unreadable(
          "not valid YAML: character %d is U+%04X, which YAML does not allow: save the file as UTF-8 text"
              .formatted(e.getPosition() + 1, e.getCodePoint()));
    } catch (YAMLException e) {
      throw new Unreadable("not valid YAML: " + e.getMessage());
    }
    return documents;
  }

  private static Yaml parser() {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MOST_CHARACTERS);
    options.setMaxAliasesForCollections(MOST_ALIASES);
    options.setNestingDepthLimit(DEEPEST);
    options.setAllowDuplicateKeys(false);
    options.setAllowRecursiveKeys(false);
    DumperOptions unused = new DumperOptions();
    return new Yaml(
        new KubectlYaml(options),
        new Representer(unused),
        unused,
        options,
        new KubectlYaml.Types());
  }

  private static String where(@Nullable Mark mark) {
    return mark == null
        ? ""
        : "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ": ";
  }

  private YamlDocument document(Object value) throws Unreadable {
    unquoted.clear();
    return new YamlDocument(tree(value, "", 0), unquoted);
  }

  private JsonNode tree(@Nullable Object value, String path, int depth) throws Unreadable {
    if (++nodes > MOST_NODES || depth > DEEPEST) {
      throw new Unreadable("not valid YAML: too many or too deeply nested values");
    }
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (value == null) {
      return NullNode.getInstance();
    } else if (value instanceof Map<?, ?> map) {
      return object(map, path, depth);
    } else if (value instanceof List<?> list) {
      ArrayNode array = json.arrayNode();
      for (Object item : list) {
        array.add(tree(item, YamlDocument.entry(path, array.size()), depth + 1));
      }
      return array;
    } else if (value instanceof KubectlYaml.Scalar scalar) {
      if (path.length() <= YamlDocument.LONGEST_PATH) {
        unquoted.put(path, scalar.text());
      }
      return scalar.value();
    } else if (value instanceof String text) {
      return json.textNode(text);
    }
    throw new Unreadable("not valid YAML: " + at(path) + "a value that JSON cannot hold");
  }

  private ObjectNode object(Map<?, ?> map, String path, int depth) throws Unreadable {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = name(entry.getKey());
      if (object.has(name)) {
        throw new Unreadable("not valid YAML: " + at(path) + "found duplicate key " + name);
      }
      object.set(name, tree(entry.getValue(), YamlDocument.field(path, name), depth + 1));
    }
    return object;
  }

  private static String name(@Nullable Object key) throws Unreadable {
    if (key instanceof KubectlYaml.Scalar scalar) {
      return scalar.value().asText();
    } else if (key instanceof String text) {
      return text;
    }
    // merged into the map, or else it would have been refused before
    throw new Unreadable("not valid YAML: the name of a field must be text");
  }

  private static String at(String path) {
    return path.isEmpty() || path.length() > YamlDocument.LONGEST_PATH ? "" : path + ": ";
  }
}
