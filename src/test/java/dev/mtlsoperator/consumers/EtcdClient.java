package dev.mtlsoperator.consumers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.harness.TlsFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.HttpsURLConnection;

/**
 * A client of etcd's API in JSON. It makes a new connection, with a full handshake, for each
 * request, and asks the next endpoint when one does not answer with success, as etcd's own clients
 * do.
 */
final class EtcdClient {
  private static final int CONNECT_MILLIS = 2_000;

  /** Longer than etcd takes to elect a leader, for which a write waits. */
  private static final int READ_MILLIS = 20_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<URI> endpoints;
  private final Queue<String> retries = new ConcurrentLinkedQueue<>();
  private final Map<URI, BigInteger> serials = new ConcurrentHashMap<>();

  EtcdClient(List<URI> endpoints) {
    this.endpoints = List.copyOf(endpoints);
  }

  /** A request that was answered by no endpoint, each asked once. */
  static final class NoEndpointException extends Exception {
    private static final long serialVersionUID = 1;

    NoEndpointException(String reasons) {
      super(reasons);
    }
  }

  /**
   * Writes a key.
   *
   * @param first the number of the endpoint to ask first
   */
  void put(TlsFiles tls, int first, String key, String value)
      throws NoEndpointException, GeneralSecurityException {
    StringBuilder reasons = new StringBuilder();
    for (int i = 0; i < endpoints.size(); i++) {
      URI endpoint = endpoints.get((first + i) % endpoints.size());
      try {
        call(
            tls,
            endpoint,
            "kv/put",
            "{\"key\":\"%s\",\"value\":\"%s\"}".formatted(base64(key), base64(value)));
        return;
      } catch (IOException e) {
        retries.add(endpoint + ": " + e);
        reasons.append(endpoint).append(": ").append(e).append('\n');
      }
    }
    throw new NoEndpointException(reasons.toString());
  }

  /** Asks one endpoint. @throws IOException for anything but HTTP 200 */
  JsonNode call(TlsFiles tls, URI endpoint, String path, String body)
      throws IOException, GeneralSecurityException {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    HttpsURLConnection connection =
        (HttpsURLConnection) endpoint.resolve("/v3/" + path).toURL().openConnection();
    connection.setSSLSocketFactory(tls.context().getSocketFactory());
    connection.setConnectTimeout(CONNECT_MILLIS);
    connection.setReadTimeout(READ_MILLIS);
    connection.setRequestProperty("Connection", "close");
    connection.setDoOutput(true);
    // and so the JDK never sends it a second time, which would hide a failure
    connection.setFixedLengthStreamingMode(content.length);
    try {
      connection.connect();
      X509Certificate served = (X509Certificate) connection.getServerCertificates()[0];
      connection.getOutputStream().write(content);
      if (connection.getResponseCode() != 200) {
        throw new IOException("HTTP " + connection.getResponseCode());
      }
      JsonNode answer = JSON.readTree(connection.getInputStream());
      serials.put(endpoint, served.getSerialNumber());
      return answer;
    } finally {
      connection.disconnect();
    }
  }

  /** Why endpoints were passed over. */
  List<String> retries() {
    return List.copyOf(retries);
  }

  /** The serial number of the certificate with which an endpoint answered last. */
  Map<URI, BigInteger> serials() {
    return Map.copyOf(serials);
  }

  static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
