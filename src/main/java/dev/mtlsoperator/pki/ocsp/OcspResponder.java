package dev.mtlsoperator.pki.ocsp;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ocsp.RevokedInfo;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * Answers for one issuer from one CRL of it. What is not on the CRL is {@code good}, which says
 * that it is not revoked (RFC 6960 section 2.2), not that it was ever issued: verifiers have proven
 * that by its signature before they ask.
 *
 * <p>An answer says what the CRL says, so it has the CRL's times; it ends before its signer's
 * certificate does. A new CRL or signer needs a new responder. Immutable.
 */
public final class OcspResponder {
  private final List<IssuerId> issuerIds;
  private final OcspSigner signer;
  private final Crl crl;

  /**
   * Answers from a CRL.
   *
   * @throws PkiException if the issuer signed the CRL or the signer's certificate not
   */
  public OcspResponder(X509Certificate issuer, OcspSigner signer, Crl crl) {
    require(crl.isSignedBy(issuer), "the CRL is not one of the issuer for which it answers");
    require(
        isSignedBy(signer.certificate(), issuer),
        "the responder's certificate is not one of the issuer for which it answers");
    this.issuerIds = IssuerId.of(issuer);
    this.signer = signer;
    this.crl = crl;
  }

  private static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
    try {
      certificate.verify(issuer.getPublicKey());
      return certificate.getIssuerX500Principal().equals(issuer.getSubjectX500Principal());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** All by which requests name its issuer. */
  public List<IssuerId> issuerIds() {
    return issuerIds;
  }

  /**
   * Which of those that answer for the issuer in question answers. Two RootCAs may share one CA,
   * each with a CRL: what one of them revoked is revoked.
   *
   * @return empty if none of them can, since its CRL or its signer has expired
   */
  public static Optional<OcspResponder> choose(
      OcspRequest request, Collection<OcspResponder> responders, Instant now) {
    List<OcspResponder> revoking =
        responders.stream().filter(it -> it.revokes(request.serialNumber())).toList();
    return (revoking.isEmpty() ? responders : revoking)
        .stream()
            .filter(it -> now.isBefore(it.end()))
            .max(Comparator.comparing(it -> it.crl.thisUpdate()));
  }

  private boolean revokes(BigInteger serialNumber) {
    return crl.entries().containsKey(serialNumber);
  }

  private Instant end() {
    return crl.nextUpdate().isBefore(signer.notAfter()) ? crl.nextUpdate() : signer.notAfter();
  }

  /**
   * The answer; it stays the same for equal {@link OcspRequest#key keys}, but for its signature.
   */
  public OcspAnswer.Signed sign(OcspRequest request, Instant now) {
    try {
      X509CertificateHolder holder = signer.holder();
      // RFC 5019 section 2.2.1: byKey is the shorter form, and one certificate is enough
      BasicOCSPResp response =
          new BasicOCSPRespBuilder(holder.getSubjectPublicKeyInfo(), sha1())
              .addResponse(
                  new CertificateID(request.certId()),
                  status(request.serialNumber()),
                  Date.from(crl.thisUpdate()),
                  Date.from(end()))
              .build(signer.signer(), new X509CertificateHolder[] {holder}, Date.from(now));
      return new OcspAnswer.Signed(
          new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, response).getEncoded(),
          crl.thisUpdate(),
          end());
    } catch (IOException | OCSPException | OperatorCreationException e) {
      throw new PkiException("the OCSP answer could not be signed", e);
    }
  }

  private static DigestCalculator sha1() throws OperatorCreationException {
    return new JcaDigestCalculatorProviderBuilder().build().get(RespID.HASH_SHA1);
  }

  private CertificateStatus status(BigInteger serialNumber) {
    RevokedCertificate entry = crl.entries().get(serialNumber);
    return entry == null
        ? CertificateStatus.GOOD
        : new RevokedStatus(
            new RevokedInfo(
                new ASN1GeneralizedTime(Date.from(entry.revokedAt())),
                entry.reason().map(RevocationReason::code).map(CRLReason::lookup).orElse(null)));
  }
}
