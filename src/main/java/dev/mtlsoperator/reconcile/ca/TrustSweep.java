package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.DeletionPolicy;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
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
 * Removes copies of trust bundles whose RootCA was deleted and asked for that by {@code
 * deletionPolicy: Delete}, where no garbage collector can: in other namespaces, and of the whole
 * cluster. It looks into the caches every few seconds, which costs nothing, and so finds at the
 * start what happened while no operator ran. A RootCA is gone when the API server says so.
 */
public final class TrustSweep implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrustSweep.class);
  private static final Duration PACE = Duration.ofSeconds(5);

  private final RootCAReconciler rootCAs;
  private final ReconcileContext shared;
  private final BooleanSupplier working;
  private final Thread thread = new Thread(this::run, "trust-sweep");

  /**
   * @param working whether this operator works, and does not stand by
   */
  public TrustSweep(RootCAReconciler rootCAs, ReconcileContext shared, BooleanSupplier working) {
    this.rootCAs = rootCAs;
    this.shared = shared;
    this.working = working;
    thread.setDaemon(true);
  }

  /** Begins; to be called when the caches are in sync. */
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        lookOnce();
        Thread.sleep(PACE.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // whatever happens, it goes on the next time
  private void lookOnce() {
    try {
      if (working.getAsBoolean()) {
        rootCAs.parts().ifPresent(this::sweep);
      }
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      shared.exceptions().met(Part.TRUST_SWEEP, e);
    }
  }

  private void sweep(CaCollaborators parts) {
    List<HasMetadata> all = parts.trust().all().toList();
    for (HasMetadata copy : all) {
      try {
        if (isOrphan(parts.trust(), copy)) {
          parts.distribution().sweep(copy);
        }
      } catch (KubernetesClientException e) {
        // what cannot be asked for now is asked for again
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
        // another one of that name cares for them itself
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
    thread.interrupt();
  }
}
