package dev.mtlsoperator.reconcile.fair;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Answer;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Call;
import dev.mtlsoperator.rotation.fair.NamespaceFairQueue.Ticket;
import dev.mtlsoperator.rotation.fair.QueueClass;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Shares the reconciler threads among namespaces. A reconciliation that gets no permit ends at
 * once, so that it blocks no thread, and is triggered again when its turn has come. Nothing is
 * persisted: after a restart, all ask again.
 */
public final class FairScheduler implements AutoCloseable {
  /** When a waiter asks again by itself, should its call get lost. */
  public static final Duration AT_LATEST = Duration.ofMinutes(1);

  private static final Duration TIDY = Duration.ofSeconds(1);

  private final Map<QueueClass, NamespaceFairQueue> queue = new EnumMap<>(QueueClass.class);
  private final Map<Ticket, Waiter> waiters = new HashMap<>();
  private final UnexpectedExceptions exceptions;
  private final long begun = System.nanoTime();
  private final ScheduledExecutorService calling =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "pace");
            thread.setDaemon(true);
            return thread;
          });

  /** A resource that waits for a permit. */
  public interface Waiter {
    /** Its ticket in the queue. */
    Ticket who();

    /** The same resource with a second ticket, for work that it can do while it waits. */
    Waiter meanwhile();

    /** Whether the resource still exists. */
    boolean isThere();

    /** Triggers a reconciliation of the resource. */
    void wake();
  }

  /** The permission to work, until it is closed. */
  public interface Permit extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * @param cores processors that the operator may use
   * @param threads number of reconciler threads
   */
  public FairScheduler(int cores, int threads, UnexpectedExceptions exceptions) {
    this.exceptions = exceptions;
    for (QueueClass work : QueueClass.values()) {
      queue.put(work, new NamespaceFairQueue(work.rule(cores, threads)));
    }
  }

  /** Starts to drop tickets of resources that are gone, once a second. */
  public void start() {
    var unused =
        calling.scheduleWithFixedDelay(
            () -> guarded(this::tidy), TIDY.toMillis(), TIDY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Asks for a permit; ends the waiting for other classes of work. Empty: the waiter will be woken,
   * and should ask again after {@link #AT_LATEST} in any case.
   */
  public Optional<Permit> ask(QueueClass work, Waiter waiter) {
    Ticket who = waiter.who();
    List<Call> calls;
    Answer answer;
    synchronized (this) {
      calls = leave(who, other -> other != work);
      NamespaceFairQueue line = line(work);
      answer = line.ask(who, now());
      if (answer == Answer.WAIT) {
        waiters.put(who, waiter);
      } else {
        waiters.remove(who);
      }
      calls.addAll(line.calls());
    }
    call(calls);
    return answer == Answer.BEGIN ? Optional.of(() -> end(who, work)) : Optional.empty();
  }

  // work under a permit may have asked for another class, and waits there
  private void end(Ticket who, QueueClass work) {
    List<Call> calls;
    synchronized (this) {
      calls = leave(who, every -> every == work);
    }
    call(calls);
  }

  /** Ends the waiting and the work of a ticket. */
  public void leave(Ticket who) {
    call(left(who));
  }

  /** Number of tickets that wait for a class of work. */
  public synchronized int waiting(QueueClass work) {
    return line(work).waiting();
  }

  private NamespaceFairQueue line(QueueClass work) {
    NamespaceFairQueue line = queue.get(work);
    if (line == null) {
      throw new IllegalStateException("every class of work has a queue");
    }
    return line;
  }

  private synchronized List<Call> left(Ticket who) {
    waiters.remove(who);
    return leave(who, every -> true);
  }

  private List<Call> leave(Ticket who, Predicate<QueueClass> which) {
    List<Call> calls = new ArrayList<>();
    queue.forEach(
        (work, line) -> {
          if (which.test(work)) {
            line.leave(who, now());
            calls.addAll(line.calls());
          }
        });
    return calls;
  }

  private void tidy() {
    List<Call> calls = new ArrayList<>();
    synchronized (this) {
      for (NamespaceFairQueue line : queue.values()) {
        line.tidy(who -> waiter(who).filter(Waiter::isThere).isPresent(), now());
        calls.addAll(line.calls());
      }
    }
    call(calls);
  }

  // never while holding the lock: waiters have locks of their own
  private void call(List<Call> calls) {
    Deque<Call> all = new ArrayDeque<>(calls);
    while (!all.isEmpty()) {
      Call call = all.remove();
      if (call.in().isZero()) {
        all.addAll(call(call.who()));
      } else {
        var unused =
            calling.schedule(
                () -> guarded(() -> call(List.of(new Call(call.who(), Duration.ZERO)))),
                call.in().toNanos(),
                TimeUnit.NANOSECONDS);
      }
    }
  }

  // a task that throws would not be scheduled again; a waiter that is not called asks by itself
  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      exceptions.met(UnexpectedExceptions.Part.TURNS, e);
    }
  }

  // a waiter that no longer exists passes its slot on
  private List<Call> call(Ticket who) {
    Optional<Waiter> waiter = waiter(who);
    if (waiter.isEmpty()) {
      return List.of();
    }
    if (!waiter.get().isThere()) {
      return left(who);
    }
    waiter.get().wake();
    return List.of();
  }

  private synchronized Optional<Waiter> waiter(Ticket who) {
    return Optional.ofNullable(waiters.get(who));
  }

  private Duration now() {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Override
  public void close() {
    calling.shutdownNow();
  }
}
