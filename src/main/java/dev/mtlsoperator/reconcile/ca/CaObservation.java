package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.GenerationNumbers;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.revocation.RevocationView;
import dev.mtlsoperator.reconcile.trust.TrustObserver;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.trust.TrustContent;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.List;
import java.util.Optional;

/**
 * The observed state of one RootCA.
 *
 * @param generations those with a valid seal, oldest first; not redacted if read from the API
 *     server
 * @param skipped names of Secrets that look like generations but are not sealed
 * @param content of every trust bundle
 * @param additional the part of it that comes from {@code additionalTrust}
 * @param copies the further ones
 * @param revocation the CRLs in them
 */
record CaObservation(
    CaFacts facts,
    List<Sealed> generations,
    List<String> skipped,
    Optional<ConfigMap> bundle,
    TrustContent content,
    AdditionalTrusts.Known additional,
    TrustObserver.Seen copies,
    RevocationView revocation) {

  /**
   * Whether a generation was created or a milestone noted that status does not contain although it
   * could; a status of an earlier release has no revisions.
   */
  boolean isAheadOf(ReportedStatus reported) {
    return facts.generations().isProven()
        && generations.stream()
            .filter(g -> GenerationNumbers.isCredible(g.number()))
            // the milestones of a generation that has left are not needed
            .filter(g -> facts.generations().generations().contains(g.generation()))
            .anyMatch(
                g ->
                    reported
                        .generation(g.number())
                        .map(told -> told.revision() != null && told.revision() < g.revision())
                        .orElse(true));
  }

  /** The generation with this number, if it bears a valid seal. */
  Optional<Sealed> generation(int number) {
    return generations.stream().filter(g -> g.number() == number).findFirst();
  }
}
