package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.context.ClusterView;
import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.ClockWatch;
import dev.mtlsoperator.rotation.SafetyChecks.CacheSync;
import io.javaoperatorsdk.operator.RuntimeInfo;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The API server's time, the history of the clocks, and the state of the operator's watches. */
final class WatchedClusterView implements ClusterView {
  private final ApiTraffic traffic;
  private final ClockWatch clocks = new ClockWatch();
  private volatile @Nullable RuntimeInfo operator;

  WatchedClusterView(ApiTraffic traffic) {
    this.traffic = traffic;
  }

  void watch(RuntimeInfo watched) {
    operator = watched;
  }

  @Override
  public Optional<Instant> apiServerTime() {
    return traffic.serverTime();
  }

  @Override
  public ClockHistory history(Instant own) {
    return clocks.look(own, traffic.nanoTime());
  }

  @Override
  public CacheSync cacheSync() {
    RuntimeInfo watched = operator;
    return watched != null && watched.isStarted() && watched.allEventSourcesAreHealthy()
        ? CacheSync.IN_SYNC
        : CacheSync.BEHIND;
  }
}
