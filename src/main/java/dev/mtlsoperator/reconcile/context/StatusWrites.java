package dev.mtlsoperator.reconcile.context;

import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;

/** Writes statuses, and schedules what follows. */
public final class StatusWrites {
  /** The answer is in the cache by then. */
  private static final Duration SOON = Duration.ofMillis(100);

  private static final Duration AGAIN = Duration.ofSeconds(2);

  private StatusWrites() {}

  /**
   * Writes the status of a resource by server-side apply.
   *
   * <p>An edit during the write triggers no reconciliation, because the framework (JOSDK 5.3.2)
   * regards events up to its own write as its own (java-operator-sdk#3398). The API server's answer
   * tells of such an edit, and then another reconciliation follows soon.
   *
   * @param seen the resource as it was reconciled
   * @param fresh its name and its new status, nothing else
   * @param next the time until something is due by the clock
   */
  public static <R extends CustomResource<?, ?>> UpdateControl<R> write(
      Context<R> context, R seen, R fresh, Duration next) {
    R written = context.resourceOperations().serverSideApplyPrimaryStatus(fresh);
    return UpdateControl.<R>noUpdate()
        .rescheduleAfter(PrimaryFilters.wakes(written, seen) ? SOON : next);
  }

  /**
   * After a run that reports something new: its findings may lack what other runs note in memory
   * alone at the same moment, above all after a start, and these wake nobody.
   *
   * @param next the time until something is due by the clock
   */
  public static Duration lookAgain(Duration next) {
    return next.compareTo(AGAIN) < 0 ? next : AGAIN;
  }
}
