package dev.mtlsoperator.pki.ocsp;

import java.io.IOException;
import java.time.Instant;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;

/** The answer to a request (RFC 6960 section 4.2.1). */
public sealed interface OcspAnswer {
  /** An OCSPResponse in DER. */
  byte[] der();

  /** The status of a certificate, signed. */
  final class Signed implements OcspAnswer {
    private final byte[] der;
    private final Instant thisUpdate;
    private final Instant nextUpdate;

    Signed(byte[] der, Instant thisUpdate, Instant nextUpdate) {
      this.der = der.clone();
      this.thisUpdate = thisUpdate;
      this.nextUpdate = nextUpdate;
    }

    @Override
    public byte[] der() {
      return der.clone();
    }

    /** Since when it is true. */
    public Instant thisUpdate() {
      return thisUpdate;
    }

    /** Clients refuse it from then on. */
    public Instant nextUpdate() {
      return nextUpdate;
    }
  }

  /** No status, and why; these are not signed. */
  enum Refusal implements OcspAnswer {
    /** It is not a request for the status of one certificate. */
    MALFORMED_REQUEST(OCSPResponseStatus.MALFORMED_REQUEST),
    /** The responder has failed. */
    INTERNAL_ERROR(OCSPResponseStatus.INTERNAL_ERROR),
    /** The responder has no current CRL of that issuer, or has too much to do. */
    TRY_LATER(OCSPResponseStatus.TRY_LATER),
    /** The responder does not answer for that issuer (RFC 5019 section 2.2.3). */
    UNAUTHORIZED(OCSPResponseStatus.UNAUTHORIZED);

    private final int code;

    Refusal(int code) {
      this.code = code;
    }

    @Override
    public byte[] der() {
      try {
        return new OCSPResponse(new OCSPResponseStatus(code), null).getEncoded("DER");
      } catch (IOException e) {
        throw new IllegalStateException("a response of five bytes", e);
      }
    }
  }
}
