package dev.mtlsoperator.harness;

import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** Mutual TLS in memory between two peers, each of which knows only its own Secret. */
public final class SecretTls {
  private static final char[] IN_MEMORY = "unused".toCharArray();
  private static final int MOST_ROUNDS = 200;

  private SecretTls() {}

  /** A handshake without resumption. @throws SSLException when one side refuses the other */
  public static void shake(Secret server, Secret client, String host)
      throws GeneralSecurityException, IOException {
    SSLEngine accepts = context(server).createSSLEngine();
    accepts.setUseClientMode(false);
    accepts.setNeedClientAuth(true);
    SSLEngine calls = context(client).createSSLEngine(host, 443);
    calls.setUseClientMode(true);
    SSLParameters parameters = calls.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    calls.setSSLParameters(parameters);
    ByteBuffer toServer = ByteBuffer.allocate(1 << 16);
    ByteBuffer toClient = ByteBuffer.allocate(1 << 16);
    calls.beginHandshake();
    accepts.beginHandshake();
    for (int round = 0; round < MOST_ROUNDS; round++) {
      step(calls, toClient, toServer);
      step(accepts, toServer, toClient);
      if (isOver(calls)
          && isOver(accepts)
          && toServer.position() == 0
          && toClient.position() == 0) {
        return;
      }
    }
    throw new SSLException("the handshake does not end");
  }

  private static boolean isOver(SSLEngine engine) {
    return engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING;
  }

  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    ByteBuffer application = ByteBuffer.allocate(1 << 16);
    in.flip();
    if (in.hasRemaining()) {
      engine.unwrap(in, application);
    }
    in.compact();
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      engine.wrap(ByteBuffer.allocate(0), out);
    }
  }

  private static SSLContext context(Secret secret) throws GeneralSecurityException, IOException {
    KeyStore keys = empty();
    keys.setKeyEntry(
        "own",
        Scene.key(secret).revealPrivateKey(),
        IN_MEMORY,
        Pem.readCertificates(Scene.text(secret, "tls.crt")).toArray(X509Certificate[]::new));
    KeyManagerFactory own = KeyManagerFactory.getInstance("SunX509");
    own.init(keys, IN_MEMORY);
    KeyStore anchors = empty();
    for (X509Certificate ca : Pem.readCertificates(Scene.text(secret, "ca.crt"))) {
      anchors.setCertificateEntry("ca-" + anchors.size(), ca);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(anchors);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
