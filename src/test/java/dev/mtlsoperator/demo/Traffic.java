package dev.mtlsoperator.demo;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Requests without a pause, from several threads, until it is closed. */
final class Traffic implements AutoCloseable {
  private static final int THREADS = 4;
  private static final Duration POLL = Duration.ofMillis(20);

  private final Map<BigInteger, Integer> answers = new ConcurrentHashMap<>();
  private final Queue<Caller.Answer> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  Traffic(Caller caller) {
    for (int i = 0; i < THREADS; i++) {
      threads.execute(
          () -> {
            while (!ended.get()) {
              Caller.Answer answer = caller.call();
              if (answer.result().equals("200") && answer.serverSerial() != null) {
                answers.merge(answer.serverSerial(), 1, Integer::sum);
              } else {
                failures.add(answer);
              }
            }
          });
    }
  }

  /** Waits for that many answers from a server with that serial number; false: not in time. */
  boolean await(BigInteger serial, int count, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (answered(serial) < count) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      Thread.sleep(POLL.toMillis());
    }
    return true;
  }

  /** Requests that were answered with 200 by a server with that serial number. */
  int answered(BigInteger serial) {
    return answers.getOrDefault(serial, 0);
  }

  /** All requests so far. */
  int made() {
    return answers.values().stream().mapToInt(Integer::intValue).sum() + failures.size();
  }

  /** Those that got anything but 200. */
  Queue<Caller.Answer> failures() {
    return failures;
  }

  /** Makes no more requests, and waits for those under way. */
  void end() throws InterruptedException {
    ended.set(true);
    threads.shutdown();
    if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("requests hang");
    }
  }

  /** Makes no more requests. */
  @Override
  public void close() {
    ended.set(true);
    threads.shutdown();
  }
}
