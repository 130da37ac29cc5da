package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.revocation.CrlAttempts;
import dev.mtlsoperator.reconcile.revocation.CrlWriter;
import dev.mtlsoperator.reconcile.revocation.RevocationObserver;
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
 * @param revocation observes what is revoked
 * @param crls signs CRLs
 */
record CaCollaborators(
    CaCaches caches,
    Admission admission,
    TrustWatches trust,
    TrustAttempts attempts,
    TrustObserver copies,
    TrustDistribution distribution,
    AdditionalTrustInputs additionalTrust,
    ImportInputs imports,
    RevocationObserver revocation,
    CrlWriter crls) {

  static CaCollaborators of(CaWatches watches, TrustAttempts attempts, ReconcileContext shared) {
    Admission admission =
        new Admission(shared.scope(), watches.namespaces()::labels, watches.namespaces()::isGoing);
    CaCaches caches = new CaCaches(watches, admission);
    CrlAttempts refusedCrls = new CrlAttempts();
    return new CaCollaborators(
        caches,
        admission,
        watches.trust(),
        attempts,
        new TrustObserver(watches.trust(), attempts, shared),
        new TrustDistribution(watches.trust(), attempts, shared),
        new AdditionalTrustInputs(caches, shared),
        new ImportInputs(shared.client()),
        new RevocationObserver(watches.generations(), refusedCrls, shared),
        new CrlWriter(watches.generations(), refusedCrls, shared));
  }
}
