package dev.mtlsoperator.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What README shows for a Java service; the lines between the marks stand there too. */
final class JavaService {
  private JavaService() {}

  /** A TLS context from the files of a ClientCert's Secret. */
  static SSLContext tls(Path secret) throws GeneralSecurityException, IOException {
    // README begins
    char[] password = Files.readString(secret.resolve("keystore.password")).toCharArray();
    KeyStore keys = KeyStore.getInstance(secret.resolve("keystore.p12").toFile(), password);
    KeyStore trust = KeyStore.getInstance(secret.resolve("truststore.p12").toFile(), password);
    KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
    keyManagers.init(keys, password);
    TrustManagerFactory trustManagers = TrustManagerFactory.getInstance("PKIX");
    trustManagers.init(trust);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    // README ends
    return tls;
  }
}
