package dev.mtlsoperator.harness;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Polls an assertion until it holds, or checks that it keeps holding. */
public final class Eventually {
  /** Many times the usual duration, for a busy machine. */
  static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final Duration POLL = Duration.ofMillis(50);

  /** The longest polling interval, so that transient states are seen. */
  private static final Duration LONG = Duration.ofMillis(400);

  private Eventually() {}

  /** Something that fails with an {@link AssertionError}. */
  @FunctionalInterface
  public interface Claim {
    void check();
  }

  /** Returns when the assertion holds; after 40 seconds, throws its last failure. */
  public static void eventually(Claim claim) {
    eventually(PATIENCE, claim);
  }

  public static void eventually(Duration patience, Claim claim) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      long asked = System.nanoTime();
      try {
        claim.check();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
      // an expensive check must not slow down the work that is waited for
      long rest = 2 * (System.nanoTime() - asked);
      LockSupport.parkNanos(Math.max(POLL.toNanos(), Math.min(rest, LONG.toNanos())));
    }
  }

  /** Fails as soon as the assertion does not hold, for that long. */
  public static void always(Duration watched, Claim claim) {
    long deadline = System.nanoTime() + watched.toNanos();
    do {
      claim.check();
      LockSupport.parkNanos(POLL.toNanos());
    } while (System.nanoTime() < deadline);
  }
}
