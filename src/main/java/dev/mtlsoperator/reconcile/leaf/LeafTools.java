package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.ReconcileContext;

/** What the runs over leaves of one kind work with. */
record LeafTools(
    FirstLook firstLook,
    LeafObserver observer,
    LeafActor actor,
    LeafRestarts restarts,
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
        shared);
  }
}
