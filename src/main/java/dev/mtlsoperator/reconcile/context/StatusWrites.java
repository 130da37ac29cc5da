package dev.mtlsoperator.reconcile.kube;

import java.time.Duration;

/** Schedules the reconciliation after a status write. */
public final class StatusWrites {
  private static final Duration SOON = Duration.ofSeconds(2);

  private StatusWrites() {}

  /**
   * An edit during a status write may trigger no reconciliation, because the framework (JOSDK
   * 5.3.2) regards events up to its own write as its own (java-operator-sdk#3398). Therefore one
   * more reconciliation follows soon, which does nothing if no edit was missed.
   *
   * @param next the time until something is due by the clock
   */
  public static Duration lookAgain(Duration next) {
    return next.compareTo(SOON) < 0 ? next : SOON;
  }
}
