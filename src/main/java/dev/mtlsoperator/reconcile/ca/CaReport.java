package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.GenerationHistory;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.context.CaAnnotations;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.revocation.ReportedCrl;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The status of a RootCA, and the time until its next reconciliation: a pure function of the
 * observation, the decision and the phase that the decision was based on.
 *
 * @param withheld what was seen of the rotation, if the status does not tell it yet
 */
record CaReport(RootCAStatus status, Duration next, Optional<RotationStatus> withheld) {

  /**
   * Derives it.
   *
   * @param withheldBefore what the report before this one withheld; null: nothing
   */
  static CaReport of(RootCA ca, CaOutcome outcome, @Nullable RotationStatus withheldBefore) {
    CaFacts facts = outcome.facts();
    RootCAStatus before = ca.getStatus();
    Optional<RotationStatus> rotation = ReportedRotation.seen(outcome, before);
    RotationStatus told =
        rotation
            .filter(now -> isTold(now, outcome, before, withheldBefore))
            .orElse(before == null ? null : before.rotation());
    RootCAStatus status =
        new RootCAStatus(
            ca.getMetadata().getGeneration(),
            CaConditions.of(ca, outcome),
            TrustConfigMap.name(ca.getMetadata().getName()),
            ReportedGenerations.of(ca, outcome.seen()),
            facts
                .signer()
                .map(g -> g.end().toString())
                .orElse(before == null ? null : before.notAfter()),
            told,
            outcome.seen().additional().certificates().isEmpty()
                ? null
                : outcome.seen().additional().digest(),
            facts.generations().isProven() || before == null || outcome.created().isPresent()
                ? rotate(facts, outcome.created())
                : before.rotate(),
            adopt(ca, facts.generations()),
            history(outcome),
            ReportedCrl.of(outcome.seen().revocation()).orElse(null));
    return new CaReport(
        status, CaSchedule.next(outcome), rotation.filter(now -> !now.equals(told)));
  }

  private static boolean isTold(
      RotationStatus now,
      CaOutcome outcome,
      @Nullable RootCAStatus before,
      @Nullable RotationStatus withheldBefore) {
    return before == null
        || before.rotation() == null
        || outcome.held().isPresent()
        || Conditions.find(before.conditions(), Conditions.RENEWAL_BLOCKED).isPresent()
        || ReportedRotation.isNews(now, before.rotation(), withheldBefore);
  }

  private static @Nullable GenerationHistory history(CaOutcome outcome) {
    CaGenerations generations = outcome.facts().generations();
    History news = generations.toRemember();
    int deleted =
        generations.isProven()
            ? outcome.seen().generations().stream()
                .mapToInt(GenerationSecret::highest)
                .max()
                .orElse(0)
            : 0;
    Set<Fingerprint> distrusts = new HashSet<>(news.distrusts());
    if (outcome.decision() instanceof CaDecision.Distrust distrust) {
      distrusts.addAll(distrust.distrusts());
    }
    History all =
        new History(
            distrusts,
            news.retires(),
            Math.max(news.highest(), deleted),
            outcome.created().or(news::created));
    return all.equals(History.none()) ? null : ReportedStatus.inWords(all, generations.history());
  }

  // after the annotation is removed, the same certificate may be vouched for again
  private static @Nullable String adopt(RootCA ca, CaGenerations generations) {
    return CaAnnotations.adoption(ca)
        .map(
            wanted ->
                generations.generations().stream()
                        .map(CaGeneration::fingerprint)
                        .anyMatch(wanted::equals)
                    ? wanted.text()
                    : ca.getStatus() == null ? null : ca.getStatus().adopt())
        .orElse(null);
  }

  // the value that was honoured last stays honoured, even if that generation is gone
  private static @Nullable String rotate(CaFacts facts, Optional<History.Created> created) {
    Optional<String> reported = facts.requests().rotateReported();
    if (created.isPresent()) {
      return facts.requests().rotate().or(() -> reported).orElse(null);
    }
    return facts.generations().isLastGone()
        ? reported.orElse(null)
        : facts
            .generations()
            .newest()
            .map(newest -> newest.milestones().rotate())
            .orElse(reported)
            .orElse(null);
  }
}
