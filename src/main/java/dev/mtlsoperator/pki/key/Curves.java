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
 * Who computes on elliptic curves: Bouncy Castle, which on JDK 17 takes a third to a half of the
 * JDK's time, and with keys of its own again a third of that: they share the tables of a curve's
 * multiples, which a foreign key has it compute at each signature. Keys are encoded by the JDK all
 * the same.
 *
 * <p>The provider is given to whoever computes, and never registered: the JDK asks all that are
 * registered for what it refuses itself, such as an RSA key of 16384 bits with a long exponent, and
 * Bouncy Castle then looks for seconds whether such numbers are prime.
 */
public final class Curves {
  public static final Provider PROVIDER = new BouncyCastleProvider();

  /** CAs in use at the same time, roughly: an entry is a public key and its table, about 20 KiB. */
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

  /** The same private key, in the form that signs fast; for who signs more than once. */
  public static PrivateKey signing(PrivateKey key) throws GeneralSecurityException {
    return factory().generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
  }

  /** The same public key, in the form that verifies fast; the ones used last are remembered. */
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
