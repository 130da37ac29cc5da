package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.CaReadiness;
import dev.mtlsoperator.rotation.ca.Phase;
import dev.mtlsoperator.rotation.generation.History;
import java.time.Instant;
import java.util.Optional;

/**
 * The result of one observation of a RootCA: what was seen, and what was decided at that time.
 *
 * @param phase the phase that the decision was based on, from which status is derived
 * @param created the generation that this run created, whatever happened to it since
 */
record CaOutcome(
    CaObservation seen,
    Phase phase,
    CaDecision decision,
    Optional<History.Created> created,
    Instant now) {

  CaFacts facts() {
    return seen.facts();
  }

  /** The same observation with another decision, because the API server refused the first one. */
  CaOutcome with(CaDecision other) {
    return new CaOutcome(seen, phase, other, created, now);
  }

  /** Why a due action is withheld as not certain enough; empty: none is. */
  Optional<Finding> held() {
    return decision instanceof CaDecision.Hold hold ? Optional.of(hold.why()) : Optional.empty();
  }

  /** Why the RootCA is not ready; empty: it is. */
  Optional<Finding> notReady() {
    if (decision instanceof CaDecision.Refuse refuse) {
      return Optional.of(refuse.why());
    }
    if (decision instanceof CaDecision.Distrust distrust) {
      return Optional.of(distrust.others());
    }
    return facts().signer().isEmpty() && held().isPresent()
        ? held()
        : readiness().notReady().or(() -> seen.additional().missing());
  }

  /** What will prevent a ready RootCA from staying ready. */
  Optional<Finding> renewalBlocked() {
    return held()
        .or(() -> notReady().isPresent() ? Optional.empty() : readiness().renewalBlocked());
  }

  private CaReadiness readiness() {
    return new CaReadiness(facts(), phase, now);
  }
}
