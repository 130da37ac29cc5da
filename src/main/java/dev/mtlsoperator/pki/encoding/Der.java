package dev.mtlsoperator.pki.encoding;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;

/**
 * The DER encoding of certificates that were parsed or signed by the operator, and thus have one.
 */
public final class Der {
  private Der() {}

  public static byte[] of(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate without an encoding", e);
    }
  }
}
