package dev.mtlsoperator.secret;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** SHA-256 digests as {@code sha256:<hex>}. */
public final class Digests {
  /** What a digest starts with; no base64 text has a colon. */
  public static final String PREFIX = "sha256:";

  /** No Secret that is written or read by name here has as many. */
  private static final int MOST_VALUES = 200;

  /** Key of the digest of too many values; no legal one. */
  private static final String TOO_MANY = "too many values";

  private Digests() {}

  /** Of bytes. */
  public static String of(byte[] bytes) {
    return PREFIX + HexFormat.of().formatHex(sha256().digest(bytes));
  }

  /** Of a text in UTF-8. */
  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Of one value of a Secret's {@code data}, be it base64 or, in a cache, its digest already. */
  public static String ofValue(String value) {
    return value.startsWith(PREFIX) ? value : of(Base64.getDecoder().decode(value));
  }

  /**
   * Of a Secret's whole content: type, names and values; the same for a Secret and for its redacted
   * copy.
   */
  public static String ofContent(String type, Map<String, String> data) {
    return of(type + '\n' + listed(bounded(data)));
  }

  /**
   * The values of a Secret; of more than any that is looked into has, one digest of them all: a
   * digest for each would be many times as large as they are.
   */
  public static Map<String, String> bounded(Map<String, String> data) {
    return data.size() > MOST_VALUES ? Map.of(TOO_MANY, of(listed(data))) : data;
  }

  /** Whether of what was there a digest of all is left. */
  public static boolean areBounded(Map<String, String> data) {
    return data.containsKey(TOO_MANY);
  }

  private static String listed(Map<String, String> data) {
    StringBuilder all = new StringBuilder();
    new TreeMap<>(data)
        .forEach((name, value) -> all.append(name).append('=').append(ofValue(value)).append('\n'));
    return all.toString();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
