package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code /livez}, {@code /readyz} and {@code /metrics}. The port may be reachable by
 * anybody, so no client can block others:
 *
 * <ul>
 *   <li>The server has an event loop of its own, in which nothing is computed. {@code /livez} is
 *       answered however busy the operator is and however many clients ask.
 *   <li>A connection serves one request and lasts ten seconds at most. Beyond {@value
 *       #MOST_CONNECTIONS} connections the oldest one is closed, preferably one without a request:
 *       a new client is always served.
 *   <li>Data that a client does not read is not buffered for it: a slow reader costs 32 KiB.
 * </ul>
 */
final class ManagementServer implements AutoCloseable {
  /** Far more than kubelet and any number of Prometheus servers need. */
  static final int MOST_CONNECTIONS = 256;

  /** Prometheus' default scrape timeout. */
  private static final Duration LONGEST_CONNECTION = Duration.ofSeconds(10);

  private static final int PIECE = 16 * 1024;

  /** The same metrics are served for this long, however many Prometheus servers ask. */
  private static final Duration FRESH_METRICS = Duration.ofSeconds(1);

  private static final Duration START_AND_STOP = Duration.ofSeconds(10);

  private static final Answer ALIVE = Answer.text(HttpURLConnection.HTTP_OK, "ok\n");
  private static final Answer NOT_FOUND =
      Answer.text(
          HttpURLConnection.HTTP_NOT_FOUND,
          "not found: /livez, /readyz and /metrics are served here\n");
  private static final Answer BAD_METHOD =
      Answer.text(HttpURLConnection.HTTP_BAD_METHOD, "only GET and HEAD are served here\n");

  private static final Logger LOG = LoggerFactory.getLogger(ManagementServer.class);

  private final Vertx vertx;
  private final HttpServer server;
  private final SharedAnswer readiness;
  private final SharedAnswer metrics;

  /** In order of age; used by the event loop only. */
  private final Map<HttpConnection, Stage> connections = new LinkedHashMap<>();

  /** Whether a connection has sent a request. */
  private enum Stage {
    NOTHING_ASKED,
    ASKED
  }

  private ManagementServer(Vertx vertx, int port, SharedAnswer readiness, SharedAnswer metrics) {
    this.vertx = vertx;
    this.readiness = readiness;
    this.metrics = metrics;
    this.server =
        vertx
            .createHttpServer(ManagementOptions.ofServer(port))
            .connectionHandler(this::opened)
            .exceptionHandler(ManagementServer::failed)
            .requestHandler(this::asked);
  }

  /**
   * Opens the port and serves.
   *
   * @param port 0: any free one
   * @param obstacle why the operator is not ready; empty: it is
   * @param scrape all metrics in Prometheus' text format
   * @throws IOException when the port is taken
   */
  static ManagementServer start(
      int port,
      Supplier<Optional<String>> obstacle,
      Supplier<String> scrape,
      UnexpectedExceptions exceptions)
      throws IOException {
    SharedAnswer readiness =
        new SharedAnswer(
            UnexpectedExceptions.Part.READYZ,
            exceptions,
            Duration.ZERO,
            () -> Answer.ready(obstacle.get()));
    SharedAnswer metrics =
        new SharedAnswer(
            UnexpectedExceptions.Part.METRICS,
            exceptions,
            FRESH_METRICS,
            () -> Answer.metrics(scrape.get()));
    ManagementServer server =
        new ManagementServer(Vertx.vertx(ManagementOptions.ofVertx()), port, readiness, metrics);
    server.listen();
    return server;
  }

  private void listen() throws IOException {
    try {
      HttpServer unused =
          server
              .listen()
              .toCompletionStage()
              .toCompletableFuture()
              .get(START_AND_STOP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      close();
      throw new IOException("the management port cannot be opened", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new IOException("interrupted while the management port was opened", e);
    }
  }

  int port() {
    return server.actualPort();
  }

  private void opened(HttpConnection connection) {
    long end = vertx.setTimer(LONGEST_CONNECTION.toMillis(), over -> cut(connection));
    connections.put(connection, Stage.NOTHING_ASKED);
    connection.exceptionHandler(ManagementServer::failed);
    connection.closeHandler(
        closed -> {
          vertx.cancelTimer(end);
          connections.remove(connection);
        });
    if (connections.size() > MOST_CONNECTIONS) {
      makeRoom();
    }
  }

  private void makeRoom() {
    HttpConnection oldest =
        connections.entrySet().stream()
            .filter(entry -> entry.getValue() == Stage.NOTHING_ASKED)
            .findFirst()
            .or(() -> connections.entrySet().stream().findFirst())
            .orElseThrow()
            .getKey();
    connections.remove(oldest);
    cut(oldest);
  }

  // Vert.x' own close waits until everything is sent, which never ends if the client does not read
  private static void cut(HttpConnection connection) {
    var unused = ((ConnectionBase) connection).channel().close();
  }

  private void asked(HttpServerRequest request) {
    Stage before = connections.replace(request.connection(), Stage.ASKED);
    if (before != Stage.NOTHING_ASKED) {
      // one request per connection
      cut(request.connection());
      return;
    }
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      request.response().putHeader("Allow", "GET, HEAD");
      answer(request, BAD_METHOD);
      return;
    }
    switch (String.valueOf(request.path())) {
      case "/livez" -> answer(request, ALIVE);
      case "/readyz" -> answer(request, readiness);
      case "/metrics" -> answer(request, metrics);
      default -> answer(request, NOT_FOUND);
    }
  }

  private void answer(HttpServerRequest request, SharedAnswer shared) {
    Context loop = vertx.getOrCreateContext();
    var unused = shared.ask().thenAccept(made -> loop.runOnContext(back -> answer(request, made)));
  }

  private static void answer(HttpServerRequest request, Answer answer) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      return;
    }
    response
        .exceptionHandler(ManagementServer::failed)
        .setWriteQueueMaxSize(PIECE)
        .setStatusCode(answer.code())
        .putHeader("Content-Type", answer.type())
        .putHeader("Content-Length", Integer.toString(answer.body().length()))
        .putHeader("Connection", "close");
    if (request.method().equals(HttpMethod.HEAD)) {
      finish(request, Buffer.buffer());
    } else {
      send(request, answer.body(), 0);
    }
  }

  // sends no more than the client reads
  private static void send(HttpServerRequest request, Buffer body, int from) {
    HttpServerResponse response = request.response();
    int at = from;
    while (!response.closed() && !response.ended()) {
      int next = Math.min(at + PIECE, body.length());
      if (next == body.length()) {
        finish(request, body.slice(at, next));
        return;
      }
      var unused = response.write(body.slice(at, next));
      at = next;
      if (response.writeQueueFull()) {
        int rest = at;
        response.drainHandler(read -> send(request, body, rest));
        return;
      }
    }
  }

  private static void finish(HttpServerRequest request, Buffer last) {
    var unused = request.response().end(last).onComplete(sent -> cut(request.connection()));
  }

  private static void failed(Throwable failure) {
    LOG.debug("a connection to the management port failed", failure);
  }

  @Override
  public void close() {
    readiness.close();
    metrics.close();
    try {
      var unused =
          vertx
              .close()
              .toCompletionStage()
              .toCompletableFuture()
              .get(START_AND_STOP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the management port was not closed in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
