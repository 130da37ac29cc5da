package dev.mtlsoperator.operator;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** Serves {@code /livez}, {@code /readyz} and {@code /metrics}. */
final class ManagementServer implements AutoCloseable {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService executor =
      Executors.newFixedThreadPool(2, ManagementServer::thread);

  /**
   * Starts it.
   *
   * @throws IOException when the port is taken
   */
  ManagementServer(int port, Readiness readiness, Supplier<String> metrics) throws IOException {
    server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/livez", exchange -> respond(exchange, Optional::empty));
    server.createContext("/readyz", exchange -> respond(exchange, readiness::obstacle));
    server.createContext(
        "/metrics",
        exchange -> respond(exchange, HttpURLConnection.HTTP_OK, PROMETHEUS, metrics.get()));
    server.setExecutor(executor);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private static void respond(HttpExchange exchange, Supplier<Optional<String>> asked)
      throws IOException {
    Optional<String> obstacle = asked.get();
    respond(
        exchange,
        obstacle.isEmpty() ? HttpURLConnection.HTTP_OK : HttpURLConnection.HTTP_UNAVAILABLE,
        TEXT,
        obstacle.map(why -> "not ready: " + why + "\n").orElse("ok\n"));
  }

  private static void respond(HttpExchange exchange, int code, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(code, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "management");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
