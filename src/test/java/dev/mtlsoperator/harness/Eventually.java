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

  /** An interval is at least this part of the time waited so far: after two seconds, 200 ms. */
  private static final int OF_THE_WAIT = 10;

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
    long begun = System.nanoTime();
    while (true) {
      long asked = System.nanoTime();
      try {
        claim.check();
        return;
      } catch (AssertionError e) {
        if (System.nanoTime() - begun > patience.toNanos()) {
          throw e;
        }
      }
      long answered = System.nanoTime();
      // neither an expensive check nor many of them may slow down the work that is waited for
      long rest = Math.max(2 * (answered - asked), (answered - begun) / OF_THE_WAIT);
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
