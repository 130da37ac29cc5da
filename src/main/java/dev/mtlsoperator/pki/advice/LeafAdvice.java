package dev.mtlsoperator.pki.advice;

import dev.mtlsoperator.pki.key.Pkcs12;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The rules for certificates of servers and clients. Worst first. */
public final class LeafAdvice {
  /** Apple counts from notBefore, which lies five minutes before the issue. */
  private static final Duration LONGEST_FOR_APPLE = Duration.ofDays(825);

  private static final int MOST_NAMED = 3;

  private static final int P521_BITS = 521;

  private static final Pattern WILDCARD = Pattern.compile("\\*\\.[^.]+\\.?");
  private static final Pattern HOST =
      Pattern.compile(
          "(?i)localhost|[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-f]*:[0-9a-f:.]*:[0-9a-f.]*");

  /** In the order of precedence. */
  static final List<AdviceRule<LeafSubject>> RULES =
      List.of(
          new AdviceRule<>(
              "trusted-namesakes",
              "`ca.crt` holds, of different RootCAs of `trustedCARefs`, two CA certificates of the same subject and different keys, and one of the two has no subjectKeyIdentifier. What a Secret holds already stays, and so does what a rotation brings; a new one of `additionalTrust` is left out, and a new pair in `trustedCARefs` refused",
              SharedAdvice.ONE_OF_TWO,
              "Name only one of the RootCAs, or have one replaced by a CA of another subject or with a subjectKeyIdentifier",
              SharedAdvice.ABOUT_NAMESAKES,
              subject ->
                  subject.trusted().stream()
                      .findFirst()
                      .map(pair -> "spec.trustedCARefs: " + pair.message())),
          new AdviceRule<>(
              "trust-does-not-fit",
              "`additionalTrust` of the RootCAs in `trustedCARefs` brings more than 384 KiB of certificates together. What a Secret holds already stays; those that find no room are left out",
              "the program that uses this Secret: it refuses peers whose certificates those CAs signed",
              "Name fewer RootCAs in spec.trustedCARefs, or have additionalTrust of one of them shortened",
              List.of("the Secret has at most 1 MiB, which is the API server's bound"),
              LeafAdvice::unfitting),
          new AdviceRule<>(
              "ed25519",
              "the key of a certificate is Ed25519",
              SharedAdvice.WITHOUT_ED25519,
              "Use ECDSA P-256, the default of spec.privateKey, where one of them is the peer",
              SharedAdvice.ABOUT_ED25519,
              subject ->
                  when(isEd25519(subject.certificate()), "the certificate has an Ed25519 key")),
          new AdviceRule<>(
              "p521",
              "the key of a certificate is ECDSA P-521",
              "Chrome, Edge, Android, and programs on BoringSSL (Envoy, gRPC): they do not offer ecdsa_secp521r1_sha512",
              "Use ECDSA P-256 or P-384",
              List.of(
                  "https://github.com/google/conscrypt/issues/681",
                  "https://github.com/brave/brave-browser/issues/13184",
                  "https://github.com/AMWA-TV/nmos-testing/issues/206"),
              subject ->
                  when(isP521(subject.certificate()), "the certificate has an ECDSA P-521 key")),
          new AdviceRule<>(
              "wildcard-below-top-level",
              "a server has a wildcard directly below a top-level label, such as `*.local`",
              "browsers, OpenSSL (curl, Python, nginx as a proxy), GnuTLS and macOS: for them it matches no host",
              "List the names, or move the hosts below another label, such as `*.lan.local`",
              List.of(
                  "RFC 6125 section 7.2",
                  "https://github.com/FiloSottile/mkcert/issues/30",
                  "https://github.com/curl/curl/issues/15914",
                  "https://github.com/OpenVPN/easy-rsa/issues/260"),
              LeafAdvice::wildcards),
          new AdviceRule<>(
              "server-life-over-825-days",
              "a server's certificate is valid for more than 825 days. The bound of 398 days does not hold for CAs that users or administrators add",
              "macOS 10.15 and later, iOS 13 and later",
              "Ask for `duration: 824d` or less (notBefore lies five minutes before the issue); renewal is automatic",
              List.of("https://support.apple.com/103769", "https://support.apple.com/102028"),
              LeafAdvice::longLife),
          new AdviceRule<>(
              "keystore-for-people",
              "`keystore.p12` has the modern encryption, and the ClientCert is probably for a person: it has an e-mail address, or a common name of several words in capitals (`Jane Doe`), and no DNS name, IP address or URI",
              "macOS up to 14, iOS, Android up to 15 and Windows Server 2016, which say \"wrong password\"",
              "Set spec.keystores.pkcs12.encryption: Legacy if one of them imports it; if not, accept this advice",
              List.of(
                  "RFC 7292",
                  "https://github.com/strongswan/strongswan-docs/issues/5",
                  "https://github.com/NeySlim/ultimate-ca-manager/issues/331",
                  "https://github.com/kube-rs/kube/issues/691",
                  "https://github.com/gregtwallace/certwarden/issues/78"),
              subject ->
                  when(
                      subject.keystores().filter(Pkcs12.Encryption.MODERN::equals).isPresent()
                          && subject.isPersonal(),
                      "the certificate looks like a person's, and keystore.p12 has the modern encryption (AES-256, SHA-256)")),
          new AdviceRule<>(
              "common-name-not-in-san",
              "the common name of a server is an IP address or `localhost`, and no subject alternative name has it",
              "all peers that look at subject alternative names alone: browsers, macOS and iOS, Go since 1.15, Python since 3.7",
              "Add it to spec.ipAddresses or spec.dnsNames",
              List.of(
                  "RFC 6125 section 6.4.4",
                  "https://go.dev/doc/go1.15#commonname",
                  "https://support.apple.com/103769"),
              LeafAdvice::commonName));

