package dev.mtlsoperator.reconcile;

/** Text for people, within the bound of the field that it goes into. */
final class Shortened {
  private static final String MORE = "…";

  private Shortened() {}

  /**
   * The text, cut where it is too long.
   *
   * @param longest in UTF-16 units, of which a schema's characters are never more
   */
  static String to(int longest, String text) {
    if (text.length() <= longest) {
      return text;
    }
    int end = longest - MORE.length();
    // half a character is none that the API server takes
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)
        + MORE;
  }
}
