package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.rotation.Reason;
import java.time.Duration;

/**
 * Receives each attempt to write key material. Implementations are called by several threads and
 * never throw.
 */
public interface IssuanceListener {
  /**
   * A certificate or its files were written.
   *
   * @param kind RootCA, ServerCert or ClientCert
   * @param reason why it was written
   * @param took from the decision to the API server's response
   */
  void written(String kind, Reason reason, Duration took);

  /** Nothing was written. */
  void failed(String kind, Reason reason);
}
