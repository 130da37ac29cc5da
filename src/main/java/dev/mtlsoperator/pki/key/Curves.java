package dev.mtlsoperator.pki.key;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
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

  private static final Map<PublicKey, PublicKey> VERIFYING =
      Collections.synchronizedMap(
          new LinkedHashMap<>(VERIFIERS, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<PublicKey, PublicKey> eldest) {
              return size() > VERIFIERS;
            }
          });

  private Curves() {}

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
