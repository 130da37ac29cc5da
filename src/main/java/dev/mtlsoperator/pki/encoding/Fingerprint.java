package dev.mtlsoperator.pki.encoding;

import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** SHA-256 of a certificate, written {@code sha256:<64 hex digits in lower case>}. */
public record Fingerprint(String text) {
  /** Long enough for colons between all digits and white space at the ends. */
  private static final int LONGEST = 256;

  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

  /**
   * @throws PkiException if the text does not have that form
   */
  public Fingerprint {
    if (!FORM.matcher(text).matches()) {
      throw new PkiException(
          "'" + text + "' is not a fingerprint: write sha256: and 64 hexadecimal digits");
    }
  }

  public static Fingerprint of(X509Certificate certificate) {
    return of(Der.of(certificate));
  }

  /** The fingerprint of the bytes in place of a certificate, which need not be valid DER. */
  static Fingerprint of(byte[] der) {
    return new Fingerprint(Sha256.text(der));
  }

  /**
   * Reads a fingerprint as people copy it, also in upper case and with the colons of {@code openssl
   * x509 -fingerprint}.
   */
  public static Optional<Fingerprint> parse(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    String hex = text.trim().toLowerCase(Locale.ROOT);
    if (!hex.startsWith(Sha256.PREFIX)) {
      return Optional.empty();
    }
    String plain = Sha256.PREFIX + hex.substring(Sha256.PREFIX.length()).replace(":", "");
    return FORM.matcher(plain).matches() ? Optional.of(new Fingerprint(plain)) : Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
