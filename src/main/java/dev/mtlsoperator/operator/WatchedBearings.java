package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.Bearings;
import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.ClockWatch;
import dev.mtlsoperator.rotation.Doubts.Sight;
import io.javaoperatorsdk.operator.RuntimeInfo;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The times that clocks tell, and the state of the operator's own watches. */
final class WatchedBearings implements Bearings {
  private final ApiTraffic traffic;
  private final ClockWatch clocks = new ClockWatch();
  private volatile @Nullable RuntimeInfo operator;

  WatchedBearings(ApiTraffic traffic) {
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
  public Sight sight() {
    RuntimeInfo watched = operator;
    return watched != null && watched.isStarted() && watched.allEventSourcesAreHealthy()
        ? Sight.IN_SYNC
        : Sight.BEHIND;
  }
}
