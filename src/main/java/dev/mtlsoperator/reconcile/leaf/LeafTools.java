package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.RevocationFinalizers;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.secret.ca.GenerationReader;

/** What the runs over leaves of one kind work with. */
record LeafTools(
    FirstLook firstLook,
    LeafObserver observer,
    LeafActor actor,
    LeafRestarts restarts,
    LeafCaches<?> caches,
    RevocationFinalizers finalizers,
    ReconcileContext shared) {

  static <L extends LeafCert<?>> LeafTools of(
      LeafEventSources<L> sources, ReconcileContext shared) {
    LeafSecretStore secrets = new LeafSecretStore(sources.secrets(), shared);
    KeystorePasswords passwords = new KeystorePasswords(shared.client());
    LeafIssuer issuer =
        new LeafIssuer(secrets, passwords, shared.signingKeys(), shared.lastLeafExpiries());
    return new LeafTools(
        sources.caches().firstLook(),
        new LeafObserver(sources.caches(), secrets, sources.views(), shared),
        new LeafActor(secrets, passwords, issuer, shared.seal()),
        new LeafRestarts(shared.restarts(), shared.scheduler()),
        sources.caches(),
        new RevocationFinalizers(shared.client(), shared.revocations(), shared::now),
        shared);
  }

  /**
   * Observes a leaf and its Secret; the finalizer of {@code revokeOnDelete} is there before
   * anything is issued.
   *
   * @param reader that of the run
   */
  LeafObservation heldAndObserved(LeafCert<?> leaf, GenerationReader reader) {
    hold(leaf);
    return observer.observe(leaf, reader, shared.now());
  }

  private void hold(LeafCert<?> leaf) {
    if (leaf.getMetadata().getDeletionTimestamp() == null
        && !LeafRevocations.isHeld(leaf)
        && !finalizers.isPaused(leaf)) {
      RevocationFinalizers.neededFor(leaf, caches::rootCA)
          .ifPresent(ca -> finalizers.add(leaf, ca));
    }
  }
}
