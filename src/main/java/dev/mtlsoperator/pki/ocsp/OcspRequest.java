package dev.mtlsoperator.pki.ocsp;

import java.io.IOException;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.Extensions;
import org.jspecify.annotations.Nullable;

/**
 * A question for the status of one certificate (RFC 6960 section 4.1, RFC 5019 section 2.1). A
 * signature and a nonce are ignored, as RFC 5019 section 2.1.2 and 4 allow: answers are signed in
 * advance for everybody.
 */
public final class OcspRequest {
  /** Bytes; one without extensions has 70 to 130. */
  public static final int LONGEST = 4 * 1024;

  /** RFC 5280 section 4.1.2.2 allows 20 octets; some CAs exceed it. */
  private static final int MOST_SERIAL_BITS = 32 * Byte.SIZE;

  private final CertID asked;

  private OcspRequest(CertID asked) {
    this.asked = asked;
  }

  /**
   * Reads a request in DER; empty if it is none, asks for another number of certificates than one,
   * or has a critical extension, none of which is known here.
   */
  public static Optional<OcspRequest> read(byte[] der) {
    if (der.length > LONGEST) {
      return Optional.empty();
    }
    try {
      TBSRequest request =
          OCSPRequest.getInstance(ASN1Primitive.fromByteArray(der)).getTbsRequest();
      if (request.getRequestList().size() != 1 || isDemanding(request.getRequestExtensions())) {
        return Optional.empty();
      }
      Request single = Request.getInstance(request.getRequestList().getObjectAt(0));
      CertID asked = single.getReqCert();
      return isDemanding(single.getSingleRequestExtensions()) || !isPlain(asked)
          ? Optional.empty()
          : Optional.of(new OcspRequest(asked));
    } catch (IOException | RuntimeException | StackOverflowError e) {
      // Bouncy Castle throws several kinds of exceptions for malformed input, and descends into
      // as many levels as there are
      return Optional.empty();
    }
  }

  private static boolean isDemanding(@Nullable Extensions extensions) {
    return extensions != null && extensions.hasAnyCriticalExtensions();
  }

  // it is repeated in the answer as it came, which is signed
  private static boolean isPlain(CertID asked) {
    ASN1Encodable parameters = asked.getHashAlgorithm().getParameters();
    BigInteger serial = asked.getSerialNumber().getPositiveValue();
    return (parameters == null || parameters.toASN1Primitive().equals(DERNull.INSTANCE))
        && serial.bitLength() <= MOST_SERIAL_BITS;
  }

  /** Who is said to have issued the certificate. */
  public IssuerId issuer() {
    return IssuerId.of(asked);
  }

  BigInteger serialNumber() {
    return asked.getSerialNumber().getValue();
  }

  /** The name of the certificate in the request, which the answer repeats. */
  CertID certId() {
    return asked;
  }

  /** Two requests with an equal key have the same answer. */
  public String key() {
    return HexFormat.of().formatHex(encoded());
  }

  private byte[] encoded() {
    try {
      return asked.getEncoded("DER");
    } catch (IOException e) {
      throw new IllegalStateException("what was read can be encoded", e);
    }
  }
}
