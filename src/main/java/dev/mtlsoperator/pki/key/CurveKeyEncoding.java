package dev.mtlsoperator.pki.key;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jspecify.annotations.Nullable;

/**
 * The encodings of a private key on an elliptic curve, to the byte as OpenSSL and Go write them.
 *
 * <p>The public key is inside (RFC 5915 section 3: SHOULD). The JDK leaves it out, and then {@code
 * ring}, which is what rustls often uses, and WebCrypto refuse the key (briansmith/ring#2133,
 * w3c/webcrypto#356).
 */
final class CurveKeyEncoding {
  private final int bits;
  private final BigInteger number;
  private final SubjectPublicKeyInfo publicKey;

  /**
   * A private key.
   *
   * @param bits of the order of the curve
   * @param number the private key itself
   */
  CurveKeyEncoding(int bits, BigInteger number, SubjectPublicKeyInfo publicKey) {
    this.bits = bits;
    this.number = number;
    this.publicKey = publicKey;
  }

  /** PKCS#8 (RFC 5958) in DER: the curve is in its algorithm, and not again inside. */
  byte[] pkcs8() throws IOException {
    return new PrivateKeyInfo(publicKey.getAlgorithm(), inner(null)).getEncoded("DER");
  }

  /** The public key alone, as SubjectPublicKeyInfo (RFC 5480) in DER. */
  byte[] publicKey() throws IOException {
    return publicKey.getEncoded("DER");
  }

  /** SEC1 (RFC 5915) in DER, which names the curve itself. */
  byte[] sec1() throws IOException {
    return inner(publicKey.getAlgorithm().getParameters()).getEncoded("DER");
  }

  private ECPrivateKey inner(@Nullable ASN1Encodable curve) {
    return new ECPrivateKey(
        bits, number, new DERBitString(publicKey.getPublicKeyData().getBytes()), curve);
  }
}
