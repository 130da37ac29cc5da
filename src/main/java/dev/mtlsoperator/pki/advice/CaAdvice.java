package dev.mtlsoperator.pki.advice;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.Namesakes;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraints;

/** The rules for CAs, most of which only an imported CA breaks. Worst first. */
public final class CaAdvice {
  private static final int MOST_NAMED = 3;

  /** RFC 5280 section 4.1.2.2. */
  private static final int LONGEST_SERIAL_BITS = 8 * 20 - 1;

  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  /** The kinds of names that Go's crypto/x509 can constrain. */
  private static final Set<Integer> KNOWN_TO_GO =
      Set.of(
          GeneralName.rfc822Name,
          GeneralName.dNSName,
          GeneralName.uniformResourceIdentifier,
          GeneralName.iPAddress);

  private static final String CERTIFY_AGAIN =
      "Certify the same key and name again, what it signed stays valid: `printf 'basicConstraints=critical,CA:TRUE\\nkeyUsage=critical,keyCertSign,cRLSign\\nsubjectKeyIdentifier=hash\\n' > ca.ext`,"
          + " then `openssl x509 -in tls.crt -clrext -signkey tls.key -sha256 -days 3650 -extfile ca.ext -out new.crt`"
          + " for a root (an intermediate: ask its issuer), and put new.crt in the place of tls.crt";

  private static final String NEW_SERIAL =
      "Certify the same key and name again with another serial number, as by `openssl x509 -in tls.crt -signkey tls.key -sha256 -days 3650 -set_serial 0x$(openssl rand -hex 15) -out new.crt`";

  private static final List<String> PYTHON =
      List.of("https://github.com/python/cpython/issues/107361");

