package dev.mtlsoperator.pki.key;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
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
                        "the key is of a kind that is not supported: use ECDSA P-256, P-384, P-521, RSA of 2048 to 8192 bits or Ed25519"));
  }

  /**
   * A new key pair.
   *
   * @throws IllegalArgumentException for a size that only keys from elsewhere may have
   */
  public static KeyMaterial generate(KeyParameters parameters) {
    parameters.requireMade();
    try {
      return parameters.algorithm() == KeyType.ECDSA
          ? ofCurve(Curves.generate(parameters.size()))
          : of(generator(parameters).generateKeyPair());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("every Java 17 platform makes " + parameters + " keys", e);
    }
  }

  private static KeyPairGenerator generator(KeyParameters parameters)
      throws GeneralSecurityException {
    if (parameters.algorithm() == KeyType.ED25519) {
      return KeyPairGenerator.getInstance("Ed25519");
    }
    KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
    rsa.initialize(parameters.size());
    return rsa;
  }

  private static KeyMaterial of(KeyPair pair) {
    return pair.getPrivate() instanceof ECPrivateKey ec
        ? ofCurve(ec, pair.getPublic())
        : new KeyMaterial(pair.getPrivate(), pair.getPublic());
  }

  private static KeyMaterial ofCurve(ECPrivateKey privateKey, PublicKey publicKey) {
    try {
      return ofCurve(encoding(privateKey, publicKey));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the JDK does not read our own encoding", e);
    }
  }

  // the JDK's key classes keep the encoding from which they were read, in keystores too
  private static KeyMaterial ofCurve(CurveKeyEncoding encoding)
      throws GeneralSecurityException, IOException {
    KeyFactory ec = KeyFactory.getInstance("EC");
    return new KeyMaterial(
        ec.generatePrivate(new PKCS8EncodedKeySpec(encoding.pkcs8())),
        ec.generatePublic(new X509EncodedKeySpec(encoding.publicKey())));
  }

  private static CurveKeyEncoding encoding(ECPrivateKey privateKey, PublicKey publicKey) {
    return new CurveKeyEncoding(
        privateKey.getParams().getOrder().bitLength(),
        privateKey.getS(),
        SubjectPublicKeyInfo.getInstance(publicKey.getEncoded()));
  }

  /**
   * Reads an unencrypted private key in PEM: PKCS#8, PKCS#1 or SEC1.
   *
   * @throws PkiException if the text holds no such key, or one of a kind that is not supported
   */
  public static KeyMaterial fromPem(String pem) {
    return of(PrivateKeyPem.read(pem));
  }

  /**
   * Reads the private key of a file that may hold certificates as well, in any order.
   *
   * @throws PkiException if it holds no such key, or one of a kind that is not supported
   */
  public static KeyMaterial fromFile(SuppliedFile file) {
    KeyPair pair = PrivateKeyPem.read(file);
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
   * The private key as PKCS#8 in DER: on a curve with the public key inside, all others as the JDK
   * encodes them (Bouncy Castle's Ed25519 is unreadable for OpenSSL 3.0).
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
      return switch (parameters.algorithm()) {
        case RSA ->
            Pem.block(
                "RSA PRIVATE KEY",
                PrivateKeyInfo.getInstance(revealPkcs8Der())
                    .parsePrivateKey()
                    .toASN1Primitive()
                    .getEncoded("DER"));
        case ECDSA ->
            Pem.block("EC PRIVATE KEY", encoding((ECPrivateKey) privateKey, publicKey).sec1());
        case ED25519 -> throw new PkiException("an Ed25519 key has no PKCS#1 form: use PKCS8");
      };
    } catch (IOException e) {
      throw new IllegalStateException("the JDK's own encoding could not be read", e);
    }
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
