package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeySigner;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import dev.mtlsoperator.pki.revocation.Crl;
import java.io.IOException;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * A certificate authority: a CA certificate and its private key, which together sign certificates
 * and CRLs.
 */
public final class CertificateAuthority {
  /** RFC 5280 section 4.1.2.2: positive and at most 20 octets; so the top bit stays zero. */
  private static final int SERIAL_BITS = 159;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final X509Certificate certificate;
  private final KeyMaterial key;
  private final KeySigner signing;

  private CertificateAuthority(X509Certificate certificate, KeyMaterial key, KeySigner signing) {
    this.certificate = certificate;
    this.key = key;
    this.signing = signing;
  }

  /**
   * A new self-signed root.
   *
   * @param constraints the names for which it may sign
   */
  public static CertificateAuthority selfSigned(
      DistinguishedName subject,
      NameConstraintsExtension constraints,
      Validity validity,
      KeyMaterial key) {
    if (subject.isEmpty()) {
      throw new PkiException("a CA needs a subject (RFC 5280 section 4.1.2.6)");
    }
    CertificateRequest request =
        new CertificateRequest(Profile.CA, subject, SubjectAltNames.none(), constraints, validity);
    byte[] identifier = Profile.keyIdentifier(key.publicKey());
    KeySigner signing = KeySigner.of(key);
    return new CertificateAuthority(
        sign(request, key.publicKey(), subject.name(), identifier, signing), key, signing);
  }

  /**
   * An existing CA.
   *
   * @throws PkiException if the certificate is not a CA's, or does not belong to the key
   */
  public static CertificateAuthority of(X509Certificate certificate, KeyMaterial key) {
    if (!KeyUsages.isCa(certificate)) {
      throw new PkiException(
          "the certificate is not a CA's: basicConstraints does not say CA:TRUE");
    }
    if (!KeyUsages.maySignCertificates(certificate)) {
      throw new PkiException("the CA's certificate may not sign: its key usage lacks keyCertSign");
    }
    if (!key.matches(certificate)) {
      throw new PkiException("the private key does not belong to the CA's certificate");
    }
    return new CertificateAuthority(certificate, key, KeySigner.of(key));
  }

  public X509Certificate certificate() {
    return certificate;
  }

  /** The key, to be stored. */
  public KeyMaterial key() {
    return key;
  }

  /**
   * Signs a leaf's certificate. Its issuer is this CA's subject as encoded.
   *
   * @throws PkiException if the request is for a CA, has no name, or has the CA's own subject
   */
  public X509Certificate issue(CertificateRequest request, PublicKey subjectKey) {
    if (request.profile() == Profile.CA) {
      throw new PkiException("this CA signs only leaves, not other CAs");
    }
    if (request.subject().isEmpty() && request.names().isEmpty()) {
      throw new PkiException("a certificate needs a subject or a subject alternative name");
    }
    if (request.subject().equals(DistinguishedName.of(certificate))) {
      // RFC 5280 section 3.2 calls it self-issued; verifiers look for a root in it
      throw new PkiException("a leaf must not have the subject of its CA: choose another one");
    }
    X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    return sign(request, subjectKey, issuer, KeyIdentifiers.subject(certificate), signing);
  }

  /**
   * Signs a cross-certificate for the name and key of another CA (RFC 4210 section 4.4, "new with
   * old"), so that verifiers that know only this CA accept leaves of the other one. It does not
   * outlive this CA.
   *
   * @param constraints of the other CA
   */
  public X509Certificate crossSign(X509Certificate other, NameConstraintsExtension constraints) {
    Validity own = new Validity(other.getNotBefore().toInstant(), other.getNotAfter().toInstant());
    CertificateRequest request =
        new CertificateRequest(
            Profile.CA,
            DistinguishedName.of(other),
            SubjectAltNames.none(),
            constraints,
            own.clampedTo(certificate));
    X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    return sign(
        request, other.getPublicKey(), issuer, KeyIdentifiers.subject(certificate), signing);
  }

  /**
   * Signs a CRL (RFC 5280 section 5), which lists every revoked certificate of this CA. It is
   * verified before it is returned.
   *
   * @throws PkiException if this CA's certificate does not allow it to sign CRLs, or the CRL is
   *     larger than what is read
   */
  public Crl sign(CrlContents contents) {
    if (!Crl.maySign(certificate)) {
      throw new PkiException(
          "the CA's certificate may not sign CRLs: its key usage lacks cRLSign. Let its issuer make it again with `keyUsage = critical, keyCertSign, cRLSign`");
    }
    try {
      Crl crl =
          Crl.parse(
              CrlProfile.unsigned(certificate, contents).build(signing.signer()).getEncoded());
      if (!crl.isSignedBy(certificate)) {
        throw new PkiException("the CRL just signed does not verify with the CA's certificate");
      }
      return crl;
    } catch (IOException | OperatorCreationException e) {
      throw new PkiException("the CRL could not be signed", e);
    }
  }

  @Override
  public String toString() {
    return "CertificateAuthority[" + certificate.getSubjectX500Principal() + ", key withheld]";
  }

  private static X509Certificate sign(
      CertificateRequest request,
      PublicKey subjectKey,
      X500Name issuer,
      byte[] issuerKeyIdentifier,
      KeySigner signing) {
    try {
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              issuer,
              serial(),
              Date.from(request.validity().notBefore()),
              Date.from(request.validity().notAfter()),
              request.subject().name(),
              SubjectPublicKeyInfo.getInstance(subjectKey.getEncoded()));
      request.profile().addExtensions(builder, request, subjectKey, issuerKeyIdentifier);
      return Pem.certificate(builder.build(signing.signer()).getEncoded());
    } catch (IOException | OperatorCreationException e) {
      throw new PkiException("the certificate could not be signed", e);
    }
  }

  private static BigInteger serial() {
    BigInteger serial = new BigInteger(SERIAL_BITS, RANDOM);
    return serial.signum() == 0 ? BigInteger.ONE : serial;
  }
}