  /** In the order of precedence. */
  static final List<AdviceRule<CaSubject>> RULES =
      List.of(
          new AdviceRule<>(
              "additional-trust-namesake",
              "a CA of `additionalTrust` has the subject of another CA in the same bundle and another key, and one of the two has no subjectKeyIdentifier. It is left out of the bundles; what a bundle holds already stays",
              SharedAdvice.ONE_OF_TWO,
              "Ask the owner of that CA for a certificate with a subjectKeyIdentifier, or trust it in a RootCA of its own",
              SharedAdvice.ABOUT_NAMESAKES,
              CaAdvice::namesake),
          new AdviceRule<>(
              "ca-without-key-usage",
              "a CA certificate has no keyUsage, as `openssl req -x509` makes it",
              strict(92),
              CERTIFY_AGAIN,
              with(
                  "RFC 5280 section 4.2.1.3",
                  "https://github.com/elastic/elasticsearch/issues/117769"),
              subject ->
                  of(subject.own(), c -> c.getKeyUsage() == null, "has no keyUsage extension")),
          new AdviceRule<>(
              "ca-basic-constraints-not-critical",
              "the basicConstraints of a CA certificate are not critical, as easy-rsa before 3.2.6 makes it",
              strict(89),
              CERTIFY_AGAIN,
              with("RFC 5280 section 4.2.1.9", "https://github.com/OpenVPN/easy-rsa/issues/1418"),
              subject ->
                  of(
                      subject.own(),
                      c -> !isCritical(c, Extension.basicConstraints.getId()),
                      "has basicConstraints that are not critical")),
          new AdviceRule<>(
              "ca-without-subject-key-identifier",
              "a CA certificate has no subjectKeyIdentifier. No successor of the same subject is taken either",
              strict(86),
              CERTIFY_AGAIN,
              with("RFC 5280 section 4.2.1.2", "https://github.com/canonical/microk8s/issues/5537"),
              subject ->
                  of(
                      subject.own(),
                      c -> KeyIdentifiers.declared(c).isEmpty(),
                      "has no subjectKeyIdentifier")),
          new AdviceRule<>(
              "ca-without-authority-key-identifier",
              "an intermediate CA's certificate has no authorityKeyIdentifier with a key identifier",
              strict(85),
              "Ask its issuer to certify it again with `authorityKeyIdentifier=keyid:always`",
              with("RFC 5280 section 4.2.1.1"),
              subject ->
                  of(
                      subject.intermediates(),
                      c -> KeyIdentifiers.issuer(c).isEmpty(),
                      "has no authorityKeyIdentifier with a key identifier")),
          new AdviceRule<>(
              "negative-serial",
              "a CA certificate, of `additionalTrust` too, has a negative serial number",
              "Go 1.23 and later, which cannot parse it: programs in Go do not trust this CA",
              NEW_SERIAL,
              List.of(
                  "RFC 5280 section 4.1.2.2", "https://go.dev/doc/go1.23#cryptox509pkgcryptox509"),
              subject ->
                  of(
                      subject.all(),
                      c -> c.getSerialNumber().signum() < 0,
                      "has a negative serial number")),
          new AdviceRule<>(
              "name-constraints-unknown-to-go",
              "a CA certificate has critical name constraints of a kind other than DNS names, IP addresses, e-mail addresses and URIs, such as directory names",
              "Go (\"unhandled critical extension\") and, for directory names, pyca/cryptography",
              "Ask for a certificate that constrains only DNS names, IP addresses, e-mail addresses and URIs; spec.nameConstraints of a RootCA that is made here can hold no other ones",
              List.of(
                  "RFC 5280 section 4.2.1.10",
                  "https://github.com/golang/go/issues/15196",
                  "https://github.com/pyca/cryptography/pull/15014"),
              subject ->
                  of(
                      subject.own(),
                      CaAdvice::constrainsUnknownNames,
                      "has critical name constraints of a kind that Go does not know")),
          new AdviceRule<>(
              "ca-rsa-pss-key",
              "the key of a CA certificate is restricted to RSASSA-PSS (the algorithm of the key, not of a signature)",
              "Go and Mbed TLS, which do not know such keys",
              "Use a CA with an ordinary RSA key (rsaEncryption) or an ECDSA key",
              List.of(
                  "RFC 4055 section 1.2",
                  "https://github.com/golang/go/issues/48314",
                  "https://github.com/Mbed-TLS/mbedtls/issues/10580"),
              subject ->
                  of(
                      subject.own(),
                      c -> c.getPublicKey().getAlgorithm().equals("RSASSA-PSS"),
                      "has a key of the kind RSASSA-PSS")),
          new AdviceRule<>(
              "ed25519-ca",
              "the key of a CA is Ed25519",
              SharedAdvice.WITHOUT_ED25519,
              "Use ECDSA P-256, the default, where one of them is to verify its certificates",
              SharedAdvice.ABOUT_ED25519,
              subject -> of(subject.own(), LeafAdvice::isEd25519, "has an Ed25519 key")),
          new AdviceRule<>(
              "ca-limited-purpose",
              "the extendedKeyUsage of a CA certificate lacks serverAuth or clientAuth",
              "OpenSSL, Go and Windows, where they verify a certificate of the missing purpose: it is refused at issue",
              "Ask for a CA certificate without extendedKeyUsage, or with both purposes, if it is to issue ServerCerts and ClientCerts",
              List.of(
                  "RFC 5280 section 4.2.1.12",
                  "https://docs.openssl.org/3.0/man1/openssl-verification-options/#extensions-checks"),
              subject ->
                  of(
                      subject.own(),
                      CaAdvice::isOfLimitedPurpose,
                      "has an extendedKeyUsage without serverAuth or without clientAuth")),
          new AdviceRule<>(
              "two-intermediates",
              "there are two or more intermediates between the certificates of a CA and its root",
              "nginx as a verifier of clients unless `ssl_verify_depth` is raised (\"certificate chain too long\"), ingress-nginx unless the annotation `nginx.ingress.kubernetes.io/auth-tls-verify-depth` is, Apache unless `SSLVerifyDepth` is",
              "Set the depth to the number of intermediates, and accept this advice",
              List.of(
                  "https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_verify_depth",
                  "https://github.com/kubernetes/ingress-nginx/issues/110",
                  "https://github.com/kubernetes/ingress-nginx/issues/10666"),
              CaAdvice::longChain),
          new AdviceRule<>(
              "zero-serial",
              "a CA certificate has the serial number 0",
              "a future release of pyca/cryptography, which warns today; linters report it",
              NEW_SERIAL,
              List.of(
                  "RFC 5280 section 4.1.2.2",
                  "the warning of cryptography 48.0.0 (https://cryptography.io)"),
              subject ->
                  of(
                      subject.own(),
                      c -> c.getSerialNumber().signum() == 0,
                      "has the serial number 0")),
          new AdviceRule<>(
              "long-serial",
              "a CA certificate has a serial number of more than 20 octets",
              "programs with room for no more than the 20 octets that RFC 5280 asks of them; linters report it",
              NEW_SERIAL,
              List.of("RFC 5280 section 4.1.2.2"),
              subject ->
                  of(
                      subject.own(),
                      c -> c.getSerialNumber().bitLength() > LONGEST_SERIAL_BITS,
                      "has a serial number of more than 20 octets")));

