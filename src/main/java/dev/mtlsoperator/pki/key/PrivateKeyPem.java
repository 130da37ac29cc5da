package dev.mtlsoperator.pki.key;

import dev.mtlsoperator.pki.encoding.CertificateLimits;
import dev.mtlsoperator.pki.encoding.KeyLimits;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;

/**
 * Reads private keys that users supply in PEM: PKCS#8, PKCS#1 or SEC1, not encrypted. The public
 * key is computed from the private one, and damaged keys are refused. No message quotes the input.
 */
final class PrivateKeyPem {
  /** An RSA-8192 key in PEM has 6.4 KiB. */
  private static final int LONGEST_PEM = 16 * 1024;

  /** Algorithms that people meet, for messages. */
  private static final Map<String, String> OTHERS =
      Map.of(
          "1.3.101.110", "X25519",
          "1.3.101.111", "X448",
          "1.3.101.113", "Ed448",
          "1.2.840.10040.4.1", "DSA",
          "1.2.840.113549.1.3.1", "Diffie-Hellman",
          "1.2.840.113549.1.1.10", "RSASSA-PSS");

  private PrivateKeyPem() {}

  /**
   * Reads the first private key of a text.
   *
   * @throws PkiException if there is none, or one of a kind that is not supported
   */
  static KeyPair read(String pem) {
    if (pem.length() > LONGEST_PEM) {
      throw new PkiException("the private key is longer than any supported key");
    }
    return read(SuppliedFile.of(pem));
  }

