package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.GenerationNumbers;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.trust.TrustObserver;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.trust.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.List;
import java.util.Optional;

/**
 * What is known of one RootCA.
 *
 * @param generations that bear a valid seal, oldest first; from the API server they are not
 *     redacted
 * @param skipped names of Secrets that look like generations but are not sealed
 * @param content of every trust bundle
 * @param additional what of it is of others
 * @param copies the further ones
 */
record CaObservation(
    CaFacts facts,
    List<Sealed> generations,
    List<String> skipped,
    Optional<ConfigMap> bundle,
    TrustContent content,
    AdditionalTrusts.Known additional,
    TrustObserver.Seen copies) {

  /**
   * Whether something was made or noted that status does not tell of, though it could; what an
   * earlier release told had no revisions.
   */
  boolean isAheadOf(ReportedStatus reported) {
    return facts.generations().isProven()
        && generations.stream()
            .filter(g -> GenerationNumbers.isCredible(g.number()))
            // of one that has left, nobody asks what was noted on it
            .filter(g -> facts.generations().generations().contains(g.generation()))
            .anyMatch(
                g ->
                    reported
                        .generation(g.number())
                        .map(told -> told.revision() != null && told.revision() < g.revision())
                        .orElse(true));
  }

  /** The generation with a number, if it bears a valid seal. */
  Optional<Sealed> generation(int number) {
    return generations.stream().filter(g -> g.number() == number).findFirst();
  }
}
