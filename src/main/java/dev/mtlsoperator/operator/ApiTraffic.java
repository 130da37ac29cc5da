package dev.mtlsoperator.operator;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Observes the requests to the API server. It tells whether writes are accepted and what time it is
 * at the server, and it fences a leader that was frozen (SIGSTOP, a stalled machine) for longer
 * than its Lease lasts: the next write is not sent. Thread-safe.
 */
public final class ApiTraffic implements Interceptor {
  /**
   * How long a refused write counts; longer than the pause between two retries of a reconciliation.
   */
  static final Duration REFUSAL_COUNTS = Duration.ofMinutes(2);

  /** How long a server's time counts; readiness probes the server every few seconds. */
  static final Duration DATE_COUNTS = Duration.ofMinutes(2);

  private static final String DATE = "Date";

  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");
  private static final int REDIRECTION = 300;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVER_ERROR = 500;

  private final LongSupplier nanoTime;
  private volatile Refusal refusal = Refusal.NONE;
  private volatile Fence fence = Fence.NONE;
  private volatile Optional<Told> told = Optional.empty();
  private volatile OptionalLong leaseAsked = OptionalLong.empty();
  private volatile OptionalLong leaseSent = OptionalLong.empty();
  private volatile OptionalLong leaseHeld = OptionalLong.empty();

  /** The limit for writes after the last renewal of the Lease, and what happens beyond it. */
  private record Fence(Duration longest, Runnable tooLate) {
    static final Fence NONE = new Fence(Duration.ofNanos(Long.MAX_VALUE), () -> {});
  }

  /** The HTTP status of the last write, if the server did not accept it, and when. */
  private record Refusal(int code, long at) {
    static final Refusal NONE = new Refusal(0, 0);
  }

  /** The server's time in a response, as its header has it and parsed, and when that arrived. */
  private record Told(String date, Instant time, long at) {}

  /** Measures time with the system's monotonic clock. */
  public ApiTraffic() {
    this(System::nanoTime);
  }

  /**
   * Measures time with a given clock.
   *
   * @param nanoTime a monotonic clock in nanoseconds, such as {@link System#nanoTime}
   */
  public ApiTraffic(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The monotonic clock's time in nanoseconds. */
  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /**
   * Stops a former leader that does not know yet that it lost the Lease.
   *
   * @param longest how long after the last successful renewal of a Lease was sent other writes may
   *     be sent
   * @param tooLate called instead of a later write, in its thread; expected to end the process
   */
  void fence(Duration longest, Runnable tooLate) {
    fence = new Fence(longest, tooLate);
  }

  /**
   * Why the server did not accept the last write, if that was within two minutes; empty when it
   * did, or when the request itself was at fault (4xx other than 429).
   */
  Optional<String> refusal() {
    Refusal last = refusal;
    return last.code() != 0 && nanoTime.getAsLong() - last.at() < REFUSAL_COUNTS.toNanos()
        ? Optional.of("the API server refuses writes (HTTP " + last.code() + ")")
        : Optional.empty();
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    if (isLease(request.uri().getPath())) {
      leaseAsked = OptionalLong.of(nanoTime.getAsLong());
    }
    if (isWrite(request)) {
      sending(request.uri().getPath());
    }
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    response.headers(DATE).stream().findFirst().ifPresent(this::dated);
    if (isWrite(request)) {
      answered(request.uri().getPath(), response.code());
    }
  }

  /**
   * The API server's time, accurate to about a second, from the {@code Date} header (RFC 9110
   * section 6.6.1) of a response within two minutes; empty: there was none.
   */
  Optional<Instant> serverTime() {
    long now = nanoTime.getAsLong();
    return told.filter(date -> now - date.at() < DATE_COUNTS.toNanos())
        .map(date -> date.time().plusNanos(now - date.at()));
  }

  /** Whether Leases were requested before, but not within {@code silence}. */
  boolean isLeaseAwaited(Duration silence) {
    OptionalLong last = leaseAsked;
    return last.isPresent() && nanoTime.getAsLong() - last.getAsLong() > silence.toNanos();
  }

  void dated(String date) {
    try {
      // it has whole seconds, in which there are many responses
      Instant time =
          told.filter(last -> last.date().equals(date))
              .map(Told::time)
              .orElseGet(() -> Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)));
      told = Optional.of(new Told(date, time, nanoTime.getAsLong()));
    } catch (DateTimeException e) {
      // of a proxy: ignored
    }
  }

  void sending(String path) {
    long now = nanoTime.getAsLong();
    if (isLease(path)) {
      leaseSent = OptionalLong.of(now);
      return;
    }
    Fence limit = fence;
    OptionalLong held = leaseHeld;
    if (held.isPresent() && now - held.getAsLong() > limit.longest().toNanos()) {
      limit.tooLate().run();
    }
  }

  void answered(String path, int code) {
    if (isLease(path) && code < REDIRECTION) {
      leaseHeld = leaseSent;
    }
    refusal =
        code == TOO_MANY_REQUESTS || code >= SERVER_ERROR
            ? new Refusal(code, nanoTime.getAsLong())
            : Refusal.NONE;
  }

  private static boolean isLease(String path) {
    // contains: a proxy for several clusters adds a prefix to the path
    return path.contains("/apis/coordination.k8s.io/");
  }

  private static boolean isWrite(HttpRequest request) {
    return WRITES.contains(request.method());
  }
}
