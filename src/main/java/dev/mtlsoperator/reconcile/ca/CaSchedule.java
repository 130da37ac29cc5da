package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.reconcile.kube.FailSafe;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.RotationProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** Computes when a RootCA is reconciled next if no event triggers it before. Pure. */
final class CaSchedule {
  private static final Duration FAIL_SAFE = FailSafe.INTERVAL;

  /**
   * No event reports that a foreign object is removed, or that a Secret without our labels returns.
   */
  private static final Duration STALLED_PACE = Duration.ofSeconds(30);

  /** While certificates or trust bundles are being exchanged. */
  private static final Duration QUICK_LOOK = Duration.ofSeconds(3);

  private static final int COPIES_A_SECOND = 400;

  /** While certificates are exchanged at their own renewals. */
  private static final Duration SLOW_LOOK = Duration.ofMinutes(10);

  private static final Duration SHORTEST = Duration.ofSeconds(1);

  private CaSchedule() {}

  /** The delay after the outcome. */
  static Duration next(CaOutcome outcome) {
    return sooner(
        sooner(unpaused(outcome), crls(outcome)),
        outcome
            .phase()
            .limits()
            .pausedUntil()
            .map(until -> Duration.between(outcome.now(), until).plus(SHORTEST)));
  }

  private static Optional<Duration> crls(CaOutcome outcome) {
    Instant now = outcome.now();
    return Stream.of(outcome.facts().crlRules(now).next(), outcome.seen().revocation().next(now))
        .flatMap(Optional::stream)
        .min(Instant::compareTo)
        .map(due -> due.isBefore(now.plus(SHORTEST)) ? SHORTEST : Duration.between(now, due));
  }

  private static Duration sooner(Duration one, Optional<Duration> other) {
    return other.filter(wait -> wait.compareTo(one) < 0).orElse(one);
  }

  private static Duration unpaused(CaOutcome outcome) {
    Optional<RotationProgress> progress = outcome.phase().progress();
    boolean stalled =
        outcome.held().isPresent()
            || outcome
                .notReady()
                .filter(why -> !CaConditions.isOnItsWay(why, outcome.phase()))
                .isPresent();
    Duration pace =
        progress
            .filter(going -> !stalled)
            .map(going -> pace(going, outcome.facts()))
            .orElse(STALLED_PACE);
    Instant now = outcome.now();
    return sooner(
        pace,
        progress
            .flatMap(RotationProgress::deadline)
            // what is overdue and has not happened waits for something else
            .filter(deadline -> deadline.isAfter(now))
            .map(deadline -> Duration.between(now, deadline))
            .map(until -> until.compareTo(SHORTEST) < 0 ? SHORTEST : until));
  }

  // leaves do not report to their CA what they hold: a periodic look is cheaper than thousands of
  // events
  private static Duration pace(RotationProgress progress, CaFacts facts) {
    boolean quick =
        progress.phase() == RotationPhase.Distributing
            || facts
                .signer()
                .filter(s -> s.milestones().reissue() == Reissue.Immediately)
                .isPresent();
    if (progress.phase() == RotationPhase.Stable) {
      return FAIL_SAFE;
    }
    if (!quick && !facts.copies().notRid().isEmpty()) {
      return STALLED_PACE;
    }
    return quick && progress.pending() > 0
        ? QUICK_LOOK.plusSeconds(facts.copies().all().size() / COPIES_A_SECOND)
        : SLOW_LOOK;
  }
}
