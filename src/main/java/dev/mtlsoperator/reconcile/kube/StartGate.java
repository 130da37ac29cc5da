package dev.mtlsoperator.reconcile.kube;

import java.util.concurrent.CountDownLatch;

/**
 * Closed until the event sources of all controllers have started. The framework (JOSDK 5.3.2)
 * starts controllers side by side, each with its own event sources and then its reconciliations;
 * but a RootCA's reconciliation also uses the leaves' event sources, and mappers use other ones.
 * Before their start these throw a NullPointerException. Thread-safe.
 */
public final class StartGate {
  private final CountDownLatch decided = new CountDownLatch(1);
  private volatile boolean open;

  /** Opens the gate: all event sources have started. */
  public void open() {
    open = true;
    decided.countDown();
  }

  /** Ends all waiting: the operator stops. */
  public void abandon() {
    open = false;
    decided.countDown();
  }

  /** Whether event sources may be used. */
  public boolean isOpen() {
    return open;
  }

  /** Waits until the gate is opened or ended; whether event sources may be used then. */
  public boolean await() {
    try {
      decided.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return open;
  }
}
