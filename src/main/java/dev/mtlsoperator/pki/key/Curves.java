package dev.mtlsoperator.pki.key;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/**
 * Elliptic-curve cryptography by Bouncy Castle, which on JDK 17 needs a third to a half of the
 * JDK's time. With keys of its own classes it needs again a third of that, because these share the
 * precomputed tables of their curve. Keys leave the program as {@link KeyMaterial} encodes them.
 *
 * <p>The provider is passed to each computation and never registered, so that the state of the JVM
 * does not change: the JDK would ask a registered provider for whatever it refuses itself, such as
 * an RSA key of 16384 bits with a long exponent, and Bouncy Castle then tests for seconds whether
 * such numbers are prime.
 */
public final class Curves {
  public static final Provider PROVIDER = new BouncyCastleProvider();

  /**
   * Roughly the CAs in use at the same time; an entry is a public key and its table, about 20 KiB.
   */
  private static final int VERIFIERS = 64;

  private static final Map<PublicKey, PublicKey> VERIFYING = BoundedCache.of(VERIFIERS);

  private static final SecureRandom RANDOM = new SecureRandom();

  /** Parameters of new keys by the number of bits; they share the tables of their curve. */
  private static final Map<Integer, ECKeyGenerationParameters> NEW_KEYS = new ConcurrentHashMap<>();

  private Curves() {}

  private static ECKeyGenerationParameters parameters(int bits) {
    String name = "secp" + bits + "r1";
    return new ECKeyGenerationParameters(
        new ECNamedDomainParameters(
            ECNamedCurveTable.getOID(name), CustomNamedCurves.getByName(name)),
        RANDOM);
  }

  /**
   * A new key pair on P-256, P-384 or P-521, generated without the key classes of a provider, which
   * would encode and parse it several times.
   */
  static CurveKeyEncoding generate(int bits) throws IOException {
    ECKeyPairGenerator generator = new ECKeyPairGenerator();
    generator.init(NEW_KEYS.computeIfAbsent(bits, Curves::parameters));
    AsymmetricCipherKeyPair pair = generator.generateKeyPair();
    return new CurveKeyEncoding(
        bits,
        ((ECPrivateKeyParameters) pair.getPrivate()).getD(),
        SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(pair.getPublic()));
  }

  /** The same private key in the form that signs fast, for signing more than once. */
  public static PrivateKey signing(PrivateKey key) throws GeneralSecurityException {
    return factory().generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
  }

  /** The same public key in the form that verifies fast; the keys used last are cached. */
  public static PublicKey verifying(PublicKey key) throws GeneralSecurityException {
    PublicKey known = VERIFYING.get(key);
    if (known != null) {
      return known;
    }
    PublicKey fresh = factory().generatePublic(new X509EncodedKeySpec(key.getEncoded()));
    VERIFYING.put(key, fresh);
    return fresh;
  }

  private static KeyFactory factory() throws GeneralSecurityException {
    return KeyFactory.getInstance("EC", PROVIDER);
  }
}
