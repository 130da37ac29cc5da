package dev.mtlsoperator.reconcile.kube;

import java.util.concurrent.CountDownLatch;

/**
 * Closed until the event sources of all controllers have started. The framework (JOSDK 5.3.2)
 * starts controllers side by side, each with its own event sources and then its reconciliations;
 * but a RootCA's reconciliation asks those of the leaves as well, and a mapper those beside its
 * own. Before that they answer with a NullPointerException. Safe for use by several threads.
 */
public final class StartGate {
  private final CountDownLatch decided = new CountDownLatch(1);
  private volatile boolean open;

  /** All event sources have started. */
  public void open() {
    open = true;
    decided.countDown();
  }

  /** The operator ends: who waits, waits no longer. */
  public void abandon() {
    open = false;
    decided.countDown();
  }

  /** Whether event sources may be asked. */
  public boolean isOpen() {
    return open;
  }

  /** Waits until it is decided; whether event sources may be asked then. */
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
