package dev.mtlsoperator.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.constructor.AbstractConstruct;
import org.yaml.snakeyaml.constructor.ConstructorException;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Makes values of YAML as the library of {@code kubectl} does (YAML 1.1 booleans and octal numbers,
 * no dates), and says where one cannot be made.
 */
final class KubectlYaml extends SafeConstructor {
  /** No 64-bit number is longer in any base; a longer one is a floating-point number. */
  private static final int LONGEST_INTEGER = 66;

  /**
   * A number or boolean.
   *
   * @param text as it is written
   */
  record Scalar(JsonNode value, String text) {}

  /** A value that does not fit its tag. */
  private static final class Misfit extends ConstructorException {
    private static final long serialVersionUID = 1L;

    Misfit(String problem, Mark where) {
      super(null, null, problem, where);
    }
  }

  KubectlYaml(LoaderOptions options) {
    super(options);
    scalar(Tag.BOOL, KubectlYaml::bool);
    scalar(Tag.INT, KubectlYaml::integer);
    scalar(Tag.FLOAT, KubectlYaml::decimal);
    scalar(Tag.TIMESTAMP, text -> text);
    scalar(Tag.BINARY, KubectlYaml::binary);
  }

  /** Makes a value of the text of a scalar; null, or an exception, if it does not fit. */
  private interface Making {
    @Nullable Object make(String text) throws CharacterCodingException;
  }

  private void scalar(Tag tag, Making making) {
    yamlConstructors.put(
        tag,
        new AbstractConstruct() {
          @Override
          public Object construct(Node node) {
            try {
              Object made = making.make(((ScalarNode) node).getValue());
              if (made != null) {
                return made;
              }
            } catch (CharacterCodingException | IllegalArgumentException e) {
              // the message would quote the value, which may belong to a Secret
            }
            throw misfit(node);
          }
        });
  }

  private static Misfit misfit(Node node) {
    String type = node.getTag().getValue().replaceFirst(".*:", "");
    return new Misfit(
        "this is no value of type " + type + ": write text in quotes", node.getStartMark());
  }

  @Override
  protected Object constructObject(Node node) {
    try {
      return super.constructObject(node);
    } catch (ClassCastException e) {
      // such as a list with the tag of a map
      throw misfit(node);
    }
  }

  @Override
  protected void constructMapping2ndStep(MappingNode node, Map<Object, Object> mapping) {
    for (NodeTuple tuple : node.getValue()) {
      Node key = tuple.getKeyNode();
      if (!(key instanceof ScalarNode) || key.getTag().equals(Tag.NULL)) {
        throw new Misfit(
            "the name of a field must be text; a template, such as {{ .Values.name }}, must be rendered first",
            key.getStartMark());
      }
    }
    super.constructMapping2ndStep(node, mapping);
  }

  private static @Nullable Scalar bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "y", "yes", "true", "on" -> new Scalar(BooleanNode.TRUE, text);
      case "n", "no", "false", "off" -> new Scalar(BooleanNode.FALSE, text);
      default -> null;
    };
  }

  private static @Nullable Scalar integer(String text) {
    String digits = text.replace("_", "");
    boolean negative = digits.startsWith("-");
    digits = digits.replaceFirst("^[-+]", "");
    if (digits.length() > LONGEST_INTEGER) {
      return decimal(text);
    }
    int base = 10;
    if (digits.length() > 1 && digits.startsWith("0")) {
      char mark = digits.charAt(1);
      base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
      digits = digits.substring(Character.isDigit(mark) ? 1 : 2);
    }
    if (digits.startsWith("-") || digits.startsWith("+")) {
      return null;
    }
    BigInteger value = new BigInteger(digits, base);
    value = negative ? value.negate() : value;
    JsonNodeFactory json = JsonNodeFactory.instance;
    JsonNode node =
        value.bitLength() < Integer.SIZE
            ? json.numberNode(value.intValueExact())
            : value.bitLength() < Long.SIZE
                ? json.numberNode(value.longValueExact())
                : json.numberNode(value);
    return new Scalar(node, text);
  }

  private static @Nullable Scalar decimal(String text) {
    double value = Double.parseDouble(text.replace("_", ""));
    return Double.isFinite(value)
        ? new Scalar(JsonNodeFactory.instance.numberNode(value), text)
        : null;
  }

  private static String binary(String base64) throws CharacterCodingException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(Base64.getDecoder().decode(base64.replaceAll("\\s", ""))))
        .toString();
  }

  /** Tells the type of an unquoted scalar. */
  static final class Types extends Resolver {
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
