package dev.mtlsoperator.operator.http;

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
import java.net.BindException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP server on a port that may be reachable by anybody, so no client can block others:
 *
 * <ul>
 *   <li>The server has an event loop of its own, in which nothing is computed.
 *   <li>A connection serves one request and lasts ten seconds at most. Beyond {@value
 *       #MOST_CONNECTIONS} connections the oldest one is closed, preferably one without a request:
 *       a new client is always served.
 *   <li>A body is read only where the site has a use for it, up to 4 KiB.
 *   <li>Data that a client does not read is not buffered for it: a slow reader costs 32 KiB.
 * </ul>
 */
final class BoundedHttpServer implements AutoCloseable {
  /** Far more than kubelet and any number of Prometheus servers need. */
  static final int MOST_CONNECTIONS = 256;

  /** Prometheus' default scrape timeout. */
  private static final Duration LONGEST_CONNECTION = Duration.ofSeconds(10);

  private static final int PIECE = 16 * 1024;

  private static final Duration START_AND_STOP = Duration.ofSeconds(10);

  private static final Answer TOO_LONG =
      Answer.text(
          HttpURLConnection.HTTP_ENTITY_TOO_LARGE,
          "a body has at most " + HttpLimits.LONGEST_BODY + " bytes\n");

  private static final Logger LOG = LoggerFactory.getLogger(BoundedHttpServer.class);

  private final Vertx vertx = Vertx.vertx(HttpLimits.ofVertx());
  private final HttpServer server;
  private final Site site;

  /** In order of age; used by the event loop only. */
  private final Map<HttpConnection, Stage> connections = new LinkedHashMap<>();

  /** Whether a connection has sent a request. */
  private enum Stage {
    NOTHING_ASKED,
    ASKED
  }

  private BoundedHttpServer(int port, Site site) {
    this.site = site;
    this.server =
        vertx
            .createHttpServer(HttpLimits.ofServer(port))
            .connectionHandler(this::opened)
            .exceptionHandler(BoundedHttpServer::failed)
            .requestHandler(this::asked);
  }

  /**
   * Opens the port and serves.
   *
   * @param port 0: any free one
   * @param option chooses the port, for the message when it is taken
   * @param site is closed with the server
   * @throws IOException when the port cannot be opened
   */
  static BoundedHttpServer start(int port, String option, Site site) throws IOException {
    BoundedHttpServer server = new BoundedHttpServer(port, site);
    try {
      server.listen(port, option);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private void listen(int port, String option) throws IOException {
    try {
      HttpServer unused =
          server
              .listen()
              .toCompletionStage()
              .toCompletableFuture()
              .get(START_AND_STOP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BindException) {
        throw new PortTakenException(port, option, e.getCause());
      }
      throw new IOException("the port of " + option + " cannot be opened", e);
    } catch (TimeoutException e) {
      throw new IOException("the port of " + option + " cannot be opened", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the port of " + option + " was opened", e);
    }
  }

  int port() {
    return server.actualPort();
  }

  private void opened(HttpConnection connection) {
    long end = vertx.setTimer(LONGEST_CONNECTION.toMillis(), over -> cut(connection));
    connections.put(connection, Stage.NOTHING_ASKED);
    connection.exceptionHandler(BoundedHttpServer::failed);
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
    String path = String.valueOf(request.path());
    List<HttpMethod> methods = site.methods(path);
    if (!methods.contains(request.method())) {
      reply(request, badMethod(methods));
      return;
    }
    if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
      answer(request, path, Buffer.buffer());
    } else {
      read(request, path);
    }
  }

  private void read(HttpServerRequest request, String path) {
    Buffer body = Buffer.buffer();
    request.handler(
        piece -> {
          if (body.length() + piece.length() > HttpLimits.LONGEST_BODY) {
            request.handler(null).endHandler(null);
            reply(request, TOO_LONG);
          } else {
            body.appendBuffer(piece);
          }
        });
    request.endHandler(end -> answer(request, path, body));
  }

  private void answer(HttpServerRequest request, String path, Buffer body) {
    Context loop = vertx.getOrCreateContext();
    var unused =
        site.answer(new Request(request.method(), path, request.headers(), body))
            .thenAccept(made -> loop.runOnContext(back -> reply(request, made)));
  }

  private static Answer badMethod(List<HttpMethod> methods) {
    String allowed = methods.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
    return Answer.text(
            HttpURLConnection.HTTP_BAD_METHOD, "the methods served here are " + allowed + "\n")
        .with("Allow", allowed);
  }

  private static void reply(HttpServerRequest request, Answer answer) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      return;
    }
    response
        .exceptionHandler(BoundedHttpServer::failed)
        .setWriteQueueMaxSize(PIECE)
        .setStatusCode(answer.code())
        .putHeader("Connection", "close");
    answer.headers().forEach(response::putHeader);
    if (answer.code() == HttpURLConnection.HTTP_NOT_MODIFIED) {
      // RFC 9110 section 8.6: a length would be that of the body which is not sent
      finish(request, Buffer.buffer());
      return;
    }
    response.putHeader("Content-Length", Integer.toString(answer.body().length()));
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
    LOG.debug("a connection failed", failure);
  }

  @Override
  public void close() {
    site.close();
    try {
      var unused =
          vertx
              .close()
              .toCompletionStage()
              .toCompletableFuture()
              .get(START_AND_STOP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("a port was not closed in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
