package dev.mtlsoperator.pki.ocsp;

import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** Requests as clients make them. */
public final class OcspRequests {
  private OcspRequests() {}

  /** By SHA-1, without extensions. */
  public static byte[] about(X509Certificate issuer, long serial) {
    return encoded(new OCSPReqBuilder().addRequest(id(CertificateID.HASH_SHA1, issuer, serial)));
  }

  static byte[] about(AlgorithmIdentifier digest, X509Certificate issuer, long serial) {
    return encoded(new OCSPReqBuilder().addRequest(id(digest, issuer, serial)));
  }

  static byte[] aboutTwo(X509Certificate issuer) {
    return encoded(
        new OCSPReqBuilder()
            .addRequest(id(CertificateID.HASH_SHA1, issuer, 1))
            .addRequest(id(CertificateID.HASH_SHA1, issuer, 2)));
  }

  static byte[] withNonce(X509Certificate issuer, long serial, boolean critical) {
    return encoded(
        new OCSPReqBuilder()
            .addRequest(id(CertificateID.HASH_SHA1, issuer, serial))
            .setRequestExtensions(
                new Extensions(
                    new Extension(
                        OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
                        critical,
                        new DEROctetString(new DEROctetString(new byte[16]).getOctets())))));
  }

  static CertificateID id(AlgorithmIdentifier digest, X509Certificate issuer, long serial) {
    try {
      return new CertificateID(
          new JcaDigestCalculatorProviderBuilder().build().get(digest),
          new JcaX509CertificateHolder(issuer),
          BigInteger.valueOf(serial));
    } catch (OCSPException | OperatorCreationException | CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] encoded(OCSPReqBuilder builder) {
    try {
      return builder.build().getEncoded();
    } catch (IOException | OCSPException e) {
      throw new IllegalStateException(e);
    }
  }
}
