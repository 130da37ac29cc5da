package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A CA that somebody else made, as {@code tls.crt}, {@code tls.key} and {@code ca.crt}: read, and
 * checked as far as can be told without a clock. Certificates may stand in any order.
 */
public final class ImportedCa {
  /** A chain of the longest certificates that are read has less. */
  private static final int LONGEST_PEM = 128 * 1024;

  private static final int MOST_CERTIFICATES = 16;

  /**
   * From the CA to its root, both counted; OpenSSL's clients give up at a hundred, nginx at one.
   */
  private static final int LONGEST_PATH = 6;

  /** Room for it in a status, as PEM. */
  private static final int LONGEST_CERTIFICATE = 10 * 1024;

  /**
   * Signatures that are verified to find the way; each certificate of one name that may have signed
   * another of that name costs one. A way has five, and five more if each root came twice.
   */
  private static final int MOST_VERIFICATIONS = 32;

  /** RFC 5280 section 4.1.2.2: 20 octets; some have one more for the sign. */
  private static final int LONGEST_SERIAL_BITS = 8 * 21;

  private static final int SMALLEST_RSA = 2048;
  private static final int KEY_CERT_SIGN = 5;
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
   * Reads and checks it.
   *
   * @param certificates {@code tls.crt}: the CA's, and what stands above it
   * @param roots {@code ca.crt}
   * @param privateKey {@code tls.key}
   * @throws PkiException when it cannot be used; the message says what to do
   */
  public static ImportedCa read(String certificates, Optional<String> roots, String privateKey) {
    List<X509Certificate> own = certificates("tls.crt", certificates);
    Set<X509Certificate> all = new LinkedHashSet<>(own);
    roots.ifPresent(pem -> all.addAll(certificates("ca.crt", pem)));
    requireFew(all);
    all.forEach(ImportedCa::requireBounds);
    KeyMaterial key = key(privateKey);
    X509Certificate ca = ownedBy(key, own);
    requireCa(ca, HOW_TO_MAKE_A_CA);
    CaPath path = path(ca, all);
    requireNoStranger(path, all);
    check(path);
    return new ImportedCa(path, authority(ca, key));
  }

  /** Its certificate, and the way up to its root. */
  public CaPath path() {
    return path;
  }

  /** With its key. */
  public CertificateAuthority authority() {
    return authority;
  }

  /**
   * The way from a CA's certificate up to a root, with each signature verified; of several the one
   * that lasts longest.
   *
   * @param pool what it may go through, in any order
   * @throws PkiException when there is none, or too many certificates to look for it; the message
   *     says where it ends
   */
  public static CaPath path(X509Certificate ca, Collection<X509Certificate> pool) {
    Map<X509Certificate, List<X509Certificate>> best = new HashMap<>();
    Set<X509Certificate> all = new LinkedHashSet<>(pool);
    all.add(ca);
    requireFew(all);
    Verifications verifications = new Verifications();
    all.stream()
        .filter(c -> verifications.signed(c, c))
        .forEach(root -> best.put(root, List.of(root)));
    Map<X509Certificate, List<X509Certificate>> issuers = new HashMap<>();
    for (X509Certificate below : all) {
      issuers.put(
          below,
          best.containsKey(below)
              ? List.of()
              : all.stream()
                  .filter(c -> !c.equals(below) && verifications.signed(below, c))
                  .toList());
    }
    for (int round = 1; round < LONGEST_PATH; round++) {
      for (X509Certificate below : all) {
        for (X509Certificate above : issuers.getOrDefault(below, List.of())) {
          longer(below, best.get(above))
              .filter(way -> isBetter(way, best.get(below)))
              .ifPresent(way -> best.put(below, way));
        }
      }
    }
    List<X509Certificate> way = best.get(ca);
    if (way == null) {
      throw new PkiException(whereItEnds(ca, all, issuers));
    }
    return new CaPath(
        ca, way.size() < 3 ? List.of() : way.subList(1, way.size() - 1), way.get(way.size() - 1));
  }

  private static Optional<List<X509Certificate>> longer(
      X509Certificate below, @org.jspecify.annotations.Nullable List<X509Certificate> above) {
    if (above == null || above.contains(below) || above.size() == LONGEST_PATH) {
      return Optional.empty();
    }
    List<X509Certificate> way = new ArrayList<>(List.of(below));
    way.addAll(above);
    return Optional.of(way);
  }

  private static boolean isBetter(
      List<X509Certificate> way, @org.jspecify.annotations.Nullable List<X509Certificate> known) {
    if (known == null) {
      return true;
    }
    int longer = end(way).compareTo(end(known));
    return longer > 0 || (longer == 0 && way.size() < known.size());
  }

  private static Instant end(List<X509Certificate> way) {
    return way.stream().map(c -> c.getNotAfter().toInstant()).min(Instant::compareTo).orElseThrow();
  }

  private static void requireFew(Set<X509Certificate> all) {
    require(
        all.size() <= MOST_CERTIFICATES,
        "tls.crt and ca.crt hold "
            + all.size()
            + " certificates, at most "
            + MOST_CERTIFICATES
            + " are read: keep the CA's certificate and those above it");
  }

  /** Who signed whom, asked so often and no more. */
  private static final class Verifications {
    private int count;

