package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads CA certificates that users supply, and refuses each that cannot be trusted as a CA's. */
public final class CaCertificates {
  private static final int EXTENSIONS_SINCE = 3;

  /** Each costs the verification of a signature; all public CAs together have none any more. */
  private static final int MOST_OF_VERSION_1 = 10;

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
   * bundle directly; a self-signed one of version 1, which has no extension that could tell, is
   * taken (section 6.1.1 (d): an anchor is a name and a key).
   *
   * @throws PkiException if there is no PEM, a block is cut off, or there is too much text or a
   *     private key
   */
  public static Read read(SuppliedFile file) {
    Reading all = new Reading();
    for (SuppliedFile.Entry entry : file.entries()) {
      all.add(entry);
    }
    return new Read(all.usable, all.refused);
  }

  /** The same for a text. */
  public static Read read(String pem) {
    return read(SuppliedFile.of(pem));
  }

  private static final class Reading {
    private final List<X509Certificate> usable = new ArrayList<>();
    private final List<Refused> refused = new ArrayList<>();
    private int place;
    private int selfSigned;

    void add(SuppliedFile.Entry entry) {
      place++;
      Optional<X509Certificate> certificate = Optional.empty();
      try {
        X509Certificate found = Pem.certificate(entry.der());
        certificate = Optional.of(found);
        requireCa(found);
        usable.add(found);
      } catch (PkiException e) {
        refused.add(new Refused(place, certificate, String.valueOf(e.getMessage())));
      }
    }

    private void requireCa(X509Certificate certificate) {
      boolean anchor =
          certificate.getVersion() < EXTENSIONS_SINCE
              ? isSelfSigned(certificate)
              : KeyUsages.isCa(certificate) && KeyUsages.maySignCertificates(certificate);
      if (!anchor) {
        throw new PkiException(
            "the certificate of "
                + CaPath.named(certificate)
                + " is not a CA's"
                + (certificate.getVersion() < EXTENSIONS_SINCE
                    ? ": it is of X.509 version 1, and not self-signed"
                    : ""));
      }
    }

    private boolean isSelfSigned(X509Certificate certificate) {
      if (!certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
        return false;
      }
      if (++selfSigned > MOST_OF_VERSION_1) {
        throw new PkiException(
            "there are more than " + MOST_OF_VERSION_1 + " certificates of X.509 version 1");
      }
      return KeyIdentifiers.signed(certificate, certificate);
    }
  }
}
