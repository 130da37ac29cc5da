package dev.mtlsoperator.reconcile.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
final class KeyedLocksTest {
  private final KeyedLocks<String> locks = new KeyedLocks<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  @Test
  void shouldNotLetOneSlowKeyHoldUpAnyOther() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch held = new CountDownLatch(1);
    CompletableFuture<Boolean> slow =
        CompletableFuture.supplyAsync(
            () ->
                locks.run(
                    "slow",
                    () -> {
                      begun.countDown();
                      return await(held);
                    }),
            threads);
    begun.await();

    // more than any table of a map has bins
    List<Integer> others =
        IntStream.range(0, 1000).map(i -> locks.run("key " + i, () -> i)).boxed().toList();

    assertThat(others).hasSize(1000);
    assertThat(slow).isNotDone();
    held.countDown();
    assertThat(slow.join()).isTrue();
  }

  @Test
  void shouldWorkForOneKeyOneAfterTheOther() {
    AtomicInteger within = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();

    IntStream.range(0, 16)
        .mapToObj(
            i ->
                CompletableFuture.runAsync(
                    () ->
                        locks.run(
                            "one",
                            () -> {
                              most.accumulateAndGet(within.incrementAndGet(), Math::max);
                              LockSupport.parkNanos(1_000_000);
                              return within.decrementAndGet();
                            }),
                    threads))
        .toList()
        .forEach(CompletableFuture::join);

    assertThat(most).hasValue(1);
  }

  @Test
  void shouldKeepNoException() {
    assertThatThrownBy(
            () ->
                locks.run(
                    "one",
                    () -> {
                      throw new IllegalStateException("once");
                    }))
        .hasMessage("once");

    assertThat(locks.run("one", () -> "again")).isEqualTo("again");
  }

  private static boolean await(CountDownLatch held) {
    try {
      return held.await(15, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
