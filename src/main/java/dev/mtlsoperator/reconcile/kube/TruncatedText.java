package dev.mtlsoperator.reconcile.kube;

/** Truncates messages to the length of the field that holds them. */
public final class TruncatedText {
  private static final String MORE = "…";

  private TruncatedText() {}

  /**
   * The text, truncated if it is too long.
   *
   * @param longest in UTF-16 code units; a schema counts at most as many characters
   */
  public static String to(int longest, String text) {
    if (text.length() <= longest) {
      return text;
    }
    int end = longest - MORE.length();
    // the API server rejects half a surrogate pair
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end)
        + MORE;
  }
}
