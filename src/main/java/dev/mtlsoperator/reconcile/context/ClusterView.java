package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.SafetyChecks.CacheSync;
import java.time.Instant;
import java.util.Optional;

/** Tells whether the operator's clock and caches can be trusted. */
public interface ClusterView {

  /** The API server's time, as a recent answer told it; empty: none did. */
  Optional<Instant> apiServerTime();

  /**
   * How evenly the own clock has gone, by the monotonic one.
   *
   * @param own what it says now
   */
  ClockHistory history(Instant own);

  /** Whether all watches are in sync. */
  CacheSync cacheSync();
}
