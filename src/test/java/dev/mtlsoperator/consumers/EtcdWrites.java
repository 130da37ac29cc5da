package dev.mtlsoperator.consumers;

import dev.mtlsoperator.harness.TlsFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes to etcd from two threads until it is closed, each with the files that lie in the client's
 * folder at that moment. A write needs a quorum, so that each answer proves one.
 */
final class EtcdWrites implements AutoCloseable {
  private static final int THREADS = 2;

  /** The machine is busy with more. */
  private static final int REST_MILLIS = 10;

  private final EtcdClient client;
  private final Path files;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicLong slowest = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  EtcdWrites(EtcdClient client, Path files) {
    this.client = client;
    this.files = files;
    for (int i = 0; i < THREADS; i++) {
      threads.execute(this::write);
    }
  }

  int answered() {
    return answered.get();
  }

  /** The requests that no endpoint answered, and why. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  long slowestMillis() {
    return TimeUnit.NANOSECONDS.toMillis(slowest.get());
  }

  private void write() {
    while (!ended.get()) {
      int number = asked.getAndIncrement();
      long begun = System.nanoTime();
      try {
        client.put(TlsFiles.read(files), number, "key" + number % 100, "value" + number);
        answered.incrementAndGet();
        Thread.sleep(REST_MILLIS);
      } catch (EtcdClient.NoEndpointException
          | IOException
          | GeneralSecurityException
          | RuntimeException e) {
        failures.add("request " + number + ": " + e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      slowest.accumulateAndGet(System.nanoTime() - begun, Math::max);
    }
  }

  /** Ends it, after the requests that are under way; what it has counted stays. */
  void end() {
    ended.set(true);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("requests do not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    end();
  }
}
