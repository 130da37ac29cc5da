package dev.mtlsoperator.pki.key;

import java.security.PublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * Algorithm and size of a key pair.
 *
 * @param size in bits: ECDSA 256, 384, 521; RSA 2048, 3072, 4096, and up to 8192 for a key from
 *     elsewhere; Ed25519 0
 */
public record KeyParameters(KeyType algorithm, int size) {
  static final Set<ASN1ObjectIdentifier> CURVES =
      Set.of(
          X9ObjectIdentifiers.prime256v1,
          SECObjectIdentifiers.secp384r1,
          SECObjectIdentifiers.secp521r1);

  private static final Set<Integer> ECDSA_SIZES = Set.of(256, 384, 521);
  private static final Set<Integer> RSA_SIZES = Set.of(2048, 3072, 4096);
  private static final int SMALLEST_RSA = 2048;

  /** Verifiers refuse larger ones: Go those of more than 8192 bits, OpenSSL of more than 16384. */
  private static final int LARGEST_RSA = 8192;

  /**
   * @throws IllegalArgumentException if the algorithm does not have keys of that size
   */
  public KeyParameters {
    switch (algorithm) {
      case ECDSA ->
          requireSize(
              ECDSA_SIZES.contains(size), "an ECDSA key has 256, 384 or 521 bits, not " + size);
      case RSA ->
          requireSize(
              isRsaSize(size),
              "an RSA key has 2048, 3072 or 4096 bits, or up to 8192 if it is imported, not "
                  + size);
      case ED25519 -> requireSize(size == 0, "an Ed25519 key has no size to choose: leave it out");
    }
  }

  private static boolean isRsaSize(int size) {
    return size >= SMALLEST_RSA && size <= LARGEST_RSA;
  }

  /**
   * Refuses sizes of which the operator makes no keys.
   *
   * @throws IllegalArgumentException for an RSA key of another size than 2048, 3072 or 4096 bits
   */
  void requireMade() {
    requireSize(
        algorithm != KeyType.RSA || RSA_SIZES.contains(size),
        "an RSA key that is made has 2048, 3072 or 4096 bits, not " + size);
  }

  /** The parameters of a public key; empty for a kind that is not supported. */
  public static Optional<KeyParameters> of(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      int bits = rsa.getModulus().bitLength();
      return isRsaSize(bits) ? Optional.of(new KeyParameters(KeyType.RSA, bits)) : Optional.empty();
    }
    if (key instanceof EdECPublicKey edwards) {
      return edwards.getParams().getName().equals("Ed25519")
          ? Optional.of(new KeyParameters(KeyType.ED25519, 0))
          : Optional.empty();
    }
    ASN1Encodable curve =
        SubjectPublicKeyInfo.getInstance(key.getEncoded()).getAlgorithm().getParameters();
    if (X9ObjectIdentifiers.prime256v1.equals(curve)) {
      return Optional.of(new KeyParameters(KeyType.ECDSA, 256));
    }
    if (SECObjectIdentifiers.secp384r1.equals(curve)) {
      return Optional.of(new KeyParameters(KeyType.ECDSA, 384));
    }
    return SECObjectIdentifiers.secp521r1.equals(curve)
        ? Optional.of(new KeyParameters(KeyType.ECDSA, 521))
        : Optional.empty();
  }

  /**
   * The signature algorithm for such a key, with a hash as strong as the key (RFC 5480 section 4,
   * RFC 8410).
   */
  public String signatureAlgorithm() {
    return switch (algorithm) {
      case ED25519 -> "Ed25519";
      case ECDSA -> "SHA" + (size == 256 ? 256 : size == 384 ? 384 : 512) + "withECDSA";
      case RSA -> "SHA" + (size < 3072 ? 256 : size < 4096 ? 384 : 512) + "withRSA";
    };
  }

  /** Whether generating such a key is slow: up to seconds on one core. */
  public boolean isRsa() {
    return algorithm == KeyType.RSA;
  }

  @Override
  public String toString() {
    return switch (algorithm) {
      case ED25519 -> "Ed25519";
      case ECDSA -> "ECDSA P-" + size;
      case RSA -> "RSA-" + size;
    };
  }

  private static void requireSize(boolean fits, String message) {
    if (!fits) {
      throw new IllegalArgumentException(message);
    }
  }
}
