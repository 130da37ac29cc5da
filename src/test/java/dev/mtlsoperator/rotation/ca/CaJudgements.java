package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.SafetyChecks;
import java.time.Instant;
import java.util.Optional;

/** What the rules make of facts, where a test has no use for the phase itself. */
public final class CaJudgements {
  private CaJudgements() {}

  public static CaDecision decide(CaFacts facts, SafetyChecks safety, Instant now) {
    return CaRules.decide(facts, Phase.of(facts, now), safety, now);
  }

  /** Where clock and caches are beyond doubt. */
  static CaDecision decide(CaFacts facts, Instant now) {
    return decide(facts, SafetyChecks.none(), now);
  }

  public static Optional<RotationProgress> progress(CaFacts facts, Instant now) {
    return Phase.of(facts, now).progress();
  }

  static Optional<Finding> notReady(CaFacts facts, Instant now) {
    return new CaReadiness(facts, Phase.of(facts, now), now).notReady();
  }

  static Optional<Finding> renewalBlocked(CaFacts facts, Instant now) {
    return new CaReadiness(facts, Phase.of(facts, now), now).renewalBlocked();
  }

  static Optional<Instant> pausedUntil(CaFacts facts, Instant now) {
    return CreationLimits.of(facts, now).pausedUntil();
  }
}
