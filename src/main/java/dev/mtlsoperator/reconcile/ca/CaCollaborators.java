package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.trust.TrustAttempts;
import dev.mtlsoperator.reconcile.trust.TrustDistribution;
import dev.mtlsoperator.reconcile.trust.TrustObserver;
import dev.mtlsoperator.reconcile.trust.TrustWatches;

/**
 * The objects that the runs of all RootCAs share, wired once when the event sources exist.
 *
 * @param admission which namespaces may refer to a RootCA
 * @param trust the copies of trust bundles, as the caches know them
 * @param attempts results of writing these copies
 * @param copies observes them
 * @param distribution writes them
 */
record CaCollaborators(
    CaCaches caches,
    Admission admission,
    TrustWatches trust,
    TrustAttempts attempts,
    TrustObserver copies,
    TrustDistribution distribution,
    AdditionalTrustInputs additionalTrust,
    ImportInputs imports) {

  static CaCollaborators of(CaWatches watches, TrustAttempts attempts, ReconcileContext shared) {
    Admission admission =
        new Admission(shared.scope(), watches.namespaces()::labels, watches.namespaces()::isGoing);
    CaCaches caches = new CaCaches(watches, admission);
    return new CaCollaborators(
        caches,
        admission,
        watches.trust(),
        attempts,
        new TrustObserver(watches.trust(), attempts, shared),
        new TrustDistribution(watches.trust(), attempts, shared),
        new AdditionalTrustInputs(caches, shared),
        new ImportInputs(shared.client()));
  }
}
