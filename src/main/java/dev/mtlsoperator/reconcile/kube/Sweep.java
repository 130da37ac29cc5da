package dev.mtlsoperator.reconcile.kube;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import java.time.Duration;

/**
 * Looks at the caches again and again, in a thread of its own: what happened while no operator ran,
 * and what no event tells, is found too. An exception does not prevent the next look.
 */
public final class Sweep implements AutoCloseable {
  private final Duration pace;
  private final Part part;
  private final Runnable look;
  private final UnexpectedExceptions exceptions;
  private final Thread thread;

  /**
   * @param name of the thread
   * @param pace the pause between two looks
   * @param part in which exceptions are reported
   */
  public Sweep(
      String name, Duration pace, Part part, Runnable look, UnexpectedExceptions exceptions) {
    this.pace = pace;
    this.part = part;
    this.look = look;
    this.exceptions = exceptions;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** Starts; to be called when the caches are in sync. */
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        lookOnce();
        Thread.sleep(pace.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookOnce() {
    try {
      look.run();
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      exceptions.met(part, e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
