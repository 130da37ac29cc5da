package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.SafetyChecks.CacheSync;
import java.time.Instant;
import java.util.Optional;

/** Tells whether the operator's clock and caches can be trusted. */
public interface ClusterView {

  /** The API server's time, from a recent response; empty: there was none. */
  Optional<Instant> apiServerTime();

  /**
   * How evenly the operator's clock has run, compared with the monotonic one.
   *
   * @param own the current time of the operator's clock
   */
  ClockHistory history(Instant own);

  /** Whether all watches are in sync. */
  CacheSync cacheSync();
}
