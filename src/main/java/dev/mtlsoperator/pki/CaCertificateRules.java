package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyParameters;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PSSParameterSpec;
import java.util.List;
import java.util.Set;

/** What the certificates of a CA and those above it must fulfil for the CA to be imported. */
final class CaCertificateRules {
  /** Room for it in a status, as PEM. */
  private static final int LONGEST_CERTIFICATE = 10 * 1024;

  /** RFC 5280 section 4.1.2.2: 20 octets; some have one more for the sign. */
  private static final int LONGEST_SERIAL_BITS = 8 * 21;

  private static final int SMALLEST_RSA = 2048;
  private static final String PSS = "1.2.840.113549.1.1.10";

  /** RSA, ECDSA with SHA-2; Ed25519. */
  private static final Set<String> SIGNATURES =
      Set.of(
          "1.2.840.113549.1.1.11",
          "1.2.840.113549.1.1.12",
          "1.2.840.113549.1.1.13",
          "1.2.840.10045.4.3.2",
          "1.2.840.10045.4.3.3",
          "1.2.840.10045.4.3.4",
          "1.3.101.112");

  private static final Set<String> PSS_DIGESTS = Set.of("SHA-256", "SHA-384", "SHA-512");

  private static final Set<String> PURPOSES =
      Set.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0");

  private CaCertificateRules() {}

  /** Refuses what is larger than any CA certificate in use, or breaks RFC 5280. */
  static void requireBounds(X509Certificate certificate) {
    int size = Der.of(certificate).length;
    require(
        size <= LONGEST_CERTIFICATE,
        named(certificate)
            + " has "
            + size
            + " bytes, at most "
            + LONGEST_CERTIFICATE
            + " are read");
    require(
        certificate.getSerialNumber().bitLength() <= LONGEST_SERIAL_BITS,
        named(certificate)
            + " has a serial number of more than 20 octets (RFC 5280 section 4.1.2.2)");
    require(
        !certificate.getSubjectX500Principal().getName().isEmpty(),
        "the certificate of a CA needs a subject (RFC 5280 section 4.1.2.6)");
  }

  /**
   * Refuses a certificate that is not a CA's or may not sign certificates.
   *
   * @param hint how to fix it, appended to the message
   */
  static void requireCa(X509Certificate certificate, String hint) {
    boolean bare = certificate.getVersion() < 3;
    require(
        KeyUsages.isCa(certificate),
        named(certificate)
            + " is not a CA's certificate: "
            + (bare
                ? "it is of X.509 version "
                    + certificate.getVersion()
                    + " without any extension, as `openssl x509 -req -signkey` makes it"
                : "its basic constraints do not say CA:TRUE")
            + ", and verifiers accept nothing that it signs."
            + hint);
    require(
        KeyUsages.maySignCertificates(certificate),
        named(certificate) + " may not sign certificates: its key usage lacks keyCertSign." + hint);
  }

  /**
   * Refuses a path that some verifier would not accept: each certificate must be a CA's that allows
   * as many intermediates as there are below it, strong enough, for TLS, and valid at the same time
   * as all others.
   */
  static void requireUsable(CaPath path) {
    List<X509Certificate> all = path.all();
    for (int below = 0; below < all.size(); below++) {
      X509Certificate certificate = all.get(below);
      requireUsable(certificate, below, certificate.equals(path.anchor()));
    }
    require(
        path.start().isBefore(path.end()),
        "the certificates up to the root are never valid at the same time");
    if (!path.isRoot()) {
      requireVerified(path);
    }
  }

  /**
   * The same for one certificate.
   *
   * @param below how many intermediates there are below it
   * @param trustedAsIs whether nobody verifies its signature
   */
  static void requireUsable(X509Certificate certificate, int below, boolean trustedAsIs) {
    requireCa(certificate, "");
    require(
        certificate.getBasicConstraints() >= below,
        named(certificate)
            + " allows "
            + certificate.getBasicConstraints()
            + " intermediates below it (path length), and there are "
            + below
            + ": its issuer has to allow more");
    requireStrength(certificate, trustedAsIs);
    requirePurpose(certificate);
    require(
        !certificate.hasUnsupportedCriticalExtension(),
        named(certificate)
            + " has a critical extension that verifiers do not know: they refuse it");
    require(
        !KeyIdentifiers.areCritical(certificate),
        named(certificate)
            + " has a key identifier that is marked as critical (RFC 5280 sections 4.2.1.1 and 4.2.1.2 forbid it): OpenSSL and Go refuse it");
  }

  private static void requireVerified(CaPath path) {
    try {
      PublicationProof.checkPath(path.chain(), path.anchor(), path.start());
    } catch (GeneralSecurityException | RuntimeException e) {
      throw new PkiException(
          "the certification path from "
              + named(path.certificate())
              + " to its root does not verify: "
              + e.getMessage());
    }
  }

  private static void requireStrength(X509Certificate certificate, boolean trustedAsIs) {
    PublicKey key = certificate.getPublicKey();
    require(
        key instanceof RSAPublicKey rsa
            ? rsa.getModulus().bitLength() >= SMALLEST_RSA
            : KeyParameters.of(key).isPresent(),
        named(certificate)
            + " has a key that is too weak or of a kind that is not supported: RSA of at least "
            + SMALLEST_RSA
            + " bits, ECDSA P-256, P-384, P-521 or Ed25519 is needed");
    // nobody verifies the signature of what is trusted as it is
    require(
        trustedAsIs || isStrongSignature(certificate),
        named(certificate)
            + " is signed with "
            + certificate.getSigAlgName()
            + ", which is too weak: it has to be signed again with SHA-256 or better");
  }

  private static boolean isStrongSignature(X509Certificate certificate) {
    if (!certificate.getSigAlgOID().equals(PSS)) {
      return SIGNATURES.contains(certificate.getSigAlgOID());
    }
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
      parameters.init(certificate.getSigAlgParams());
      return PSS_DIGESTS.contains(
          parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm());
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      return false;
    }
  }

  private static void requirePurpose(X509Certificate certificate) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      require(
          purposes == null || purposes.stream().anyMatch(PURPOSES::contains),
          named(certificate)
              + " is neither for TLS servers nor for TLS clients: its extended key usage says otherwise");
    } catch (CertificateParsingException e) {
      throw new PkiException(named(certificate) + " has an extended key usage that cannot be read");
    }
  }

  private static String named(X509Certificate certificate) {
    return CaPath.named(certificate);
  }
}
