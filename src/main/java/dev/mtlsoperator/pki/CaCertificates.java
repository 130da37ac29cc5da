package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads CA certificates that users supply, and refuses each that cannot be trusted as a CA's. */
public final class CaCertificates {
  private static final int LONGEST_NAME = 200;

  private CaCertificates() {}

  /**
   * The result of reading.
   *
   * @param refused certificates that cannot be used
   */
  public record Read(List<X509Certificate> certificates, List<Refused> refused) {
    public Read {
      certificates = List.copyOf(certificates);
      refused = List.copyOf(refused);
    }
  }

  /**
   * A certificate that cannot be used.
   *
   * @param place its position in the text, from 1
   * @param certificate empty if it cannot be parsed
   */
  public record Refused(int place, Optional<X509Certificate> certificate, String why) {}

  /**
   * Reads each certificate on its own, and skips text between them. A certificate that is not a
   * CA's (RFC 5280 section 4.2.1.9) is refused, because verifiers would trust a leaf in a trust
   * bundle directly.
   *
   * @throws PkiException if there is no certificate, too much text, or another kind of PEM block
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
    if (!KeyUsages.isCa(certificate) || !KeyUsages.maySignCertificates(certificate)) {
      String name = certificate.getSubjectX500Principal().getName();
      throw new PkiException(
          "the certificate of '"
              + (name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name)
              + "' is not a CA's");
    }
  }
}
