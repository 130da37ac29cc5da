package dev.mtlsoperator.demo;

import io.fabric8.kubernetes.api.model.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * What a consumer takes from a {@code kubernetes.io/tls} Secret, with the JDK alone: {@code
 * tls.crt}, {@code tls.key}, {@code ca.crt}.
 */
final class TlsSecret {
  private static final char[] IN_MEMORY = "unused".toCharArray();

  private final Secret secret;

  TlsSecret(Secret secret) {
    this.secret = secret;
  }

  /** The leaf. */
  X509Certificate certificate() throws GeneralSecurityException {
    return (X509Certificate) certificates("tls.crt").get(0);
  }

  /** Own certificate and key, and trust in {@code ca.crt}. */
  SSLContext context() throws GeneralSecurityException, IOException {
    return contextTrusting(this);
  }

  /** Own certificate and key, and trust in somebody else's {@code ca.crt}. */
  SSLContext contextTrusting(TlsSecret other) throws GeneralSecurityException, IOException {
    // SunX509 offers the certificate as it is: whether it is good enough is the other side's matter
    KeyManagerFactory own = KeyManagerFactory.getInstance("SunX509");
    KeyStore keys = empty();
    List<Certificate> chain = certificates("tls.crt");
    String algorithm = chain.get(0).getPublicKey().getAlgorithm();
    keys.setKeyEntry(
        "own",
        KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key())),
        IN_MEMORY,
        chain.toArray(Certificate[]::new));
    own.init(keys, IN_MEMORY);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), other.trust().getTrustManagers(), null);
    return context;
  }

  /** No certificate of its own, and trust in {@code ca.crt}. */
  SSLContext anonymousContext() throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust().getTrustManagers(), null);
    return context;
  }

  private TrustManagerFactory trust() throws GeneralSecurityException, IOException {
    KeyStore anchors = empty();
    for (Certificate ca : certificates("ca.crt")) {
      anchors.setCertificateEntry("ca-" + anchors.size(), ca);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(anchors);
    return trust;
  }

  private List<Certificate> certificates(String entry) throws GeneralSecurityException {
    return List.copyOf(
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(bytes(entry))));
  }

  private byte[] key() {
    String pem = new String(bytes("tls.key"), StandardCharsets.US_ASCII);
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }

  private byte[] bytes(String entry) {
    return Base64.getDecoder().decode(secret.getData().get(entry));
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
