package dev.mtlsoperator.consumers;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A web server behind a gateway, which remembers whom the gateway says that it let in. */
public final class Upstream implements AutoCloseable {
  /** What it answers. */
  public static final String ANSWER = "welcome";

  private static final List<String> HEADERS =
      List.of("x-forwarded-client-cert", "x-client-subject");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(2);
  private final Set<String> clients = new ConcurrentSkipListSet<>();

  private Upstream(HttpServer server) {
    this.server = server;
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  public static Upstream start() throws IOException {
    return new Upstream(HttpServer.create(new InetSocketAddress(address(), 0), 0));
  }

  /** The API server lets no endpoint have a loopback address. */
  private static InetAddress address() throws IOException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(Inet4Address.class::isInstance)
        .filter(it -> !it.isLoopbackAddress() && !it.isLinkLocalAddress())
        .findFirst()
        .orElseThrow(() -> new IOException("this machine has only loopback addresses"));
  }

  private void answer(HttpExchange exchange) throws IOException {
    for (String header : HEADERS) {
      clients.addAll(exchange.getRequestHeaders().getOrDefault(header, List.of()));
    }
    byte[] body = ANSWER.getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, body.length);
    try (exchange) {
      exchange.getResponseBody().write(body);
    }
  }

  /**
   * The values of the headers {@code x-forwarded-client-cert} and {@code x-client-subject} so far.
   */
  public Set<String> clients() {
    return new TreeSet<>(clients);
  }

  /** A Service of that name, as if this server were its only pod. */
  public String service(String name) {
    return """
        apiVersion: v1
        kind: Service
        metadata: {name: %1$s}
        spec:
          ports: [{name: http, port: 80, targetPort: %3$d}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: %1$s-1, labels: {kubernetes.io/service-name: %1$s}}
        addressType: IPv4
        endpoints: [{addresses: [%2$s], conditions: {ready: true}}]
        ports: [{name: http, port: %3$d}]
        """
        .formatted(
            name, server.getAddress().getAddress().getHostAddress(), server.getAddress().getPort());
  }

  /** What to write in a gateway's configuration in place of a Service of that name, port 80. */
  public Map<String, String> insteadOf(String service) {
    String host = server.getAddress().getAddress().getHostAddress();
    int port = server.getAddress().getPort();
    return Map.of(
        service + ":80",
        host + ":" + port,
        "address: " + service + ", port_value: 80",
        "address: " + host + ", port_value: " + port);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
