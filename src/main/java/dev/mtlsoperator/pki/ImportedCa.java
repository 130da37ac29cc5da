package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.util.List;
import java.util.Optional;

/**
 * A CA that was made elsewhere, read from {@code tls.crt}, {@code tls.key} and {@code ca.crt} and
 * checked as far as is possible without a clock. Certificates may stand in any order.
 */
public final class ImportedCa {
  /** A key and a chain of the longest certificates that are read have less. */
  private static final int LONGEST_KEY_FILE = 128 * 1024;

  private final List<CaOffer> offers;
  private final KeyMaterial key;

  private ImportedCa(List<CaOffer> offers, KeyMaterial key) {
    this.offers = List.copyOf(offers);
    this.key = key;
  }

  /**
   * Reads and checks a CA.
   *
   * @param certificates {@code tls.crt}: the CA's certificate, those above it, and
   *     cross-certificates
   * @param roots {@code ca.crt}: its root, and others that are to be trusted
   * @param privateKey {@code tls.key}, in which certificates may stand as well
   * @throws PkiException if the CA cannot be used; the message says what to do
   */
  public static ImportedCa read(
      SuppliedFile certificates, Optional<SuppliedFile> roots, SuppliedFile privateKey) {
    CaFiles files = CaFiles.read(certificates, roots);
    KeyMaterial key = key(privateKey);
    return new ImportedCa(CaOffers.of(files, key), key);
  }

  /** The same for texts. */
  public static ImportedCa read(String certificates, Optional<String> roots, String privateKey) {
    return read(
        SuppliedFile.of(certificates), roots.map(SuppliedFile::of), SuppliedFile.of(privateKey));
  }

  /** What it offers, of which the way that lasts longest comes first; at least one. */
  public List<CaOffer> offers() {
    return offers;
  }

  /** The certification path that lasts longest, from the CA's certificate up to its root. */
  public CaPath path() {
    return offers.get(0).path();
  }

  /** The CA with its key, ready to sign. */
  public CertificateAuthority authority() {
    return authority(path());
  }

  /** The CA with its key, by the certificate of one of its paths. */
  public CertificateAuthority authority(CaPath path) {
    return CertificateAuthority.of(path.certificate(), key);
  }

  /** Whether it offers that path. */
  public boolean offers(CaPath path) {
    return offers.stream().anyMatch(offer -> offer.path().equals(path));
  }

  private static KeyMaterial key(SuppliedFile file) {
    require(
        file.length() <= LONGEST_KEY_FILE,
        "tls.key is too long: at most " + LONGEST_KEY_FILE + " characters are read");
    try {
      int keys = file.privateKeys().size();
      require(
          keys == 1, "it holds " + keys + " private keys: keep the one of the CA's certificate");
      return KeyMaterial.fromFile(file);
    } catch (PkiException e) {
      throw new PkiException("tls.key: " + e.getMessage());
    }
  }

  @Override
  public String toString() {
    return "ImportedCa[" + CaPath.named(path().certificate()) + ", key withheld]";
  }
}
