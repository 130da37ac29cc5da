package dev.mtlsoperator.reconcile.kube;

import java.time.Duration;

/** The interval of reconciliations that no event triggers, in case an event was lost. */
public final class FailSafe {
  public static final Duration INTERVAL = Duration.ofHours(1);

  private FailSafe() {}
}
