package dev.mtlsoperator.pki.key;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import javax.crypto.spec.PBEParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Writes and opens PKCS#12 keystores and truststores (RFC 7292) with the JDK, whose files OpenSSL,
 * GnuTLS, NSS, Go, Python and Java read, and which marks trusted certificates so that Java finds
 * them.
 *
 * <p>The JDK takes the encryption of certificates and the MAC from security properties of the JVM
 * only. A store that needs other values than those in force sets them while it is written and holds
 * a lock, and restores them; stores with the values in force do not touch them.
 */
public final class Pkcs12 {
  private static final int ITERATIONS = 10_000;
  private static final int SALT_BYTES = 20;
  private static final int ALIAS_DIGITS = 16;

  /**
   * Security properties that the JDK reads when it writes a keystore; it has no parameter for them.
   */
  private static final String CERTIFICATES = "keystore.pkcs12.certProtectionAlgorithm";

  private static final String CERTIFICATE_ITERATIONS = "keystore.pkcs12.certPbeIterationCount";
  private static final String MAC = "keystore.pkcs12.macAlgorithm";
  private static final String MAC_ITERATIONS = "keystore.pkcs12.macIterationCount";

  private static final SecureRandom RANDOM = new SecureRandom();

  // held for writing while the properties differ from those of the JVM
  private static final ReadWriteLock PROPERTIES = new ReentrantReadWriteLock();

  private Pkcs12() {}

  /** The algorithms by which a keystore is encrypted and authenticated. */
  public enum Encryption {
    /** PBES2 with AES-256 and HMAC-SHA-256 (RFC 8018), MAC with SHA-256: the JDK's since 16. */
    MODERN("PBEWithHmacSHA256AndAES_256", "HmacPBESHA256"),
    /** 3DES and SHA-1 (RFC 7292 appendix C): read by everything. */
    LEGACY("PBEWithSHA1AndDESede", "HmacPBESHA1");

    private final String protection;
    private final String mac;

    Encryption(String protection, String mac) {
      this.protection = protection;
      this.mac = mac;
    }

    private Map<String, String> properties() {
      String iterations = Integer.toString(ITERATIONS);
      return Map.of(
          CERTIFICATES, protection,
          CERTIFICATE_ITERATIONS, iterations,
          MAC, mac,
          MAC_ITERATIONS, iterations);
    }

    private boolean isInForce() {
      return properties().entrySet().stream()
          .allMatch(
              property -> {
                String found = Security.getProperty(property.getKey());
                return (found == null || found.isEmpty())
                    ? this == MODERN
                    : found.equals(property.getValue());
              });
    }
  }

  /**
   * A keystore with one key and its chain.
   *
   * @param alias of the entry; Java turns it into lower case
   */
  public static byte[] keystore(
      KeyMaterial key,
      List<X509Certificate> chain,
      String alias,
      Password password,
      Encryption encryption) {
    try {
      KeyStore store = empty();
      byte[] salt = new byte[SALT_BYTES];
      RANDOM.nextBytes(salt);
      store.setEntry(
          alias.toLowerCase(Locale.ROOT),
          new KeyStore.PrivateKeyEntry(
              key.revealPrivateKey(), chain.toArray(X509Certificate[]::new)),
          new KeyStore.PasswordProtection(
              password.reveal().toCharArray(),
              encryption.protection,
              new PBEParameterSpec(salt, ITERATIONS)));
      return store(store, password, encryption);
    } catch (GeneralSecurityException | IOException e) {
      throw new PkiException("the keystore could not be written", e);
    }
  }

  /** A truststore with aliases derived from the certificates. */
  public static byte[] truststore(
      Collection<X509Certificate> certificates, Password password, Encryption encryption) {
    try {
      KeyStore store = empty();
      for (X509Certificate certificate : certificates) {
        store.setCertificateEntry(alias(certificate), certificate);
      }
      return store(store, password, encryption);
    } catch (GeneralSecurityException | IOException e) {
      throw new PkiException("the truststore could not be written", e);
    }
  }

  /**
   * Opens a keystore with its password, key entries included.
   *
   * @throws PkiException if that fails, or the keystore is empty
   */
  public static void verifyOpens(byte[] pkcs12, Password password) {
    char[] secret = password.reveal().toCharArray();
    try {
      KeyStore store = empty();
      store.load(new ByteArrayInputStream(pkcs12), secret);
      for (String alias : Collections.list(store.aliases())) {
        if (store.isKeyEntry(alias) && store.getKey(alias, secret) == null) {
          throw new PkiException("the keystore's key cannot be read");
        }
      }
      if (store.size() == 0) {
        throw new PkiException("the keystore is empty");
      }
    } catch (PkiException e) {
      throw e;
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      throw new PkiException("the keystore does not open with its password", e);
    }
  }

  /** Whether a keystore opens with a password. */
  public static boolean opens(byte[] pkcs12, Password password) {
    try {
      verifyOpens(pkcs12, password);
      return true;
    } catch (PkiException e) {
      return false;
    }
  }

  /**
   * Whether a keystore opens with a password and holds a key, encoded as {@link
   * KeyMaterial#revealPkcs8Der}.
   */
  public static boolean holds(byte @Nullable [] pkcs12, Password password, KeyMaterial key) {
    if (pkcs12 == null) {
      return false;
    }
    char[] secret = password.reveal().toCharArray();
    try {
      KeyStore store = empty();
      store.load(new ByteArrayInputStream(pkcs12), secret);
      for (String alias : Collections.list(store.aliases())) {
        if (store.getKey(alias, secret) instanceof PrivateKey held
            && Arrays.equals(held.getEncoded(), key.revealPkcs8Der())) {
          return true;
        }
      }
      return false;
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      // the cause may quote the input
      return false;
    }
  }

  private static String alias(X509Certificate certificate) {
    return "ca-"
        + Fingerprint.of(certificate)
            .text()
            .substring(Sha256.PREFIX.length(), Sha256.PREFIX.length() + ALIAS_DIGITS);
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static byte[] store(KeyStore store, Password password, Encryption encryption)
      throws GeneralSecurityException, IOException {
    Lock shared = PROPERTIES.readLock();
    shared.lock();
    try {
      if (encryption.isInForce()) {
        return write(store, password);
      }
    } finally {
      shared.unlock();
    }
    Lock alone = PROPERTIES.writeLock();
    alone.lock();
    Map<String, String> before = new HashMap<>();
    try {
      encryption
          .properties()
          .forEach(
              (name, value) -> {
                // to the JDK an empty property is an absent one; none can be removed
                before.put(name, Objects.requireNonNullElse(Security.getProperty(name), ""));
                Security.setProperty(name, value);
              });
      return write(store, password);
    } finally {
      before.forEach(Security::setProperty);
      alone.unlock();
    }
  }

  private static byte[] write(KeyStore store, Password password)
      throws GeneralSecurityException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.store(out, password.reveal().toCharArray());
    return out.toByteArray();
  }
}
