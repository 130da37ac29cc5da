package dev.mtlsoperator.pki.encoding;

/**
 * Thrown for input that cannot be used: a key, a certificate, a name or a keystore. The message
 * tells a person what is wrong and never contains key material.
 */
public final class PkiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PkiException(String message) {
    super(message);
  }

  /**
   * Checks what was given.
   *
   * @throws PkiException with this message if the condition is not met
   */
  public static void require(boolean met, String message) {
    if (!met) {
      throw new PkiException(message);
    }
  }

  public PkiException(String message, Throwable cause) {
    super(message, cause);
  }
}
