package dev.mtlsoperator.demo;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.InMemoryDnsResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who calls a gateway by its name, each time on a new connection, and who never tries
 * twice. Safe for use by several threads.
 */
final class Caller implements AutoCloseable {
  private static final String HOST = "gateway.example.org";

  private final CloseableHttpClient http;
  private final String url;

  Caller(SSLContext tls, int port) throws IOException {
    InMemoryDnsResolver names = new InMemoryDnsResolver();
    names.add(HOST, InetAddress.getLoopbackAddress());
    url = "https://" + HOST + ":" + port + "/";
    http =
        HttpClients.custom()
            .disableAutomaticRetries()
            .setConnectionReuseStrategy((request, response, context) -> false)
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(names)
                    .setTlsSocketStrategy(
                        ClientTlsStrategyBuilder.create().setSslContext(tls).buildClassic())
                    .build())
            .build();
  }

  /** One request on a connection of its own. */
  Answer call() {
    HttpClientContext context = HttpClientContext.create();
    try {
      return http.execute(
          new HttpGet(url),
          context,
          response -> {
            X509Certificate server =
                (X509Certificate) context.getSSLSession().getPeerCertificates()[0];
            return new Answer(
                Integer.toString(response.getCode()),
                EntityUtils.toString(response.getEntity()),
                server.getSerialNumber());
          });
    } catch (SSLException e) {
      return new Answer("refused", String.valueOf(e.getMessage()), null);
    } catch (IOException e) {
      return new Answer("failed", e.toString(), null);
    }
  }

  @Override
  public void close() throws IOException {
    http.close();
  }

  /**
   * What came back.
   *
   * @param result an HTTP status; {@code refused}: ended by TLS; {@code failed}: anything else
   * @param detail the body, or what TLS or the network said
   * @param serverSerial of the certificate that the gateway showed; null without an answer
   */
  record Answer(String result, String detail, @Nullable BigInteger serverSerial) {}
}
