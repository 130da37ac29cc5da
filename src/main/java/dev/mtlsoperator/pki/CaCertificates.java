package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** CA certificates of others, as people hand them over. */
public final class CaCertificates {
  /** KeyUsage bit keyCertSign (RFC 5280 section 4.2.1.3). */
  private static final int KEY_CERT_SIGN = 5;

  private static final int LONGEST_NAME = 200;

  private CaCertificates() {}

  /**
   * What was read.
   *
   * @param refused those that cannot be used
   */
  public record Read(List<X509Certificate> certificates, List<Refused> refused) {
    public Read {
      certificates = List.copyOf(certificates);
      refused = List.copyOf(refused);
    }
  }

  /**
   * One that cannot be used.
   *
   * @param place among all, from 1
   * @param certificate empty: it cannot even be read
   */
  public record Refused(int place, Optional<X509Certificate> certificate, String why) {}

  /**
   * Reads them, each by itself; what stands between them is dropped. One that is not a CA's (RFC
   * 5280 section 4.2.1.9) is refused: a leaf among trusted certificates would be trusted as itself.
   *
   * @throws PkiException when there is none, too much, or something else than certificates
   */
  public static Read read(String pem) {
    List<X509Certificate> usable = new ArrayList<>();
    List<Refused> refused = new ArrayList<>();
    int place = 0;
    for (byte[] der : Pem.encodings(pem)) {
      place++;
      Optional<X509Certificate> certificate = Optional.empty();
      try {
        X509Certificate found = Pem.certificate(der);
        certificate = Optional.of(found);
        requireCa(found);
        usable.add(found);
      } catch (PkiException e) {
        refused.add(new Refused(place, certificate, String.valueOf(e.getMessage())));
      }
    }
    return new Read(usable, refused);
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
