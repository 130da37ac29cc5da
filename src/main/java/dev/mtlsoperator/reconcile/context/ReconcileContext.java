package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.StartGate;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** The objects that all reconcilers share. */
public record ReconcileContext(
    KubernetesClient client,
    Clock clock,
    ClusterView clusterView,
    WatchScope scope,
    SharedWatches watches,
    Seal seal,
    SigningKeys signingKeys,
    LastLeafExpiryRecorder lastLeafExpiries,
    LiveGenerations liveGenerations,
    AdditionalTrusts additionalTrusts,
    Revocations revocations,
    WrittenTrust givenTrust,
    PublishedResponders publishedResponders,
    LeafAttempts leafAttempts,
    FairScheduler scheduler,
    Restarts restarts,
    EventPublisher events,
    IssuanceListener listener,
    StartGate gate,
    UnexpectedExceptions exceptions) {

  /**
   * Now, in whole seconds, the resolution of X.509 and Kubernetes timestamps. If the operator's
   * clock is in doubt, see {@link SafetyChecks#now}.
   */
  public Instant now() {
    return SafetyChecks.now(clock.instant(), clusterView.apiServerTime())
        .truncatedTo(ChronoUnit.SECONDS);
  }

  /** The guard for callbacks that informers call. */
  public WatchGuard guard() {
    return new WatchGuard(gate, exceptions);
  }

  /** The checks that may advise against acting now. */
  public SafetyChecks safety() {
    Instant own = clock.instant();
    return SafetyChecks.of(
        own, clusterView.apiServerTime(), clusterView.history(own), clusterView.cacheSync());
  }
}
