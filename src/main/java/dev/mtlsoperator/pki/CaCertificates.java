package dev.mtlsoperator.pki;

import java.security.cert.X509Certificate;
import java.util.List;

/** CA certificates of others, as people hand them over. */
public final class CaCertificates {
  /** KeyUsage bit keyCertSign (RFC 5280 section 4.2.1.3). */
  private static final int KEY_CERT_SIGN = 5;

  private static final int LONGEST_NAME = 200;

  private CaCertificates() {}

  /**
   * Reads them; what stands between them is dropped.
   *
   * @throws PkiException when there is none, too much, something else, or a certificate that is not
   *     a CA's (RFC 5280 section 4.2.1.9): a leaf among trusted certificates would be trusted as
   *     itself
   */
  public static List<X509Certificate> read(String pem) {
    List<X509Certificate> all = Pem.readCertificates(pem);
    all.forEach(CaCertificates::requireCa);
    return all;
  }

  private static void requireCa(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    if (certificate.getBasicConstraints() < 0 || (usage != null && !usage[KEY_CERT_SIGN])) {
      String name = certificate.getSubjectX500Principal().getName();
      throw new PkiException(
          "the certificate of '"
              + (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name)
              + "' is not a CA's");
    }
  }
}
