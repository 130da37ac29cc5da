package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What every reconciler works with. */
public record Surroundings(
    KubernetesClient client,
    Clock clock,
    WatchScope scope,
    Seal seal,
    SigningKeys signingKeys,
    Horizons horizons,
    LiveLineages lineages,
    AdditionalTrusts additionalTrusts,
    Pace pace,
    Restarts restarts,
    EventPublisher events,
    IssuanceListener listener) {

  /** Now, in whole seconds: X.509 and Kubernetes know none smaller. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
