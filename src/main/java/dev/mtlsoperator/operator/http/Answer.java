package dev.mtlsoperator.operator.http;

import io.vertx.core.buffer.Buffer;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A response of one of the ports.
 *
 * @param code HTTP status code
 * @param headers all but those of the connection and {@code Content-Length}
 * @param body immutable by convention: several connections may send it at the same time
 */
record Answer(int code, Map<String, String> headers, Buffer body) {
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

  Answer {
    headers = Map.copyOf(headers);
  }

  private static Answer of(int code, String type, String text) {
    return new Answer(code, Map.of("Content-Type", type), Buffer.buffer(text));
  }

  /** The same with one more header. */
  Answer with(String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return new Answer(code, more, body);
  }

  static Answer text(int code, String text) {
    return of(code, TEXT, text);
  }

  static Answer metrics(String scrape) {
    return of(HttpURLConnection.HTTP_OK, PROMETHEUS, scrape);
  }

  /** The answer of a readiness probe; empty: ready. */
  static Answer ready(Optional<String> obstacle) {
    return obstacle
        .map(why -> text(HttpURLConnection.HTTP_UNAVAILABLE, "not ready: " + why + "\n"))
        .orElseGet(() -> text(HttpURLConnection.HTTP_OK, "ok\n"));
  }
}