  private LeafAdvice() {}

  /** What there is to say about a certificate, worst first. */
  public static List<Advice> on(LeafSubject subject) {
    return AdviceRule.all(RULES, subject);
  }

  static boolean isEd25519(X509Certificate certificate) {
    String algorithm = certificate.getPublicKey().getAlgorithm();
    return algorithm.equals("EdDSA") || algorithm.equals("Ed25519");
  }

  private static boolean isP521(X509Certificate certificate) {
    return certificate.getPublicKey() instanceof ECPublicKey key
        && key.getParams().getCurve().getField().getFieldSize() == P521_BITS;
  }

  private static Optional<String> when(boolean found, String what) {
    return found ? Optional.of(what) : Optional.empty();
  }

  private static Optional<String> wildcards(LeafSubject subject) {
    String found =
        subject.isServer()
            ? subject.names().dnsNames().stream()
                .filter(name -> WILDCARD.matcher(name).matches())
                .limit(3)
                .collect(Collectors.joining(", "))
            : "";
    return when(!found.isEmpty(), "the certificate has the DNS name " + found);
  }

  private static Optional<String> longLife(LeafSubject subject) {
    X509Certificate certificate = subject.certificate();
    Duration life =
        Duration.between(
            certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
    return when(
        subject.isServer() && life.compareTo(LONGEST_FOR_APPLE) > 0,
        "the certificate is valid for more than 825 days");
  }

  private static Optional<String> commonName(LeafSubject subject) {
    return subject.isServer()
        ? subject
            .commonName()
            .filter(name -> HOST.matcher(name).matches())
            .filter(name -> subject.names().dnsNames().stream().noneMatch(name::equalsIgnoreCase))
            .filter(
                name -> subject.names().ipAddresses().stream().noneMatch(name::equalsIgnoreCase))
            .map(
                name ->
                    "the common name '" + name + "' is no subject alternative name of the server")
        : Optional.empty();
  }

  private static Optional<String> unfitting(LeafSubject subject) {
    return subject.unfitting().isEmpty()
        ? Optional.empty()
        : Optional.of(
            "spec.trustedCARefs: left out for want of room are, of additionalTrust, "
                + subject.unfitting().entrySet().stream()
                    .limit(MOST_NAMED)
                    .map(of -> of.getValue() + " of RootCA " + of.getKey())
                    .collect(Collectors.joining(", "))
                + (subject.unfitting().size() > MOST_NAMED ? " and others" : ""));
  }
}
