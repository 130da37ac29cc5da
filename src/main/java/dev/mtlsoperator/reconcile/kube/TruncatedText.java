package dev.mtlsoperator.reconcile.kube;

/** Text for people, within the bound of the field that it goes into. */
public final class TruncatedText {
  private static final String MORE = "…";

  private TruncatedText() {}

  /**
   * The text, cut where it is too long.
   *
   * @param longest in UTF-16 units, of which a schema's characters are never more
   */
  public static String to(int longest, String text) {
    if (text.length() <= longest) {
      return text;
    }
    int end = longest - MORE.length();
    // half a character is none that the API server takes
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)
        + MORE;
  }
}
