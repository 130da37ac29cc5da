package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.rotation.Doubts;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What every reconciler works with. */
public record Surroundings(
    KubernetesClient client,
    Clock clock,
    Bearings bearings,
    WatchScope scope,
    Seal seal,
    SigningKeys signingKeys,
    Horizons horizons,
    LiveLineages lineages,
    AdditionalTrusts additionalTrusts,
    GivenTrust givenTrust,
    LeafAttempts leafAttempts,
    Pace pace,
    Restarts restarts,
    EventPublisher events,
    IssuanceListener listener,
    StartGate gate,
    UnexpectedExceptions exceptions) {

  /**
   * Now, in whole seconds: X.509 and Kubernetes know none smaller. Where the own clock is in doubt,
   * see {@link Doubts#now}.
   */
  Instant now() {
    return Doubts.now(clock.instant(), bearings.apiServerTime()).truncatedTo(ChronoUnit.SECONDS);
  }

  /** For what informers call. */
  WatchGuard guard() {
    return new WatchGuard(gate, exceptions);
  }

  /** What speaks against going on. */
  Doubts doubts() {
    Instant own = clock.instant();
    return Doubts.of(own, bearings.apiServerTime(), bearings.history(own), bearings.sight());
  }
}
