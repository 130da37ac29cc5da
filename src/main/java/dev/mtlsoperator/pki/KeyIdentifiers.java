package dev.mtlsoperator.pki;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;

/**
 * Key identifiers tell generations of a CA apart that have the same name (RFC 5280 sections 4.2.1.1
 * and 4.2.1.2).
 */
public final class KeyIdentifiers {
  private KeyIdentifiers() {}

  /**
   * Whether a certificate names that CA as its issuer, by name and key identifier. No signature is
   * checked.
   */
  public static boolean namesIssuer(X509Certificate certificate, X509Certificate ca) {
    Optional<byte[]> authority = authority(certificate);
    return certificate.getIssuerX500Principal().equals(ca.getSubjectX500Principal())
        && authority.isPresent()
        && Arrays.equals(authority.get(), subject(ca));
  }

  /**
   * The same for certificates that were not made here, which may lack either identifier; a
   * signature has to tell.
   */
  static boolean mayNameIssuer(X509Certificate certificate, X509Certificate ca) {
    Optional<byte[]> authority = authority(certificate);
    return certificate.getIssuerX500Principal().equals(ca.getSubjectX500Principal())
        && (authority.isEmpty()
            || ca.getExtensionValue(Extension.subjectKeyIdentifier.getId()) == null
            || Arrays.equals(authority.get(), subject(ca)));
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

  /** A CA's own identifier, as {@link #issuer} has it. */
  public static String own(X509Certificate ca) {
    return HexFormat.of().formatHex(subject(ca));
  }

  /** Which key a certificate says to be signed by; empty: it does not say. */
  public static Optional<String> issuer(X509Certificate certificate) {
    return authority(certificate).map(HexFormat.of()::formatHex);
  }

  /** A certificate's own identifier; computed from its key where the extension is missing. */
  static byte[] subject(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    return extension == null
        ? Profile.keyIdentifier(certificate.getPublicKey())
        : SubjectKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
            .getKeyIdentifier();
  }

  private static Optional<byte[]> authority(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    return extension == null
        ? Optional.empty()
        : Optional.ofNullable(
            AuthorityKeyIdentifier.getInstance(ASN1OctetString.getInstance(extension).getOctets())
                .getKeyIdentifierOctets());
  }
}