  private CaAdvice() {}

  /** What there is to say about a CA, worst first. */
  public static List<Advice> on(CaSubject subject) {
    return AdviceRule.all(RULES, subject);
  }

  private static String strict(int error) {
    return "Python 3.13 and later (default context) and `openssl verify -x509_strict` (error "
        + error
        + ")";
  }

  private static List<String> with(String... sources) {
    return Stream.concat(Stream.of(sources), PYTHON.stream()).toList();
  }

  private static Optional<String> of(
      Stream<X509Certificate> some, Predicate<X509Certificate> rule, String what) {
    return named(some.filter(rule).toList(), CaPath::named)
        .map(names -> "the CA certificate " + names + " " + what);
  }

  private static <T> Optional<String> named(List<T> found, Function<T, String> name) {
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(
            found.stream().limit(MOST_NAMED).map(name).collect(Collectors.joining(", "))
                + (found.size() > MOST_NAMED
                    ? " and " + (found.size() - MOST_NAMED) + " more"
                    : ""));
  }

  private static Optional<String> namesake(CaSubject subject) {
    return named(subject.leftOut(), Namesakes.Pair::message)
        .map(pairs -> "additionalTrust: the second of each pair is left out: " + pairs)
        .or(
            () ->
                named(subject.stayed(), Namesakes.Pair::message)
                    .map(pairs -> "additionalTrust: " + pairs));
  }

  private static Optional<String> longChain(CaSubject subject) {
    return subject.paths().stream()
        .filter(path -> path.chain().size() > 1)
        .findFirst()
        .map(
            path ->
                "there are "
                    + path.chain().size()
                    + " intermediates below the root "
                    + CaPath.named(path.anchor()));
  }

  private static boolean isCritical(X509Certificate certificate, String extension) {
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    return critical != null && critical.contains(extension);
  }

  private static boolean isOfLimitedPurpose(X509Certificate certificate) {
    try {
      List<String> purposes = certificate.getExtendedKeyUsage();
      return purposes != null
          && !purposes.contains(ANY_PURPOSE)
          && !purposes.containsAll(List.of(SERVER_AUTH, CLIENT_AUTH));
    } catch (CertificateParsingException e) {
      // such a CA is not imported
      return false;
    }
  }

  private static boolean constrainsUnknownNames(X509Certificate certificate) {
    String extension = Extension.nameConstraints.getId();
    if (!isCritical(certificate, extension)) {
      return false;
    }
    try {
      NameConstraints constraints =
          NameConstraints.getInstance(
              ASN1OctetString.getInstance(certificate.getExtensionValue(extension)).getOctets());
      return Stream.of(constraints.getPermittedSubtrees(), constraints.getExcludedSubtrees())
          .filter(subtrees -> subtrees != null)
          .flatMap(Stream::of)
          .map(GeneralSubtree::getBase)
          .anyMatch(base -> !KNOWN_TO_GO.contains(base.getTagNo()));
    } catch (RuntimeException e) {
      // Bouncy Castle throws several kinds of exceptions for malformed input; the proof refuses it
      return false;
    }
  }
}
