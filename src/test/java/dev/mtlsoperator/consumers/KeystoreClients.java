package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.InMemoryDnsResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.ssl.SSLContextBuilder;
import org.apache.hc.core5.ssl.SSLContexts;

/** HTTP clients in Java that are given PKCS#12 files, as people write them. */
final class KeystoreClients {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** What a server answered. */
  record Answer(int status, String body) {}

  private KeystoreClients() {}

  /**
   * Sends a request to a port of this machine by Apache HttpClient.
   *
   * @param own with the client's certificate; empty: it has none
   * @param trust whose truststore it uses
   */
  static Answer apache(Optional<KeystoreFiles> own, KeystoreFiles trust, String host, int port)
      throws IOException, GeneralSecurityException {
    SSLContextBuilder tls =
        SSLContexts.custom().loadTrustMaterial(trust.truststore(), password(trust));
    if (own.isPresent()) {
      char[] password = password(own.get());
      tls.loadKeyMaterial(own.get().keystore(), password, password);
    }
    InMemoryDnsResolver names = new InMemoryDnsResolver();
    names.add(host, InetAddress.getLoopbackAddress());
    try (CloseableHttpClient http =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(names)
                    .setTlsSocketStrategy(
                        ClientTlsStrategyBuilder.create().setSslContext(tls.build()).buildClassic())
                    .build())
            .build()) {
      return http.execute(
          new HttpGet("https://" + host + ":" + port + "/"),
          response -> new Answer(response.getCode(), EntityUtils.toString(response.getEntity())));
    }
  }

  /**
   * The same by the JDK's {@code HttpClient}, which calls the server by its IP address: it takes no
   * other one for a host name.
   */
  static Answer jdk(Optional<KeystoreFiles> own, KeystoreFiles trust, int port)
      throws IOException, GeneralSecurityException, InterruptedException {
    KeyManager[] keys = new KeyManager[0];
    if (own.isPresent()) {
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      char[] password = password(own.get());
      factory.init(KeyStore.getInstance(own.get().keystore().toFile(), password), password);
      keys = factory.getKeyManagers();
    }
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(KeyStore.getInstance(trust.truststore().toFile(), password(trust)));
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys, trusted.getTrustManagers(), null);
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(tls)
            .connectTimeout(PATIENCE)
            .build()
            .send(
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/"))
                    .timeout(PATIENCE)
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  private static char[] password(KeystoreFiles files) throws IOException {
    return Files.readString(files.password()).toCharArray();
  }
}
