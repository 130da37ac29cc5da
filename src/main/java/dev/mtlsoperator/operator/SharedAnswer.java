package dev.mtlsoperator.operator;

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
 * An answer that is made in a thread of its own, once for all who ask at about the same time: a
 * thousand requests cost as much as one. Safe for use by several threads.
 */
final class SharedAnswer implements AutoCloseable {
  private static final Answer FAILED =
      Answer.text(
          HttpURLConnection.HTTP_INTERNAL_ERROR,
          "this answer could not be made: the operator's log tells why\n");

  private final UnexpectedExceptions.Part part;
  private final UnexpectedExceptions exceptions;
  private final Supplier<Answer> making;
  private final Duration fresh;
  private final ExecutorService thread;
  private @Nullable CompletableFuture<Answer> last;
  private long begun;

  /**
   * @param fresh how old an answer may be, counted from when it was begun
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

  /** The answer, as soon as it is there; never fails. */
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
      // it was closed
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
