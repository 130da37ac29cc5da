package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.pki.ocsp.OcspAnswer;
import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import io.netty.handler.codec.DateFormatter;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.net.HttpURLConnection;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * OCSP over HTTP (RFC 6960 appendix A, RFC 5019 sections 5 and 6): a POST to {@code /ocsp}, or a
 * GET of {@code /ocsp/} and the request in Base64. One thread answers, so a flood of requests costs
 * one processor; those that do not fit into its queue are told to try later.
 */
final class OcspDesk implements AutoCloseable {
  static final String PATH = "/ocsp";

  private static final String TYPE = "application/ocsp-response";

  private final PublishedResponders responders;
  private final Supplier<Optional<String>> gap;
  private final UnexpectedExceptions exceptions;
  private final Clock clock;
  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(BoundedHttpServer.MOST_CONNECTIONS),
          task -> {
            Thread made = new Thread(task, "ocsp");
            made.setDaemon(true);
            return made;
          });

  OcspDesk(
      PublishedResponders responders,
      Supplier<Optional<String>> gap,
      UnexpectedExceptions exceptions,
      Clock clock) {
    this.responders = responders;
    this.gap = gap;
    this.exceptions = exceptions;
    this.clock = clock;
  }

  /** The response; never completes exceptionally. */
  CompletionStage<Answer> answer(Request request) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    try {
      thread.execute(() -> answer.complete(make(request)));
    } catch (RejectedExecutionException e) {
      // busy, or closed
      answer.complete(response(request, OcspAnswer.Refusal.TRY_LATER, clock.instant()));
    }
    return answer;
  }

  private Answer make(Request request) {
    Instant now = clock.instant();
    try {
      return response(request, decide(request, now), now);
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      exceptions.met(UnexpectedExceptions.Part.OCSP, e);
      return response(request, OcspAnswer.Refusal.INTERNAL_ERROR, now);
    }
  }

  private OcspAnswer decide(Request request, Instant now) {
    Optional<byte[]> der =
        request.method().equals(HttpMethod.POST)
            ? Optional.of(request.body().getBytes())
            : decode(request.path().substring(PATH.length() + 1));
    OcspAnswer answer =
        der.map(it -> responders.answer(it, now)).orElse(OcspAnswer.Refusal.MALFORMED_REQUEST);
    // a process that does not know all issuers cannot tell
    return answer == OcspAnswer.Refusal.UNAUTHORIZED && gap.get().isPresent()
        ? OcspAnswer.Refusal.TRY_LATER
        : answer;
  }

  // RFC 6960 appendix A.1: URL-encoded Base64; some clients write the alphabet for URLs instead
  private static Optional<byte[]> decode(String path) {
    try {
      String text =
          URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.US_ASCII)
              .replace('-', '+')
              .replace('_', '/');
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Answer response(Request request, OcspAnswer answer, Instant now) {
    if (answer instanceof OcspAnswer.Signed signed && !request.method().equals(HttpMethod.POST)) {
      // RFC 5019 section 6.2
      return Cacheable.of(signed.der(), TYPE, signed.thisUpdate(), signed.nextUpdate())
          .answer(request.headers(), now)
          .with("Expires", DateFormatter.format(Date.from(signed.nextUpdate())));
    }
    // RFC 5019 section 6.2: no cache keeps a refusal
    return new Answer(
        HttpURLConnection.HTTP_OK,
        Map.of("Content-Type", TYPE, "Cache-Control", "no-store"),
        Buffer.buffer(answer.der()));
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
