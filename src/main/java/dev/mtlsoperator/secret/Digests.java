package dev.mtlsoperator.secret;

import dev.mtlsoperator.pki.encoding.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** SHA-256 digests of values and of the content of Secrets, as {@code sha256:<hex>}. */
public final class Digests {
  /** The prefix of a digest, which no base64 text has. */
  public static final String PREFIX = Sha256.PREFIX;

  /** More values than any Secret has that the operator writes or reads by its name. */
  private static final int MOST_VALUES = 200;

  /** Key of the digest of too many values; not a legal key in Kubernetes. */
  private static final String TOO_MANY = "too many values";

  private Digests() {}

  /** The digest of bytes. */
  public static String of(byte[] bytes) {
    return Sha256.text(bytes);
  }

  /** The digest of a text in UTF-8. */
  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The digest of one value of a Secret's {@code data}: base64, or in a cache already a digest. */
  public static String ofValue(String value) {
    return value.startsWith(PREFIX) ? value : of(Base64.getDecoder().decode(value));
  }

  /**
   * The digest of a Secret's type, keys and values; the same for a live Secret and for its redacted
   * copy.
   */
  public static String ofContent(String type, Map<String, String> data) {
    return of(type + '\n' + listed(bounded(data)));
  }

  /**
   * The values of a Secret, or one digest of all if there are too many: a digest of each could be
   * many times as large as the values.
   */
  public static Map<String, String> bounded(Map<String, String> data) {
    return data.size() > MOST_VALUES ? Map.of(TOO_MANY, of(listed(data))) : data;
  }

  /** Whether only a digest of all values is left. */
  public static boolean areBounded(Map<String, String> data) {
    return data.containsKey(TOO_MANY);
  }

  private static String listed(Map<String, String> data) {
    StringBuilder all = new StringBuilder();
    new TreeMap<>(data)
        .forEach((name, value) -> all.append(name).append('=').append(ofValue(value)).append('\n'));
    return all.toString();
  }
}
