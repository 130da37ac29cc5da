package dev.mtlsoperator.pki.name;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;

/**
 * Reads distinguished names in the string form of RFC 4514: attribute types by name or OID, one
 * attribute per RDN, no {@code #hex} values.
 */
final class Rfc4514 {
  /**
   * One RDN of RFC 4514 section 3: type, value with its escapes, and what ends it. Spaces may
   * follow a comma, as people and {@code openssl x509 -nameopt oneline} write it.
   */
  private static final Pattern RELATIVE =
      Pattern.compile(
          "([A-Za-z][A-Za-z0-9-]*+|[0-9]++(?:\\.[0-9]++)++)=((?:[^,+\"\\\\;<>\\p{Cntrl}]++|\\\\[ \"#+,;<=>\\\\]|\\\\[0-9A-Fa-f]{2})*+)(, *|\\+|\\z)");

  /** More has never been seen in a certificate. */
  private static final int MOST_ATTRIBUTES = 40;

  private static final int LONGEST_TEXT = 4096;

  private Rfc4514() {}

  /**
   * The attributes in the order of the string, which starts with the last RDN of the encoding
   * (section 2.1).
   *
   * @throws PkiException if the text is not such a name; the message says where
   */
  static List<AttributeTypeAndValue> parse(String text) {
    require(
        text.length() <= LONGEST_TEXT,
        "the subject has " + text.length() + " characters, at most " + LONGEST_TEXT + " are read");
    List<AttributeTypeAndValue> attributes = new ArrayList<>();
    Matcher m = RELATIVE.matcher(text);
    int at = 0;
    boolean more = true;
    while (more) {
      requireRelative(m.region(at, text.length()).lookingAt(), text, at);
      require(
          !m.group(3).equals("+"),
          "'" + text + "' has an RDN of several attributes (+): only single ones are supported");
      attributes.add(AttributeType.attribute(m.group(1), value(m.group(2))));
      more = m.group(3).startsWith(",");
      at = m.end();
    }
    require(
        attributes.size() <= MOST_ATTRIBUTES,
        "the subject has "
            + attributes.size()
            + " attributes, at most "
            + MOST_ATTRIBUTES
            + " are read");
    return attributes;
  }

  private static void requireRelative(boolean found, String text, int at) {
    if (!found) {
      throw new PkiException(
          "'"
              + text
              + "' is not a distinguished name: from '"
              + text.substring(at)
              + "' on, TYPE=value is expected, separated by commas, special characters escaped by \\ (RFC 4514)");
    }
  }

  private static String value(String escaped) {
    require(
        !escaped.startsWith("#"),
        "the subject holds '" + escaped + "': #hex values are not supported");
    require(
        !escaped.startsWith(" ") && (!escaped.endsWith(" ") || escaped.endsWith("\\ ")),
        "the subject holds '"
            + escaped
            + "': a space at the start or end of a value is written '\\ '");
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(withoutEscapes(escaped)))
          .toString();
    } catch (CharacterCodingException e) {
      throw new PkiException("the subject holds '" + escaped + "', which is not UTF-8", e);
    }
  }

  private static byte[] withoutEscapes(String escaped) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] raw = escaped.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < raw.length; i++) {
      if (raw[i] != '\\') {
        bytes.write(raw[i]);
      } else if (Character.digit(raw[i + 1], 16) >= 0) {
        bytes.write(Character.digit(raw[i + 1], 16) << 4 | Character.digit(raw[i + 2], 16));
        i += 2;
      } else {
        bytes.write(raw[i + 1]);
        i++;
      }
    }
    return bytes.toByteArray();
  }
}
