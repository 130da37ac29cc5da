package dev.mtlsoperator.pki.name;

/** Letter case in names, which is ASCII's: other alphabets have letters that fold to these. */
final class AsciiCase {
  private AsciiCase() {}

  /** The text with {@code A} to {@code Z} in lower case, and all else as it is. */
  static String lower(String text) {
    StringBuilder lower = new StringBuilder(text.length());
    text.chars()
        .forEach(c -> lower.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : (char) c));
    return lower.toString();
  }
}
