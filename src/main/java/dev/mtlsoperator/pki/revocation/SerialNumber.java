package dev.mtlsoperator.pki.revocation;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The serial number of a certificate as text: read in each form in which OpenSSL, browsers and
 * {@code certutil} print it in hexadecimal, written as {@code openssl x509 -serial} prints it.
 */
public final class SerialNumber {
  /**
   * Hexadecimal digits, of which colons or single spaces may separate whole octets, and both where
   * {@code certutil} breaks the line. A regular expression for RE2, thus for CEL, and for Java;
   * each text matches it in at most one way.
   */
  public static final String FORM = "^(0[xX])?[0-9a-fA-F]+((: ?| )([0-9a-fA-F][0-9a-fA-F])+)*$";

  /** Of the text, in characters: 32 octets with separators have 95. */
  public static final int LONGEST = 100;

  /** RFC 5280 section 4.1.2.2 allows 20; some CAs exceed it. */
  private static final int MOST_BITS = 32 * Byte.SIZE;

  private static final int HEXADECIMAL = 16;
  private static final Pattern WHOLE = Pattern.compile(FORM);
  private static final Pattern NO_DIGITS = Pattern.compile("^0[xX]|[: ]");

  private static final String FORMS =
      "write it in hexadecimal as `openssl x509 -noout -serial` prints it after serial=, such as 0A1B2C, 0a:1b:2c or 0x0a1b2c";

  private SerialNumber() {}

  /**
   * Reads a serial number.
   *
   * @throws IllegalArgumentException if it is none; the message says which forms are taken
   */
  public static BigInteger parse(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(
          "a serial number has at most "
              + LONGEST
              + " characters, and this one has "
              + text.length()
              + ": "
              + FORMS);
    }
    if (!WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "'" + text.replaceAll("\\p{Cntrl}", "?") + "' is not a serial number: " + FORMS);
    }
    BigInteger number = new BigInteger(NO_DIGITS.matcher(text).replaceAll(""), HEXADECIMAL);
    if (number.signum() == 0) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a serial number: it is positive (RFC 5280 section 4.1.2.2)");
    }
    if (number.bitLength() > MOST_BITS) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not a serial number: it has at most "
              + MOST_BITS / Byte.SIZE
              + " octets");
    }
    return number;
  }

  /** The same; empty if it is none. */
  public static Optional<BigInteger> read(String text) {
    try {
      return Optional.of(parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Upper case, two digits for each octet. */
  public static String text(BigInteger serialNumber) {
    String digits = serialNumber.abs().toString(HEXADECIMAL).toUpperCase(Locale.ROOT);
    return (serialNumber.signum() < 0 ? "-" : "") + (digits.length() % 2 == 0 ? "" : "0") + digits;
  }
}
