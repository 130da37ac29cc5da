package dev.mtlsoperator.pki.encoding;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 digests (FIPS 180-4), as bytes and as {@code sha256:<64 hex digits in lower case>}. */
public final class Sha256 {
  /** What the text form of every digest starts with. */
  public static final String PREFIX = "sha256:";

  /** Copied for each digest, which is faster than to search the providers for it. */
  private static final MessageDigest BLANK = blank();

  private Sha256() {}

  /** The 32 bytes of the digest. */
  public static byte[] digest(byte[] bytes) {
    try {
      return ((MessageDigest) BLANK.clone()).digest(bytes);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's SHA-256 can be copied", e);
    }
  }

  private static MessageDigest blank() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The digest with its prefix. */
  public static String text(byte[] bytes) {
    return PREFIX + HexFormat.of().formatHex(digest(bytes));
  }
}
