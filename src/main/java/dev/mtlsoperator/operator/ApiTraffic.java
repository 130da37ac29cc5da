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
 * What passes between the operator and the API server: whether writes are accepted, what time it is
 * there, and a fence for a leader that was frozen (SIGSTOP, a stalled machine) for longer than its
 * Lease lasts: its next write is not sent. Safe for use by several threads.
 */
public final class ApiTraffic implements Interceptor {
  /** Longer than the pause between two tries of a reconciliation that fails. */
  static final Duration REFUSAL_COUNTS = Duration.ofMinutes(2);

  /** Readiness asks every few seconds. */
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

  /** What happens to a write that comes too late after the last renewal of the Lease. */
  private record Fence(Duration longest, Runnable tooLate) {
    static final Fence NONE = new Fence(Duration.ofNanos(Long.MAX_VALUE), () -> {});
  }

  /** The last write's, when the server did not accept it. */
  private record Refusal(int code, long at) {
    static final Refusal NONE = new Refusal(0, 0);
  }

  /** What time it was at the server when an answer came. */
  private record Told(Instant time, long at) {}

  /** By the system's clock that does not step. */
  public ApiTraffic() {
    this(System::nanoTime);
  }

  /**
   * By a clock that does not step.
   *
   * @param nanoTime in nanoseconds, as {@link System#nanoTime}
   */
  public ApiTraffic(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** What its clock says, which does not step. */
  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /**
   * Stops a leader that does not know yet that it is none.
   *
   * @param longest since the last successful write of a Lease was sent; later than that no other
   *     write is sent
   * @param tooLate called instead, in the thread that would write; expected to end the process
   */
  void fence(Duration longest, Runnable tooLate) {
    fence = new Fence(longest, tooLate);
  }

  /**
   * Why the last write was not accepted by the server, of the last two minutes; empty when it was,
   * or when the request itself was at fault (4xx other than 429).
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
   * The API server's time by the {@code Date} of an answer (RFC 9110 section 6.6.1) of the last two
   * minutes, to about a second; empty: there was none.
   */
  Optional<Instant> serverTime() {
    long now = nanoTime.getAsLong();
    return told.filter(date -> now - date.at() < DATE_COUNTS.toNanos())
        .map(date -> date.time().plusNanos(now - date.at()));
  }

  /** Whether there were requests for a Lease, and none for so long. */
  boolean isLeaseAwaited(Duration silence) {
    OptionalLong last = leaseAsked;
    return last.isPresent() && nanoTime.getAsLong() - last.getAsLong() > silence.toNanos();
  }

  void dated(String date) {
    try {
      told =
          Optional.of(
              new Told(
                  Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)),
                  nanoTime.getAsLong()));
    } catch (DateTimeException e) {
      // a proxy's: it tells nothing
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
    // behind a proxy that serves several clusters, the server's own path comes first
    return path.contains("/apis/coordination.k8s.io/");
  }

  private static boolean isWrite(HttpRequest request) {
    return WRITES.contains(request.method());
  }
}
