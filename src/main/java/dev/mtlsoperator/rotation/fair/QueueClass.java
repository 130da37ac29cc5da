package dev.mtlsoperator.rotation.fair;

import java.time.Duration;

/**
 * A class of work that is rate-limited per namespace; each has a {@link NamespaceFairQueue} of its
 * own.
 */
public enum QueueClass {
  /** A new RSA key: up to seconds of one core. */
  RSA_KEY,
  /** Any other write of a leaf's Secret that a user requested. */
  ISSUANCE,
  /** Writes that a rotation causes for all leaves at the same time. */
  ROTATION,
  /** A check of workloads, which may restart them. */
  RESTART;

  private static final int MOST_RSA = 4;

  /**
   * The limits of this class.
   *
   * @param cores processors that the operator may use
   * @param threads number of reconciler threads
   */
  public NamespaceFairQueue.Limits rule(int cores, int threads) {
    return switch (this) {
      case RSA_KEY -> {
        int half = Math.max(1, Math.min(cores / 2, MOST_RSA));
        yield new NamespaceFairQueue.Limits(half, half, Duration.ZERO);
      }
      // leaves a thread for other work
      case ISSUANCE ->
          new NamespaceFairQueue.Limits(
              Math.max(1, threads - 1), Math.max(1, threads - 3), Duration.ZERO);
      // as many as the API server takes: it limits them itself, by the chart's FlowSchema
      case ROTATION ->
          new NamespaceFairQueue.Limits(
              Math.max(1, threads - 2), Math.max(1, threads / 2), Duration.ZERO);
      // pods take longer to start than a certificate to issue
      case RESTART -> new NamespaceFairQueue.Limits(1, 1, Duration.ofMillis(200));
    };
  }
}