  /** Reads the first private key of a file, wherever it stands. */
  static KeyPair read(SuppliedFile file) {
    SuppliedFile.KeyBlock key = file.privateKeys().get(0);
    if (key.base64().length() > LONGEST_PEM) {
      throw new PkiException("the private key is longer than any supported key");
    }
    try {
      PrivateKeyInfo info = info(key.kind(), key.base64());
      PublicKey publicKey = publicKey(info);
      PrivateKey privateKey =
          KeyFactory.getInstance(publicKey.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
      return new KeyPair(publicKey, privateKey);
    } catch (PkiException e) {
      throw e;
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // the cause may quote the input: it is not passed on
      throw new PkiException(
          "the private key cannot be read: it must be one unencrypted PEM block, PKCS#8, PKCS#1 or SEC1");
    }
  }

  private static PrivateKeyInfo info(String kind, String base64) throws IOException {
    byte[] der = Pem.base64(base64);
    KeyLimits.require(der);
    return switch (kind) {
      case "RSA PRIVATE KEY" ->
          new PrivateKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
              RSAPrivateKey.getInstance(der));
      case "EC PRIVATE KEY" -> {
        var key = ECPrivateKey.getInstance(der);
        yield new PrivateKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
            key);
      }
      default -> bare(PrivateKeyInfo.getInstance(der));
    };
  }

  // RFC 5958 version 2 carries attributes and the public key, which JDK 17 does not read
  private static PrivateKeyInfo bare(PrivateKeyInfo info) throws IOException {
    return new PrivateKeyInfo(info.getPrivateKeyAlgorithm(), info.parsePrivateKey());
  }

  private static PublicKey publicKey(PrivateKeyInfo info)
      throws IOException, GeneralSecurityException {
    ASN1ObjectIdentifier algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
    if (PKCSObjectIdentifiers.rsaEncryption.equals(algorithm)) {
      return rsa(info);
    }
    if (EdECObjectIdentifiers.id_Ed25519.equals(algorithm)) {
      byte[] seed = ASN1OctetString.getInstance(info.parsePrivateKey()).getOctets();
      byte[] point = new Ed25519PrivateKeyParameters(seed, 0).generatePublicKey().getEncoded();
      return decode("Ed25519", new SubjectPublicKeyInfo(info.getPrivateKeyAlgorithm(), point));
    }
    if (X9ObjectIdentifiers.id_ecPublicKey.equals(algorithm)) {
      ASN1ObjectIdentifier curve = curve(info);
      BigInteger d = ECPrivateKey.getInstance(info.parsePrivateKey()).getKey();
      return decode("EC", new SubjectPublicKeyInfo(info.getPrivateKeyAlgorithm(), point(curve, d)));
    }
    throw new PkiException(
        "the private key is of a kind that is not supported"
            + Optional.ofNullable(OTHERS.get(algorithm.getId())).map(name -> ", " + name).orElse("")
            + ": use ECDSA, RSA or Ed25519");
  }

  private static ASN1ObjectIdentifier curve(PrivateKeyInfo info) {
    ASN1Encodable parameters = info.getPrivateKeyAlgorithm().getParameters();
    if (parameters instanceof ASN1ObjectIdentifier name) {
      return name;
    }
    // RFC 5480 section 2.1.1
    throw new PkiException(
        "the private key does not name its elliptic curve: `openssl ec -in FILE -param_enc named_curve -out tls.key` does, if it is P-256, P-384 or P-521; its certificate has to name it too");
  }

  private static PublicKey rsa(PrivateKeyInfo info) throws IOException, GeneralSecurityException {
    KeyFactory rsa = KeyFactory.getInstance("RSA");
    RSAPrivateCrtKey key =
        (RSAPrivateCrtKey) rsa.generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
    if (key.getPublicExponent().bitLength() > CertificateLimits.MOST_EXPONENT_BITS) {
      throw new PkiException(
          "the private key has a public exponent of more than "
              + CertificateLimits.MOST_EXPONENT_BITS
              + " bits, which verifiers refuse");
    }
    requireConsistent(key);
    return rsa.generatePublic(new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent()));
  }

  // RFC 8017 section 3.2; wrong signatures of a key with a wrong prime would reveal the key
  private static void requireConsistent(RSAPrivateCrtKey key) {
    BigInteger p = key.getPrimeP();
    BigInteger q = key.getPrimeQ();
    BigInteger e = key.getPublicExponent();
    BigInteger p1 = p.subtract(BigInteger.ONE);
    BigInteger q1 = q.subtract(BigInteger.ONE);
    if (!p.multiply(q).equals(key.getModulus())
        || !inverse(e, key.getPrivateExponent(), p1)
        || !inverse(e, key.getPrivateExponent(), q1)
        || !inverse(e, key.getPrimeExponentP(), p1)
        || !inverse(e, key.getPrimeExponentQ(), q1)
        || !inverse(q, key.getCrtCoefficient(), p)) {
      throw new PkiException("the private key is damaged: its numbers do not fit each other");
    }
  }

  private static boolean inverse(BigInteger a, BigInteger b, BigInteger modulus) {
    return modulus.signum() > 0 && a.multiply(b).mod(modulus).equals(BigInteger.ONE.mod(modulus));
  }

  private static byte[] point(ASN1ObjectIdentifier curve, BigInteger d) {
    X9ECParameters parameters =
        KeyParameters.CURVES.contains(curve) ? ECNamedCurveTable.getByOID(curve) : null;
    if (parameters == null) {
      throw new PkiException(
          "the private key is on a curve that is not supported"
              + Optional.ofNullable(ECNamedCurveTable.getName(curve))
                  .map(name -> ", " + name)
                  .orElse("")
              + ": use P-256, P-384 or P-521");
    }
    // SEC 1 section 3.2.1
    if (d.signum() <= 0 || d.compareTo(parameters.getN()) >= 0) {
      throw new PkiException("the private key is damaged: its number is not of its curve");
    }
    return new FixedPointCombMultiplier()
        .multiply(parameters.getG(), d)
        .normalize()
        .getEncoded(false);
  }

  private static PublicKey decode(String algorithm, SubjectPublicKeyInfo info)
      throws IOException, GeneralSecurityException {
    return KeyFactory.getInstance(algorithm)
        .generatePublic(new X509EncodedKeySpec(info.getEncoded()));
  }
}
