package dev.mtlsoperator.operator.http;

import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What a port serves. */
interface Site extends AutoCloseable {
  /** The methods of a path, for the {@code Allow} header; others get a 405. */
  default List<HttpMethod> methods(String path) {
    return List.of(HttpMethod.GET, HttpMethod.HEAD);
  }

  /**
   * The response to a request with one of those methods. Called by the event loop: it neither
   * blocks nor computes.
   */
  CompletionStage<Answer> answer(Request request);

  @Override
  void close();
}
