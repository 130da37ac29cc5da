package dev.mtlsoperator.pki.key;

import dev.mtlsoperator.pki.encoding.CertificateLimits;
import dev.mtlsoperator.pki.encoding.KeyLimits;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.jspecify.annotations.Nullable;

/**
 * A key pair. The private key leaves it only through the methods named {@code reveal…}; it has no
 * revealing {@code toString} and no {@code equals} on content.
 */
public final class KeyMaterial {
  /** An RSA-8192 key in PEM has 6.4 KiB. */
  private static final int LONGEST_PEM = 16 * 1024;

  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,64})-----");

  /** PKCS#8, PKCS#1 and SEC1, none of them encrypted. */
  private static final Set<String> KINDS =
      Set.of("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY");

  private final PrivateKey privateKey;
  private final PublicKey publicKey;
  private final KeyParameters parameters;

  private KeyMaterial(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
    this.parameters =
        KeyParameters.of(publicKey)
            .orElseThrow(
                () ->
                    new PkiException(
                        "the key is of a kind that is not supported: use ECDSA P-256, P-384, P-521, RSA 2048, 3072, 4096 or Ed25519"));
  }

  /** A new key pair. */
  public static KeyMaterial generate(KeyParameters parameters) {
    try {
      KeyPair pair = generator(parameters).generateKeyPair();
      return pair.getPrivate() instanceof ECPrivateKey ec
          ? ofCurve(ec, pair.getPublic())
          : new KeyMaterial(pair.getPrivate(), pair.getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java 17 platform makes " + parameters + " keys", e);
    }
  }

  private static KeyPairGenerator generator(KeyParameters parameters)
      throws GeneralSecurityException {
    return switch (parameters.algorithm()) {
      case ED25519 -> KeyPairGenerator.getInstance("Ed25519");
      case RSA -> {
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(parameters.size());
        yield rsa;
      }
      case ECDSA -> {
        KeyPairGenerator ec = KeyPairGenerator.getInstance("EC", Curves.PROVIDER);
        ec.initialize(new ECGenParameterSpec("secp" + parameters.size() + "r1"));
        yield ec;
      }
    };
  }

  // the JDK's own keys again, for it encodes them
  private static KeyMaterial ofCurve(ECPrivateKey privateKey, PublicKey publicKey)
      throws GeneralSecurityException {
    KeyFactory ec = KeyFactory.getInstance("EC");
    return new KeyMaterial(
        ec.generatePrivate(new ECPrivateKeySpec(privateKey.getS(), privateKey.getParams())),
        ec.generatePublic(new X509EncodedKeySpec(publicKey.getEncoded())));
  }

  /**
   * Reads an unencrypted private key: PKCS#8, PKCS#1 or SEC1.
   *
   * @throws PkiException when it is none, or of a kind that is not supported
   */
  public static KeyMaterial fromPem(String pem) {
    if (pem.length() > LONGEST_PEM) {
      throw new PkiException("the private key is longer than any supported key");
    }
    try {
      PrivateKeyInfo info = privateKeyInfo(pem);
      PublicKey publicKey = publicKey(info);
      PrivateKey privateKey =
          KeyFactory.getInstance(publicKey.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
      return new KeyMaterial(privateKey, publicKey);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      if (e instanceof PkiException pki) {
        throw pki;
      }
      // the cause may quote the input: it is not passed on
      throw new PkiException(
          "the private key cannot be read: it must be one unencrypted PEM block, PKCS#8, PKCS#1 or SEC1");
    }
  }

  private static PrivateKeyInfo privateKeyInfo(String pem) throws IOException {
    Matcher begin = BEGIN.matcher(pem);
    for (int at = 0; begin.find(at); ) {
      String kind = begin.group(1);
      at = pem.indexOf("-----END " + kind + "-----", begin.end());
      if (at < 0) {
        throw new PkiException(
            "the private key cannot be read: its PEM block is cut off or garbled");
      }
      // SEC1 files may start with a block of curve parameters
      if (!kind.equals("EC PARAMETERS")) {
        return privateKeyInfo(kind, pem.substring(begin.end(), at));
      }
    }
    throw none();
  }

  private static PrivateKeyInfo privateKeyInfo(String kind, String base64) throws IOException {
    if (!KINDS.contains(kind) || base64.indexOf(':') >= 0) {
      // a colon ends the name of a header, and the only ones in use are of encrypted keys
      throw none();
    }
    byte[] der = Pem.base64(base64);
    KeyLimits.require(der);
    return switch (kind) {
      case "RSA PRIVATE KEY" ->
          new PrivateKeyInfo(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
              org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(der));
      case "EC PRIVATE KEY" -> {
        var key = org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(der);
        yield new PrivateKeyInfo(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
            key);
      }
      default -> bare(PrivateKeyInfo.getInstance(der));
    };
  }

  private static PkiException none() {
    return new PkiException("there is no unencrypted private key in the PEM text");
  }

  // RFC 5958 version 2 carries attributes and the public key, which JDK 17 does not read
  private static PrivateKeyInfo bare(PrivateKeyInfo info) throws IOException {
    return new PrivateKeyInfo(info.getPrivateKeyAlgorithm(), info.parsePrivateKey());
  }

  private static PublicKey publicKey(PrivateKeyInfo info)
      throws IOException, GeneralSecurityException {
    ASN1ObjectIdentifier algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
    if (PKCSObjectIdentifiers.rsaEncryption.equals(algorithm)) {
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
    if (EdECObjectIdentifiers.id_Ed25519.equals(algorithm)) {
      byte[] seed = ASN1OctetString.getInstance(info.parsePrivateKey()).getOctets();
      byte[] point = new Ed25519PrivateKeyParameters(seed, 0).generatePublicKey().getEncoded();
      return decode("Ed25519", new SubjectPublicKeyInfo(info.getPrivateKeyAlgorithm(), point));
    }
    if (X9ObjectIdentifiers.id_ecPublicKey.equals(algorithm)) {
      ASN1ObjectIdentifier curve =
          ASN1ObjectIdentifier.getInstance(info.getPrivateKeyAlgorithm().getParameters());
      BigInteger d =
          org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(info.parsePrivateKey()).getKey();
      return decode("EC", new SubjectPublicKeyInfo(info.getPrivateKeyAlgorithm(), point(curve, d)));
    }
    throw new PkiException(
        "the private key is of a kind that is not supported: use ECDSA, RSA or Ed25519");
  }

  // RFC 8017 section 3.2; a key with a wrong prime would sign wrongly, and so give itself away
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
          "the private key is on a curve that is not supported: use P-256, P-384 or P-521");
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

  public PublicKey publicKey() {
    return publicKey;
  }

  public KeyParameters parameters() {
    return parameters;
  }

  /** Whether a certificate certifies this key. */
  public boolean matches(X509Certificate certificate) {
    return Arrays.equals(publicKey.getEncoded(), certificate.getPublicKey().getEncoded());
  }

  /** The private key itself. */
  public PrivateKey revealPrivateKey() {
    return privateKey;
  }

  /**
   * The private key as PKCS#8 in DER, as the JDK encodes it (Bouncy Castle's Ed25519 is unreadable
   * for OpenSSL 3.0).
   */
  public byte[] revealPkcs8Der() {
    return privateKey.getEncoded();
  }

  /**
   * The private key in PEM.
   *
   * @throws PkiException for {@link PrivateKeyFormat#PKCS1} of an Ed25519 key, which has no such
   *     form
   */
  public String revealPem(PrivateKeyFormat encoding) {
    return switch (encoding) {
      case PKCS8 -> Pem.block("PRIVATE KEY", revealPkcs8Der());
      case PKCS1 -> revealTraditionalPem();
    };
  }

  private String revealTraditionalPem() {
    try {
      PrivateKeyInfo info = PrivateKeyInfo.getInstance(revealPkcs8Der());
      return switch (parameters.algorithm()) {
        case RSA ->
            Pem.block(
                "RSA PRIVATE KEY", info.parsePrivateKey().toASN1Primitive().getEncoded("DER"));
        case ECDSA -> Pem.block("EC PRIVATE KEY", sec1(info));
        case ED25519 -> throw new PkiException("an Ed25519 key has no PKCS#1 form: use PKCS8");
      };
    } catch (IOException e) {
      throw new IllegalStateException("the JDK's own encoding could not be read", e);
    }
  }

  // RFC 5915 section 3: with curve and public key, which the JDK leaves out inside PKCS#8
  private byte[] sec1(PrivateKeyInfo info) throws IOException {
    BigInteger d =
        org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(info.parsePrivateKey()).getKey();
    SubjectPublicKeyInfo spki = SubjectPublicKeyInfo.getInstance(publicKey.getEncoded());
    return new org.bouncycastle.asn1.sec.ECPrivateKey(
            parameters.size(),
            d,
            new DERBitString(spki.getPublicKeyData().getBytes()),
            spki.getAlgorithm().getParameters())
        .getEncoded("DER");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return "KeyMaterial[" + parameters + ", private key withheld]";
  }
}
