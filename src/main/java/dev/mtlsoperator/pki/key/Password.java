package dev.mtlsoperator.pki.key;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The password of a keystore; {@code toString} does not show it. */
public final class Password {
  private static final int RANDOM_BYTES = 16;
  private static final int LONGEST = 128;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String text;

  private Password(String text) {
    this.text = text;
  }

  /** 128 random bits, in hexadecimal. */
  public static Password generate() {
    byte[] bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return new Password(HexFormat.of().formatHex(bytes));
  }

  /**
   * A password that a user supplies.
   *
   * @throws PkiException unless it has 1 to 128 printable ASCII characters: PKCS#12 readers
   *     disagree on others, and with an empty password Java silently shows no certificates
   */
  public static Password of(String text) {
    if (text.isEmpty()
        || text.length() > LONGEST
        || !text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      // always the same message: its readers may not have access to the input
      throw new PkiException(
          "this cannot be a keystore password: it must have 1 to "
              + LONGEST
              + " characters of printable ASCII, and no line feed at its end (write the file with"
              + " printf, for instance); in a manifest, plain text belongs under stringData, and"
              + " only base64 under data");
    }
    return new Password(text);
  }

  /** The password itself. */
  public String reveal() {
    return text;
  }

  @Override
  public String toString() {
    return "Password[withheld]";
  }
}
