package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.Sweep;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import dev.mtlsoperator.reconcile.trust.TrustWatches;
import dev.mtlsoperator.secret.trust.TrustCopy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes copies of trust bundles after their RootCA was deleted with {@code deletionPolicy:
 * Delete}, where the garbage collector cannot: in other namespaces and in cluster-scoped objects.
 * It checks the caches every few seconds, which costs no requests, and so also finds what happened
 * while no operator ran. A RootCA counts as gone only if the API server confirms it.
 */
public final class TrustSweep implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrustSweep.class);
  private static final Duration PACE = Duration.ofSeconds(5);

  private final RootCAReconciler rootCAs;
  private final ReconcileContext shared;
  private final BooleanSupplier working;
  private final Sweep sweep;

  /**
   * @param working whether this operator is active, not on standby
   */
  public TrustSweep(RootCAReconciler rootCAs, ReconcileContext shared, BooleanSupplier working) {
    this.rootCAs = rootCAs;
    this.shared = shared;
    this.working = working;
    this.sweep =
        new Sweep("trust-sweep", PACE, Part.TRUST_SWEEP, this::lookOnce, shared.exceptions());
  }

  /** Starts the sweep; to be called when the caches are in sync. */
  public void start() {
    sweep.start();
  }

  private void lookOnce() {
    if (working.getAsBoolean()) {
      rootCAs.parts().ifPresent(this::sweepAll);
    }
  }

  private void sweepAll(CaCollaborators parts) {
    List<HasMetadata> all = parts.trust().all().toList();
    for (HasMetadata copy : all) {
      try {
        if (isOrphan(parts.trust(), copy)) {
          parts.distribution().sweep(copy);
        }
      } catch (KubernetesClientException e) {
        // a RootCA that cannot be read now is read again at the next look
        LOG.atDebug()
            .addKeyValue("code", e.getCode())
            .log("a trust bundle could not be looked after");
      } catch (RuntimeException | StackOverflowError e) {
        shared.exceptions().met(Part.TRUST_SWEEP, copy, e);
      }
    }
  }

  private boolean isOrphan(TrustWatches known, HasMetadata copy) {
    return TrustCopy.notes(copy, shared.seal())
        .filter(notes -> notes.policy() == DeletionPolicy.Delete)
        // a new RootCA of that name manages these copies itself
        .filter(notes -> known.rootCA(notes.namespace(), notes.rootCA()).isEmpty())
        .filter(
            notes ->
                shared
                        .client()
                        .resources(RootCA.class)
                        .inNamespace(notes.namespace())
                        .withName(notes.rootCA())
                        .get()
                    == null)
        .isPresent();
  }

  @Override
  public void close() {
    sweep.close();
  }
}
