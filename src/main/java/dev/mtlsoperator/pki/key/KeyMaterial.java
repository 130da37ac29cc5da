package dev.mtlsoperator.pki.key;

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
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jspecify.annotations.Nullable;

/**
 * A key pair that guards its private key: only the methods named {@code reveal…} return it, {@code
 * toString} does not show it, and {@code equals} compares identity.
 */
public final class KeyMaterial {
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

  // converted to the JDK's key classes, whose encoding is the one that is written
  private static KeyMaterial ofCurve(ECPrivateKey privateKey, PublicKey publicKey)
      throws GeneralSecurityException {
    KeyFactory ec = KeyFactory.getInstance("EC");
    return new KeyMaterial(
        ec.generatePrivate(new ECPrivateKeySpec(privateKey.getS(), privateKey.getParams())),
        ec.generatePublic(new X509EncodedKeySpec(publicKey.getEncoded())));
  }

  /**
   * Reads an unencrypted private key in PEM: PKCS#8, PKCS#1 or SEC1.
   *
   * @throws PkiException if the text holds no such key, or one of a kind that is not supported
   */
  public static KeyMaterial fromPem(String pem) {
    KeyPair pair = PrivateKeyPem.read(pem);
    return new KeyMaterial(pair.getPrivate(), pair.getPublic());
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
