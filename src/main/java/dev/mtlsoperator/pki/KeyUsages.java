package dev.mtlsoperator.pki;

import java.security.cert.X509Certificate;

/** What a certificate's basic constraints and key usage allow its key to do (RFC 5280 4.2.1). */
final class KeyUsages {
  /** Bits of the key usage extension, RFC 5280 section 4.2.1.3. */
  private static final int DIGITAL_SIGNATURE = 0;

  private static final int KEY_CERT_SIGN = 5;

  private KeyUsages() {}

  /** Whether the basic constraints say {@code CA:TRUE} (RFC 5280 section 4.2.1.9). */
  static boolean isCa(X509Certificate certificate) {
    return certificate.getBasicConstraints() >= 0;
  }

  /** Whether the key may sign certificates: a certificate without a key usage restricts nothing. */
  static boolean maySignCertificates(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    return usage == null || usage[KEY_CERT_SIGN];
  }

  /** Whether the key usage is present and allows signing in a handshake. */
  static boolean declaresDigitalSignature(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    return usage != null && usage[DIGITAL_SIGNATURE];
  }
}
