package dev.mtlsoperator.operator;

import io.vertx.core.buffer.Buffer;
import java.net.HttpURLConnection;
import java.util.Optional;

/**
 * A response of the management port.
 *
 * @param code HTTP status code
 * @param type value of the {@code Content-Type} header
 * @param body immutable by convention: several connections may send it at the same time
 */
record Answer(int code, String type, Buffer body) {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  static Answer text(int code, String text) {
    return new Answer(code, TEXT, Buffer.buffer(text));
  }

  static Answer metrics(String scrape) {
    return new Answer(HttpURLConnection.HTTP_OK, PROMETHEUS, Buffer.buffer(scrape));
  }

  /** The answer of a readiness probe; empty: ready. */
  static Answer ready(Optional<String> obstacle) {
    return obstacle
        .map(why -> text(HttpURLConnection.HTTP_UNAVAILABLE, "not ready: " + why + "\n"))
        .orElseGet(() -> text(HttpURLConnection.HTTP_OK, "ok\n"));
  }
}
