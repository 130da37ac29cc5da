package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Serves {@code /livez}, {@code /readyz} and {@code /metrics}. {@code /livez} is answered however
 * busy the operator is and however many clients ask.
 */
public final class ManagementServer implements AutoCloseable {
  /** The same metrics are served for this long, however many Prometheus servers ask. */
  private static final Duration FRESH_METRICS = Duration.ofSeconds(1);

  private static final Answer ALIVE = Answer.text(HttpURLConnection.HTTP_OK, "ok\n");
  private static final Answer NOT_FOUND =
      Answer.text(
          HttpURLConnection.HTTP_NOT_FOUND,
          "not found: /livez, /readyz and /metrics are served here\n");

  private final BoundedHttpServer server;

  private ManagementServer(BoundedHttpServer server) {
    this.server = server;
  }

  private record Management(SharedAnswer readiness, SharedAnswer metrics) implements Site {
    @Override
    public CompletionStage<Answer> answer(Request request) {
      return switch (request.path()) {
        case "/livez" -> CompletableFuture.completedFuture(ALIVE);
        case "/readyz" -> readiness.ask();
        case "/metrics" -> metrics.ask();
        default -> CompletableFuture.completedFuture(NOT_FOUND);
      };
    }

    @Override
    public void close() {
      readiness.close();
      metrics.close();
    }
  }

  /**
   * Opens the port and serves.
   *
   * @param port 0: any free one
   * @param obstacle why the operator is not ready; empty: it is
   * @param scrape all metrics in Prometheus' text format
   * @throws IOException when the port is taken
   */
  public static ManagementServer start(
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
    return new ManagementServer(
        BoundedHttpServer.start(port, "--management-port", new Management(readiness, metrics)));
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
  }
}
