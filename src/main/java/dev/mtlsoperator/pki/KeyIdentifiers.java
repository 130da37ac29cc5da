package dev.mtlsoperator.pki;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/**
 * Key identifiers, which distinguish generations of a CA that have the same name (RFC 5280 sections
 * 4.2.1.1 and 4.2.1.2).
 */
public final class KeyIdentifiers {
  private KeyIdentifiers() {}

  /**
   * Whether a certificate names a CA as its issuer, by name and key identifier; the signature is
   * not checked.
   */
  public static boolean namesIssuer(X509Certificate certificate, X509Certificate ca) {
    return certificate.getIssuerX500Principal().equals(ca.getSubjectX500Principal())
        && authority(certificate) instanceof Authority.Key key
        && key.identifier().equals(own(ca));
  }

  /**
   * The same for certificates made elsewhere, which may lack either identifier; only the signature
   * proves it.
   */
  static boolean mayNameIssuer(X509Certificate certificate, X509Certificate ca) {
    if (!certificate.getIssuerX500Principal().equals(ca.getSubjectX500Principal())) {
      return false;
    }
    Authority authority = authority(certificate);
    return authority instanceof Authority.Key key
        ? ca.getExtensionValue(Extension.subjectKeyIdentifier.getId()) == null
            || key.identifier().equals(own(ca))
        : authority instanceof Authority.NotGiven;
  }

  /** Whether a CA's key really signed a certificate. */
  public static boolean signed(X509Certificate certificate, X509Certificate ca) {
    try {
      certificate.verify(ca.getPublicKey());
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  /** The key identifier of a CA, in the notation of {@link #issuer}. */
  public static String own(X509Certificate ca) {
    return HexFormat.of().formatHex(subject(ca));
  }

  /**
   * The key identifier of the issuer, in hexadecimal; empty if the certificate has none that can be
   * read.
   */
  public static Optional<String> issuer(X509Certificate certificate) {
    return authority(certificate) instanceof Authority.Key key
        ? Optional.of(key.identifier())
        : Optional.empty();
  }

  /**
   * The key identifier that a CA's certificate declares, in hexadecimal; empty if the extension is
   * missing or cannot be read.
   */
  public static Optional<String> declared(X509Certificate ca) {
    return extension(ca).map(HexFormat.of()::formatHex);
  }

  /**
   * Whether a key identifier is marked as critical, which RFC 5280 sections 4.2.1.1 and 4.2.1.2
   * forbid: OpenSSL and Go refuse such a certificate.
   */
  static boolean areCritical(X509Certificate certificate) {
    Set<String> critical = certificate.getCriticalExtensionOIDs();
    return critical != null
        && (critical.contains(Extension.subjectKeyIdentifier.getId())
            || critical.contains(Extension.authorityKeyIdentifier.getId()));
  }

  /**
   * The key identifier of a certificate; computed from its key if the extension is missing or
   * cannot be read.
   */
  static byte[] subject(X509Certificate certificate) {
    return extension(certificate)
        .orElseGet(() -> Profile.keyIdentifier(certificate.getPublicKey()));
  }

  private static Optional<byte[]> extension(X509Certificate certificate) {
    return Optional.ofNullable(
            certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId()))
        .flatMap(KeyIdentifiers::subject);
  }

  private static Optional<byte[]> subject(byte[] extension) {
    try {
      return Optional.ofNullable(
          SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
              .getKeyIdentifier());
    } catch (RuntimeException e) {
      // Bouncy Castle throws several kinds of exceptions for malformed input
      return Optional.empty();
    }
  }

  /** What a certificate tells about its issuer's key. */
  private sealed interface Authority {
    /** Nothing. */
    record NotGiven() implements Authority {}

    /** An extension that cannot be read: it matches no CA. */
    record Unreadable() implements Authority {}

    /** An identifier, in hexadecimal. */
    record Key(String identifier) implements Authority {}
  }

  private static Authority authority(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    if (extension == null) {
      return new Authority.NotGiven();
    }
    try {
      byte[] identifier =
          AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
              .getKeyIdentifierOctets();
      return identifier == null
          ? new Authority.NotGiven()
          : new Authority.Key(HexFormat.of().formatHex(identifier));
    } catch (RuntimeException e) {
      // Bouncy Castle throws several kinds of exceptions for malformed input
      return new Authority.Unreadable();
    }
  }
}
