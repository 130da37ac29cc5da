package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.rotation.Reason;
import java.time.Duration;

/** Hears of every attempt to write key material; called by several threads, and never throws. */
public interface IssuanceListener {
  /**
   * A certificate or its files were written.
   *
   * @param kind RootCA, ServerCert or ClientCert
   * @param reason why
   * @param took from the decision to the API server's answer
   */
  void written(String kind, Reason reason, Duration took);

  /** Nothing was written. */
  void failed(String kind, Reason reason);
}
