package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A CA that was made elsewhere, read from {@code tls.crt}, {@code tls.key} and {@code ca.crt} and
 * checked as far as is possible without a clock. Certificates may stand in any order.
 */
public final class ImportedCa {
  /** A chain of the longest certificates that are read has less. */
  private static final int LONGEST_PEM = 128 * 1024;

  private static final Pattern KEY_BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]{0,40})PRIVATE KEY-----");

  private static final String HOW_TO_MAKE_A_CA =
      " Certify the same key and name again as a CA's, then what it signed stays valid:"
          + " `printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign,cRLSign\\nsubjectKeyIdentifier=hash\\n' > ca.ext`,"
          + " then `openssl x509 -in tls.crt -signkey tls.key -sha256 -days 3650 -extfile ca.ext -out new.crt`"
          + " for a root (an intermediate: ask its issuer), and put new.crt in the place of tls.crt";

  private final CaPath path;
  private final CertificateAuthority authority;

  private ImportedCa(CaPath path, CertificateAuthority authority) {
    this.path = path;
    this.authority = authority;
  }

  /**
   * Reads and checks a CA.
   *
   * @param certificates {@code tls.crt}: the CA's certificate and those above it
   * @param roots {@code ca.crt}
   * @param privateKey {@code tls.key}
   * @throws PkiException if the CA cannot be used; the message says what to do
   */
  public static ImportedCa read(String certificates, Optional<String> roots, String privateKey) {
    List<X509Certificate> own = certificates("tls.crt", certificates);
    Set<X509Certificate> all = new LinkedHashSet<>(own);
    roots.ifPresent(pem -> all.addAll(certificates("ca.crt", pem)));
    CertificationPathFinder.requireFew(all);
    all.forEach(CaCertificateRules::requireBounds);
    KeyMaterial key = key(privateKey);
    X509Certificate ca = ownedBy(key, own);
    CaCertificateRules.requireCa(ca, HOW_TO_MAKE_A_CA);
    CaPath path = CertificationPathFinder.find(ca, all);
    requireNoStranger(path, all);
    CaCertificateRules.requireUsable(path);
    return new ImportedCa(path, CertificateAuthority.of(ca, key));
  }

  /** The certification path from the CA's certificate up to its root. */
  public CaPath path() {
    return path;
  }

  /** The CA with its key, ready to sign. */
  public CertificateAuthority authority() {
    return authority;
  }

  private static List<X509Certificate> certificates(String file, String pem) {
    require(
        pem.length() <= LONGEST_PEM,
        file + " is too long: at most " + LONGEST_PEM + " characters are read");
    try {
      return Pem.readCertificates(pem);
    } catch (PkiException e) {
      throw new PkiException(file + ": " + e.getMessage());
    }
  }

  private static KeyMaterial key(String pem) {
    Matcher blocks = KEY_BLOCK.matcher(pem);
    int keys = 0;
    while (blocks.find()) {
      keys++;
    }
    require(
        keys <= 1, "tls.key holds " + keys + " private keys: keep the one of the CA's certificate");
    require(
        !pem.contains("ENCRYPTED"),
        "tls.key is encrypted: write it without a password, as by `openssl pkey -in ca.key -out tls.key`; in the cluster it lies in a Secret");
    try {
      return KeyMaterial.fromPem(pem);
    } catch (PkiException e) {
      throw new PkiException("tls.key: " + e.getMessage());
    }
  }

  private static X509Certificate ownedBy(KeyMaterial key, List<X509Certificate> own) {
    List<X509Certificate> matching = own.stream().distinct().filter(key::matches).toList();
    require(
        !matching.isEmpty(),
        "tls.key does not belong to "
            + (own.size() == 1 ? named(own.get(0)) : "any of the certificates")
            + " in tls.crt: put the CA's own certificate and its key there");
    require(
        matching.size() == 1,
        "tls.crt holds "
            + matching.size()
            + " certificates of the key in tls.key: keep the one that is to be used");
    return matching.get(0);
  }

  // an unrelated certificate was probably meant to be trusted, and would not be
  private static void requireNoStranger(CaPath path, Set<X509Certificate> all) {
    for (X509Certificate certificate : all) {
      require(
          path.all().stream().anyMatch(member -> isVariant(certificate, member)),
          named(certificate)
              + " is not part of the certification path from "
              + named(path.certificate())
              + " to its root "
              + named(path.anchor())
              + ": remove it");
    }
  }

  private static boolean isVariant(X509Certificate certificate, X509Certificate member) {
    return certificate.getSubjectX500Principal().equals(member.getSubjectX500Principal())
        && certificate.getPublicKey().equals(member.getPublicKey());
  }

  private static String named(X509Certificate certificate) {
    return CaPath.named(certificate);
  }

  @Override
  public String toString() {
    return "ImportedCa[" + named(path.certificate()) + ", key withheld]";
  }
}
