package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

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

  /** The text is not YAML or exceeds a limit; the message quotes a word at most. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }
  }

  private int nodes;

  private YamlDocuments() {}

  /** The documents of a text; null for one that is empty or holds only comments. */
  static List<@Nullable JsonNode> read(String text) throws Unreadable {
    if (text.length() > MOST_CHARACTERS) {
      throw new Unreadable("not valid YAML: more than " + MOST_CHARACTERS + " characters");
    }
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MOST_CHARACTERS);
    options.setMaxAliasesForCollections(MOST_ALIASES);
    options.setNestingDepthLimit(DEEPEST);
    options.setAllowDuplicateKeys(false);
    options.setAllowRecursiveKeys(false);
    DumperOptions unused = new DumperOptions();
    Yaml yaml =
        new Yaml(
            new SafeConstructor(options),
            new Representer(unused),
            unused,
            options,
            new KubectlResolver());
    List<@Nullable JsonNode> documents = new ArrayList<>();
    YamlDocuments reader = new YamlDocuments();
    try {
      for (Object document : yaml.loadAll(text)) {
        documents.add(document == null ? null : reader.tree(document, 0));
      }
    } catch (MarkedYAMLException e) {
      // the library's message would quote the line, which may belong to a Secret
      String where =
          e.getProblemMark() == null
              ? ""
              : "line "
                  + (e.getProblemMark().getLine() + 1)
                  + ", column "
                  + (e.getProblemMark().getColumn() + 1)
                  + ": ";
      throw new Unreadable("not valid YAML: " + where + e.getProblem());
    } catch (YAMLException e) {
      throw new Unreadable("not valid YAML: " + e.getMessage());
    }
    return documents;
  }

  private JsonNode tree(@Nullable Object value, int depth) throws Unreadable {
    if (++nodes > MOST_NODES || depth > DEEPEST) {
      throw new Unreadable("not valid YAML: too many or too deeply nested values");
    }
    JsonNodeFactory json = JsonNodeFactory.instance;
    if (value == null) {
      return NullNode.getInstance();
    } else if (value instanceof Map<?, ?> map) {
      ObjectNode object = json.objectNode();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        object.set(String.valueOf(entry.getKey()), tree(entry.getValue(), depth + 1));
      }
      return object;
    } else if (value instanceof List<?> list) {
      ArrayNode array = json.arrayNode();
      for (Object item : list) {
        array.add(tree(item, depth + 1));
      }
      return array;
    } else if (value instanceof Boolean bool) {
      return json.booleanNode(bool);
    } else if (value instanceof Integer number) {
      return json.numberNode(number);
    } else if (value instanceof Long number) {
      return json.numberNode(number);
    } else if (value instanceof BigInteger number) {
      return json.numberNode(number);
    } else if (value instanceof Double number) {
      return json.numberNode(number);
    } else if (value instanceof String text) {
      return json.textNode(text);
    }
    throw new Unreadable("not valid YAML: a value that JSON cannot hold");
  }

  /** Resolves plain scalars as the YAML library of kubectl does. */
  private static final class KubectlResolver extends Resolver {
    private static final Pattern INTEGER =
        Pattern.compile("[-+]?(0|[1-9][0-9_]*|0o?[0-7_]+|0b[01_]+|0x[0-9a-fA-F_]+)");
    private static final Pattern DECIMAL =
        Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

    @Override
    protected void addImplicitResolvers() {
      addImplicitResolver(Tag.BOOL, BOOL, "yYnNtTfFoO");
      addImplicitResolver(Tag.INT, INTEGER, "-+0123456789");
      addImplicitResolver(Tag.FLOAT, DECIMAL, "-+0123456789.");
      addImplicitResolver(Tag.MERGE, MERGE, "<");
      addImplicitResolver(Tag.NULL, NULL, "~nN\0");
      addImplicitResolver(Tag.NULL, EMPTY, null);
    }
  }
}
