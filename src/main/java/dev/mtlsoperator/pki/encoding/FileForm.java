package dev.mtlsoperator.pki.encoding;

import java.util.Optional;

/** The forms of files that people supply where a certificate or a private key in PEM is needed. */
enum FileForm {
  CERTIFICATE(
      "a certificate in DER", "`openssl x509 -inform DER -in FILE -out OUT` writes it in PEM", ""),
  TRUSTED_CERTIFICATE(
      "an OpenSSL TRUSTED CERTIFICATE, which names purposes that only OpenSSL reads",
      "`openssl x509 -in FILE -out OUT` writes the certificate alone",
      ""),
  PKCS7(
      "a PKCS#7 file",
      "`openssl pkcs7 -in FILE -print_certs -out OUT` writes its certificates",
      ""),
  PKCS7_DER(
      "a PKCS#7 file in DER",
      "`openssl pkcs7 -inform DER -in FILE -print_certs -out OUT` writes its certificates",
      ""),
  PKCS12(
      "a PKCS#12 keystore",
      "`openssl pkcs12 -in FILE -nokeys -out OUT` writes its certificates",
      "`openssl pkcs12 -in FILE -nocerts -nodes -out OUT` writes its key"),
  JKS(
      "a Java keystore",
      "`keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12`, then `openssl pkcs12 -in FILE.p12 -nokeys -out OUT`, write its certificates",
      "`keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12`, then `openssl pkcs12 -in FILE.p12 -nocerts -nodes -out OUT`, write its key"),
  PRIVATE_KEY(
      "a private key in DER", "", "`openssl pkey -inform DER -in FILE -out OUT` writes it in PEM"),
  ENCRYPTED_KEY_DER(
      "an encrypted private key in DER",
      "",
      "`openssl pkcs8 -inform DER -in FILE -out OUT` writes it in PEM, without its password"),
  ENCRYPTED_KEY(
      "an encrypted private key",
      "",
      "`openssl pkey -in FILE -out OUT` writes it without its password; in the cluster it lies in a Secret"),
  OPENSSH_KEY(
      "a private key in the form of OpenSSH",
      "",
      "`ssh-keygen -p -N '' -m PKCS8 -f FILE` rewrites an ECDSA or RSA key in PEM"),
  PUBLIC_KEY("a public key alone", "", "the private key that belongs to it is needed"),
  REQUEST(
      "a certificate request (PKCS#10), which no CA has signed yet",
      "`openssl x509 -req -in FILE -signkey tls.key -days 3650 -extfile ca.ext -out OUT` makes a root of it",
      ""),
  CRL("a certificate revocation list", "", ""),
  PARAMETERS("parameters of a key, and no key", "", ""),
  UTF_16(
      "text in UTF-16, as PowerShell writes it",
      "`iconv -f UTF-16 -t UTF-8 FILE > OUT` writes it in UTF-8",
      "`iconv -f UTF-16 -t UTF-8 FILE > OUT` writes it in UTF-8"),
  COMPRESSED("compressed by gzip", "`gunzip < FILE > OUT`", "`gunzip < FILE > OUT`"),
  PEM("PEM", "", ""),
  TEXT("text without a line -----BEGIN …-----", "", ""),
  NOTHING("empty", "", ""),
  BINARY("binary data of an unknown form", "", "");

  private final String what;
  private final String certificates;
  private final String key;

  FileForm(String what, String certificates, String key) {
    this.what = what;
    this.certificates = certificates;
    this.key = key;
  }

  /** The form in words, with its article. */
  String what() {
    return what;
  }

  /** How to make certificates in PEM of it; empty if that is not possible. */
  Optional<String> remedy(SuppliedFile.Use use) {
    String remedy =
        switch (use) {
          case CERTIFICATES -> certificates;
          case PRIVATE_KEY -> key;
          case REVOCATION_LISTS -> this == UTF_16 || this == COMPRESSED ? certificates : "";
        };
    return Optional.of(remedy).filter(command -> !command.isEmpty());
  }

  /** Whether it can hold nothing but what is public. */
  boolean isPublic() {
    return switch (this) {
      case CERTIFICATE, TRUSTED_CERTIFICATE, PKCS7, PKCS7_DER, CRL, REQUEST -> true;
      default -> false;
    };
  }

  /** Whether it is a private key that needs its password, or another program. */
  boolean isLockedKey() {
    return this == ENCRYPTED_KEY || this == OPENSSH_KEY;
  }

  /** The form of a PEM block; empty for a certificate or key that is read as it is. */
  static Optional<FileForm> ofBlock(PemBlocks.Block block) {
    return switch (block.label()) {
      case "TRUSTED CERTIFICATE" -> Optional.of(TRUSTED_CERTIFICATE);
      case "PKCS7", "CMS", "PKCS #7 SIGNED DATA" -> Optional.of(PKCS7);
      case "ENCRYPTED PRIVATE KEY" -> Optional.of(ENCRYPTED_KEY);
      case "OPENSSH PRIVATE KEY" -> Optional.of(OPENSSH_KEY);
      case "PUBLIC KEY", "RSA PUBLIC KEY" -> Optional.of(PUBLIC_KEY);
      case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST" -> Optional.of(REQUEST);
      case "X509 CRL" -> Optional.of(CRL);
      case "EC PARAMETERS", "DH PARAMETERS", "DSA PARAMETERS" -> Optional.of(PARAMETERS);
      default ->
          // RFC 1421 headers
          block.label().endsWith("PRIVATE KEY") && block.body().contains("ENCRYPTED")
              ? Optional.of(ENCRYPTED_KEY)
              : Optional.empty();
    };
  }
}
