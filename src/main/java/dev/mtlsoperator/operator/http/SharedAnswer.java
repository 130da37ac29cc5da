package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A response that is computed in a thread of its own and shared by all requests that arrive at
 * about the same time: a thousand requests cost as much as one. Thread-safe.
 */
final class SharedAnswer implements AutoCloseable {
  private static final Answer FAILED =
      Answer.text(
          HttpURLConnection.HTTP_INTERNAL_ERROR,
          "this response could not be computed: see the operator's log\n");

  private final UnexpectedExceptions.Part part;
  private final UnexpectedExceptions exceptions;
  private final Supplier<Answer> making;
  private final Duration fresh;
  private final ExecutorService thread;
  private @Nullable CompletableFuture<Answer> last;
  private long begun;

  /**
   * @param fresh how old a shared response may be, from the start of its computation
   */
  SharedAnswer(
      UnexpectedExceptions.Part part,
      UnexpectedExceptions exceptions,
      Duration fresh,
      Supplier<Answer> making) {
    this.part = part;
    this.exceptions = exceptions;
    this.making = making;
    this.fresh = fresh;
    thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread made = new Thread(task, "management " + part.label());
              made.setDaemon(true);
              return made;
            });
  }

  /** The response; never completes exceptionally. */
  synchronized CompletableFuture<Answer> ask() {
    if (last == null || (last.isDone() && System.nanoTime() - begun >= fresh.toNanos())) {
      begun = System.nanoTime();
      last = begin();
    }
    return last;
  }

  private CompletableFuture<Answer> begin() {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    try {
      thread.execute(() -> answer.complete(make()));
    } catch (RejectedExecutionException e) {
      // closed
      answer.complete(FAILED);
    }
    return answer;
  }

  private Answer make() {
    try {
      return making.get();
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      exceptions.met(part, e);
      return FAILED;
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
