package dev.mtlsoperator.reconcile.kube;

import java.time.Duration;

/** What follows when a status was written. */
public final class StatusWrites {
  private static final Duration SOON = Duration.ofSeconds(2);

  private StatusWrites() {}

  /**
   * An edit that arrives while a status is written may wake nobody: the framework (5.3.2) takes
   * events up to its own write for its own (java-operator-sdk#3398). So there is one more look
   * soon, which costs nothing when nothing was missed.
   *
   * @param next when something happens by the clock
   */
  public static Duration lookAgain(Duration next) {
    return next.compareTo(SOON) < 0 ? next : SOON;
  }
}
