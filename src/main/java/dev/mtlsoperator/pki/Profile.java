package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.revocation.RevocationUrls;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;

/**
 * The purpose of a certificate, and with it the extensions that it gets: the complete table of the
 * RFC 5280 profiles that the operator issues; {@link CrlProfile} has that of CRLs.
 */
public enum Profile {
  /** A root CA, without a path length, which would rule out cross-certificates. */
  CA,
  /** A TLS server. */
  SERVER,
  /** A TLS client. */
  CLIENT,
  /** A peer that is a TLS server and a TLS client with the same certificate. */
  PEER,
  /** A delegated OCSP responder of its issuer. */
  OCSP_RESPONDER;

  private static final boolean CRITICAL = true;
  private static final boolean NOT_CRITICAL = false;

  /** The profile of a leaf with these extended key usages; empty if none is issued with them. */
  public static Optional<Profile> ofLeaf(X509Certificate certificate) {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      Set<String> purposes = usages == null ? Set.of() : Set.copyOf(usages);
      return Stream.of(SERVER, CLIENT, PEER)
          .filter(profile -> Set.copyOf(profile.purposes()).equals(purposes))
          .findFirst();
    } catch (CertificateParsingException e) {
      return Optional.empty();
    }
  }

  /** The OIDs of the extended key usages of a leaf with this profile (RFC 5280 4.2.1.12). */
  List<String> purposes() {
    return purposeIds().stream().map(KeyPurposeId::getId).toList();
  }

  private List<KeyPurposeId> purposeIds() {
    return switch (this) {
      case CA -> List.of();
      case SERVER -> List.of(KeyPurposeId.id_kp_serverAuth);
      case CLIENT -> List.of(KeyPurposeId.id_kp_clientAuth);
      case PEER -> List.of(KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth);
      // RFC 6960 4.2.2.2: MUST be, in a certificate of the CA itself
      case OCSP_RESPONDER -> List.of(KeyPurposeId.id_kp_OCSPSigning);
    };
  }

  /** Adds this profile's extensions. */
  void addExtensions(
      X509v3CertificateBuilder builder,
      CertificateRequest request,
      PublicKey subjectKey,
      byte[] issuerKeyIdentifier)
      throws CertIOException {
    // RFC 5280 4.2.1.2: method 1, SHA-1 of the key; an identifier, not a signature
    builder.addExtension(
        Extension.subjectKeyIdentifier,
        NOT_CRITICAL,
        keyIdentifiers().createSubjectKeyIdentifier(spki(subjectKey)));
    // RFC 5280 4.2.1.1: may be left out of self-signed certificates only
    if (this != CA || !Arrays.equals(issuerKeyIdentifier, keyIdentifier(subjectKey))) {
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          NOT_CRITICAL,
          new AuthorityKeyIdentifier(issuerKeyIdentifier));
    }
    if (this == CA) {
      addCaExtensions(builder, request);
    } else {
      // RFC 5480 3, RFC 8410 5: keyEncipherment is for RSA key transport only; RFC 5280 4.2.1.12:
      // to a server
      boolean encipherment =
          purposeIds().contains(KeyPurposeId.id_kp_serverAuth)
              && subjectKey.getAlgorithm().equals("RSA");
      addLeafExtensions(
          builder,
          request,
          KeyUsage.digitalSignature | (encipherment ? KeyUsage.keyEncipherment : 0));
    }
  }

  private static void addCaExtensions(X509v3CertificateBuilder builder, CertificateRequest request)
      throws CertIOException {
    // RFC 5280 4.2.1.9: CAs MUST include it and mark it critical
    builder.addExtension(Extension.basicConstraints, CRITICAL, new BasicConstraints(true));
    // RFC 5280 4.2.1.3: conforming CAs MUST include it; SHOULD be critical
    builder.addExtension(
        Extension.keyUsage, CRITICAL, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
    // RFC 5280 4.2.1.10: conforming CAs MUST mark it critical
    if (!request.constraints().isEmpty()) {
      builder.addExtension(Extension.nameConstraints, CRITICAL, request.constraints().extension());
    }
  }

  private void addLeafExtensions(
      X509v3CertificateBuilder builder, CertificateRequest request, int usage)
      throws CertIOException {
    // RFC 5280 4.2.1.9: may appear in end-entity certificates
    builder.addExtension(Extension.basicConstraints, CRITICAL, new BasicConstraints(false));
    // RFC 5280 4.2.1.3
    builder.addExtension(Extension.keyUsage, CRITICAL, new KeyUsage(usage));
    // RFC 5280 4.2.1.12
    builder.addExtension(
        Extension.extendedKeyUsage,
        NOT_CRITICAL,
        new ExtendedKeyUsage(purposeIds().toArray(KeyPurposeId[]::new)));
    // RFC 5280 4.2.1.6: critical where the subject is empty
    if (!request.names().isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          request.subject().isEmpty(),
          request.names().generalNames());
    }
    addRevocation(builder, request.revocation());
    // RFC 6960 4.2.2.2.1: verifiers need not ask whether it is revoked; non-critical, NULL
    if (this == OCSP_RESPONDER) {
      builder.addExtension(
          OCSPObjectIdentifiers.id_pkix_ocsp_nocheck, NOT_CRITICAL, DERNull.INSTANCE);
    }
  }

  private static void addRevocation(X509v3CertificateBuilder builder, RevocationUrls urls)
      throws CertIOException {
    // RFC 5280 4.2.1.13: SHOULD be non-critical; all URIs of one point name one and the same CRL
    if (!urls.crls().isEmpty()) {
      GeneralNames names =
          new GeneralNames(urls.crls().stream().map(Profile::uri).toArray(GeneralName[]::new));
      builder.addExtension(
          Extension.cRLDistributionPoints,
          NOT_CRITICAL,
          new CRLDistPoint(
              new DistributionPoint[] {
                new DistributionPoint(new DistributionPointName(names), null, null)
              }));
    }
    // RFC 5280 4.2.2.1: MUST be non-critical
    if (urls.ocsp().isPresent()) {
      builder.addExtension(
          Extension.authorityInfoAccess,
          NOT_CRITICAL,
          new AuthorityInformationAccess(AccessDescription.id_ad_ocsp, uri(urls.ocsp().get())));
    }
  }

  private static GeneralName uri(String uri) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, uri);
  }

  static byte[] keyIdentifier(PublicKey key) {
    return keyIdentifiers().createSubjectKeyIdentifier(spki(key)).getKeyIdentifier();
  }

  private static SubjectPublicKeyInfo spki(PublicKey key) {
    return SubjectPublicKeyInfo.getInstance(key.getEncoded());
  }

  private static JcaX509ExtensionUtils keyIdentifiers() {
    try {
      return new JcaX509ExtensionUtils();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
