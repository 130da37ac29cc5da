package dev.mtlsoperator.pki.encoding;

/**
 * Something given is not what it should be; the message says what is wrong, in words for people,
 * and never holds key material.
 */
public final class PkiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PkiException(String message) {
    super(message);
  }

  public PkiException(String message, Throwable cause) {
    super(message, cause);
  }
}
