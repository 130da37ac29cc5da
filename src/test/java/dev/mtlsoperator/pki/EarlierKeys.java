package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECPrivateKeySpec;
import java.util.List;

/** ECDSA keys as earlier versions wrote them: as the JDK does, without the public key inside. */
public final class EarlierKeys {
  private EarlierKeys() {}

  /** PKCS#8 in DER. */
  public static byte[] der(KeyMaterial key) {
    return of(key).getEncoded();
  }

  /** PKCS#8 in PEM. */
  public static String pem(KeyMaterial key) {
    return Pem.block("PRIVATE KEY", der(key));
  }

  public static byte[] keystore(
      KeyMaterial key, List<X509Certificate> chain, String alias, Password password) {
    char[] secret = password.reveal().toCharArray();
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(alias, of(key), secret, chain.toArray(X509Certificate[]::new));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      store.store(out, secret);
      return out.toByteArray();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PrivateKey of(KeyMaterial key) {
    ECPrivateKey now = (ECPrivateKey) key.revealPrivateKey();
    try {
      return KeyFactory.getInstance("EC")
          .generatePrivate(new ECPrivateKeySpec(now.getS(), now.getParams()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
