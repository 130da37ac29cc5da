package dev.mtlsoperator.pki.encoding;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** SHA-256 of a certificate, written {@code sha256:<64 hex digits in lower case>}. */
public record Fingerprint(String text) {
  private static final String PREFIX = "sha256:";

  /** With a colon between all digits, and white space around. */
  private static final int LONGEST = 256;

  /**
   * @throws PkiException when the text is not of that form
   */
  public Fingerprint {
    if (!text.matches("sha256:[0-9a-f]{64}")) {
      throw new PkiException(
          "'" + text + "' is not a fingerprint: write sha256: and 64 hexadecimal digits");
    }
  }

  public static Fingerprint of(X509Certificate certificate) {
    return of(Der.of(certificate));
  }

  /** Of what stands for a certificate's DER: it need not be one. */
  static Fingerprint of(byte[] der) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(der);
      return new Fingerprint(PREFIX + HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /**
   * Reads one as people copy it: upper case and the colons of {@code openssl x509 -fingerprint} are
   * welcome.
   */
  public static Optional<Fingerprint> parse(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    String hex = text.trim().toLowerCase(Locale.ROOT);
    if (!hex.startsWith(PREFIX)) {
      return Optional.empty();
    }
    hex = hex.substring(PREFIX.length()).replace(":", "");
    return hex.matches("[0-9a-f]{64}")
        ? Optional.of(new Fingerprint(PREFIX + hex))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
