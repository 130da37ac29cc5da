package dev.mtlsoperator.pki;

import java.security.SecureRandom;
import java.util.HexFormat;

/** The password of a keystore. */
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
   * A user's password.
   *
   * @throws PkiException unless it is 1 to 128 printable ASCII characters: not every PKCS#12 reader
   *     agrees on others, and Java silently shows no certificates where the password is empty
   */
  public static Password of(String text) {
    if (text.isEmpty() || text.length() > LONGEST) {
      throw new PkiException(
          "a keystore password has 1 to " + LONGEST + " characters, this one has " + text.length());
    }
    if (!text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
      throw new PkiException(
          "a keystore password is printable ASCII only; this one has another character"
              + (text.endsWith("\n")
                  ? " (a line feed at its end: write the file without one, for instance with printf)"
                  : ""));
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
