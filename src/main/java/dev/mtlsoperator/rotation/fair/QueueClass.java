package dev.mtlsoperator.rotation.fair;

import java.time.Duration;

/**
 * Work that one has to wait for one's turn with, see {@link NamespaceFairQueue}; each kind has its
 * own.
 */
public enum QueueClass {
  /** A new RSA key: up to seconds of one core. */
  RSA_KEY,
  /** Any other write of a leaf's Secret that somebody asked for. */
  ISSUANCE,
  /** What a rotation asks of all leaves in the same moment. */
  ROTATION,
  /** A look at workloads, which may restart them. */
  RESTART;

  private static final int MOST_RSA = 4;

  /**
   * How much of it at once.
   *
   * @param cores that the operator may use
   * @param threads that reconcile
   */
  public NamespaceFairQueue.Limits rule(int cores, int threads) {
    return switch (this) {
      case RSA_KEY -> {
        int half = Math.max(1, Math.min(cores / 2, MOST_RSA));
        yield new NamespaceFairQueue.Limits(half, half, Duration.ZERO);
      }
      // whoever comes finds a free thread
      case ISSUANCE ->
          new NamespaceFairQueue.Limits(
              Math.max(1, threads - 1), Math.max(1, threads - 3), Duration.ZERO);
      // the API server has others to serve
      case ROTATION -> new NamespaceFairQueue.Limits(2, 2, Duration.ofMillis(10));
      // pods take longer to start than a certificate to be made
      case RESTART -> new NamespaceFairQueue.Limits(1, 1, Duration.ofMillis(200));
    };
  }
}