    boolean signed(X509Certificate below, X509Certificate above) {
      if (!KeyIdentifiers.mayNameIssuer(below, above)) {
        return false;
      }
      require(
          ++count <= MOST_VERIFICATIONS,
          "too many of the certificates in tls.crt and ca.crt have the same name, "
              + named(above)
              + ": keep the CA's certificate and one of each CA above it");
      return KeyIdentifiers.signed(below, above);
    }
  }

  private static String whereItEnds(
      X509Certificate ca,
      Set<X509Certificate> all,
      Map<X509Certificate, List<X509Certificate>> issuers) {
    X509Certificate last = ca;
    for (int steps = 0; steps < LONGEST_PATH; steps++) {
      List<X509Certificate> above = issuers.getOrDefault(last, List.of());
      if (above.isEmpty()) {
        return whyItEnds(last, all);
      }
      last = above.get(0);
    }
    return "there is no way from "
        + named(ca)
        + " to a self-signed root over at most "
        + LONGEST_PATH
        + " certificates: leave out those that only point to each other";
  }

  private static String whyItEnds(X509Certificate last, Set<X509Certificate> all) {
    if (last.getIssuerX500Principal().equals(last.getSubjectX500Principal())) {
      return named(last)
          + " is its own issuer by name, but its signature does not verify with its own key, nor with that of another certificate here: it is damaged, or its issuer is missing";
    }
    String issuer = named(last.getIssuerX500Principal().getName());
    return all.stream()
            .anyMatch(c -> c.getSubjectX500Principal().equals(last.getIssuerX500Principal()))
        ? named(last)
            + " names "
            + issuer
            + " as its issuer, but the signature does not verify with the key of the certificate of that name here: put the very certificate there whose key signed it"
        : "there is no way to a self-signed root: the issuer of "
            + named(last)
            + ", "
            + issuer
            + ", is missing. Add its certificate to tls.crt, or to ca.crt where it is the root";
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

  private static void requireBounds(X509Certificate certificate) {
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
        "a certificate without a subject is no CA's (RFC 5280 section 4.1.2.6)");
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

  private static void requireCa(X509Certificate certificate, String hint) {
    boolean bare = certificate.getVersion() < 3;
    require(
        certificate.getBasicConstraints() >= 0,
        named(certificate)
            + " is not a CA's certificate: "
            + (bare
                ? "it is of X.509 version "
                    + certificate.getVersion()
                    + " without any extension, as `openssl x509 -req -signkey` makes it"
                : "its basic constraints do not say CA:TRUE")
            + ", and verifiers accept nothing that it signs."
            + hint);
    boolean[] usage = certificate.getKeyUsage();
    require(
        usage == null || usage[KEY_CERT_SIGN],
        named(certificate) + " may not sign certificates: its key usage lacks keyCertSign." + hint);
  }

  private static CertificateAuthority authority(X509Certificate ca, KeyMaterial key) {
    return CertificateAuthority.of(ca, key);
  }

  // what is there for no reason was meant to be trusted, and would not be
  private static void requireNoStranger(CaPath path, Set<X509Certificate> all) {
    for (X509Certificate certificate : all) {
      require(
          path.all().stream().anyMatch(member -> isVariant(certificate, member)),
          named(certificate)
              + " is no part of the way from "
              + named(path.certificate())
              + " to its root "
              + named(path.anchor())
              + ": take it out");
    }
  }

  private static boolean isVariant(X509Certificate certificate, X509Certificate member) {
    return certificate.getSubjectX500Principal().equals(member.getSubjectX500Principal())
        && certificate.getPublicKey().equals(member.getPublicKey());
  }

  private static void check(CaPath path) {
    List<X509Certificate> all = path.all();
    for (int below = 0; below < all.size(); below++) {
      X509Certificate certificate = all.get(below);
      requireCa(certificate, "");
      require(
          certificate.getBasicConstraints() >= below,
          named(certificate)
              + " allows "
              + certificate.getBasicConstraints()
              + " intermediates below it (path length), and there are "
              + below
              + ": its issuer has to allow more");
      requireStrength(certificate, certificate.equals(path.anchor()));
      requirePurpose(certificate);
      require(
          !certificate.hasUnsupportedCriticalExtension(),
          named(certificate)
              + " has a critical extension that verifiers do not know: they refuse it");
    }
    require(
        path.start().isBefore(path.end()),
        "the certificates up to the root are never valid at the same time");
    if (!path.isRoot()) {
      try {
        PublicationProof.checkPath(path.chain(), path.anchor(), path.start());
      } catch (GeneralSecurityException | RuntimeException e) {
        throw new PkiException(
            "the way from "
                + named(path.certificate())
                + " to its root does not verify: "
                + e.getMessage());
      }
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
    } catch (GeneralSecurityException | java.io.IOException | RuntimeException e) {
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
    } catch (java.security.cert.CertificateParsingException e) {
      throw new PkiException(named(certificate) + " has an extended key usage that cannot be read");
    }
  }

  private static String named(X509Certificate certificate) {
    return CaPath.named(certificate);
  }

  private static String named(String subject) {
    return CaPath.named(subject);
  }

  private static void require(boolean met, String message) {
    if (!met) {
      throw new PkiException(message);
    }
  }

  @Override
  public String toString() {
    return "ImportedCa[" + named(path.certificate()) + ", key withheld]";
  }
}
