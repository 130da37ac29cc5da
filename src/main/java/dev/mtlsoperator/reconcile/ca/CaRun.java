package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaRules;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.ca.Phase;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reconciliation of a RootCA: observes, decides and acts until nothing is left to do or it has
 * to wait. It writes no status: its {@link End} contains what to report.
 */
final class CaRun {
  private static final Logger LOG = LoggerFactory.getLogger(CaRun.class);

  /** Enough for a rotation that is overdue at every step, observed twice before most. */
  private static final int MOST_STEPS = 24;

  /** The delay after a run that ends before all is done. */
  private static final Duration SOON = Duration.ofSeconds(1);

  /** When metadata that another client changes back at each write is written again. */
  private static final Duration RELABEL_AGAIN = Duration.ofMinutes(5);

  private final ReconcileContext shared;
  private final CaObserver observer;
  private final CaActor actor;
  private final FairScheduler.Waiter waiter;
  private RootCA ca;
  private Optional<History.Created> created = Optional.empty();
  private boolean noted;
  private boolean relabelled;

  /**
   * @param ca as cached
   */
  CaRun(
      RootCA ca,
      CaObserver observer,
      CaActor actor,
      FairScheduler.Waiter waiter,
      ReconcileContext shared) {
    this.ca = ca;
    this.observer = observer;
    this.actor = actor;
    this.waiter = waiter;
    this.shared = shared;
  }

  /**
   * How a run ends.
   *
   * @param ca as last read
   * @param outcome what to report; empty: nothing
   * @param again when to reconcile next; empty: as the outcome says
   */
  record End(RootCA ca, Optional<CaOutcome> outcome, Optional<Duration> again) {}

  /** Takes step after step until the run ends. */
  End run() {
    CaObservation seen = observer.observe(ca, Evidence.CACHED);
    for (int step = 1; step <= MOST_STEPS; step++) {
      CaOutcome outcome = decide(seen);
      if (outcome.decision() instanceof CaDecision.LookAgain again) {
        Optional<RootCA> live = live(ca);
        if (live.isEmpty()) {
          return new End(ca, Optional.empty(), Optional.empty());
        }
        ca = live.get();
        seen = observer.observe(ca, again.evidence());
      } else {
        Optional<End> end = end(outcome).or(() -> act(outcome));
        if (end.isPresent()) {
          return end.get();
        }
        seen = observer.observe(ca, Evidence.CACHED);
      }
    }
    return interrupted(SOON);
  }

  // the time is read after the observation, so that no fact noted by then is written later
  private CaOutcome decide(CaObservation seen) {
    Instant now = shared.now();
    Phase phase = Phase.of(seen.facts(), now);
    CaDecision decision = CaRules.decide(seen.facts(), phase, shared.safety(), now);
    return new CaOutcome(seen, phase, decision, created, now);
  }

  // empty: the run continues
  private Optional<End> end(CaOutcome outcome) {
    CaDecision decision = outcome.decision();
    if (decision instanceof CaDecision.Keep
        || decision instanceof CaDecision.Hold
        || decision instanceof CaDecision.Refuse) {
      shared.scheduler().leave(waiter.who());
      if (!outcome.facts().isDelivering()) {
        shared.revocations().delivered(ca);
      }
      return Optional.of(told(outcome, Optional.empty()));
    }
    if (decision instanceof CaDecision.Distrust) {
      // the next run finds it in status, and removes it from the bundles
      return Optional.of(told(outcome, Optional.of(SOON)));
    }
    if (decision instanceof CaDecision.Relabel && relabelled) {
      return Optional.of(told(outcome, Optional.of(RELABEL_AGAIN)));
    }
    // the new generation was deleted meanwhile: its creation is reported first
    if (created.isPresent() && decision instanceof CaDecision.Create) {
      return Optional.of(interrupted(SOON));
    }
    // until status is written, a replay of an older Secret goes unnoticed, so nothing is done that
    // a replay could undo. What this run noted, it reports at its end
    return !noted && outcome.seen().isAheadOf(ReportedStatus.of(ca))
        ? Optional.of(told(outcome, Optional.of(SOON)))
        : Optional.empty();
  }

  // empty: it was done
  private Optional<End> act(CaOutcome outcome) {
    try (FairScheduler.Permit permit = permit(outcome).orElse(null)) {
      if (permit == null) {
        return Optional.of(unfinished(FairScheduler.AT_LATEST));
      }
      // a deletion is noted before it is carried out; the note may succeed even if the deletion
      // fails
      noted = noted || isNoted(outcome.decision());
      if (!actor.act(ca, outcome.seen(), outcome.decision(), outcome.now())) {
        // another client writes the same objects: the caches must catch up first
        return Optional.of(unfinished(SOON));
      }
    } catch (KubernetesClientException e) {
      return Optional.of(told(outcome.with(refused(e)), Optional.empty()));
    }
    relabelled = relabelled || outcome.decision() instanceof CaDecision.Relabel;
    if (outcome.decision() instanceof CaDecision.Create create) {
      created = Optional.of(new History.Created(create.number(), outcome.now()));
    }
    return Optional.empty();
  }

  private End told(CaOutcome outcome, Optional<Duration> again) {
    return new End(ca, Optional.of(outcome), again);
  }

  private End unfinished(Duration again) {
    return noted ? interrupted(again) : new End(ca, Optional.empty(), Optional.of(again));
  }

  // for a run that ends early: what status does not contain could be put back by others
  private End interrupted(Duration again) {
    Optional<RootCA> live = live(ca);
    ca = live.orElse(ca);
    return new End(
        ca,
        live.map(current -> decide(observer.observe(current, Evidence.FRESH))),
        Optional.of(again));
  }

  private static boolean isNoted(CaDecision decision) {
    return decision instanceof CaDecision.Create
        || decision instanceof CaDecision.Adopt
        || decision instanceof CaDecision.Withdraw
        || decision instanceof CaDecision.Delete
        || decision instanceof CaDecision.Note;
  }

  // the cached spec may be older than the actions that followed from it
  private Optional<RootCA> live(RootCA cached) {
    return Optional.ofNullable(
            shared
                .client()
                .resources(RootCA.class)
                .inNamespace(cached.getMetadata().getNamespace())
                .withName(cached.getMetadata().getName())
                .get())
        .filter(live -> live.getMetadata().getUid().equals(cached.getMetadata().getUid()))
        .filter(live -> live.getMetadata().getDeletionTimestamp() == null);
  }

  // expensive work needs a permit
  private Optional<FairScheduler.Permit> permit(CaOutcome outcome) {
    boolean takesLong =
        outcome.decision() instanceof CaDecision.Create
            && outcome.facts().desired() instanceof DesiredCertificate.Valid valid
            && valid.template().key().isRsa();
    if (!takesLong) {
      shared.scheduler().leave(waiter.who());
      return Optional.of(() -> {});
    }
    return shared.scheduler().ask(QueueClass.RSA_KEY, waiter);
  }

  private CaDecision.Refuse refused(KubernetesClientException e) {
    if (!ApiErrors.isNamespaceGoing(e)) {
      shared.listener().failed(ca.getKind(), Reason.IssuanceFailed);
    }
    String why = ApiErrors.refusal(e).orElseThrow(() -> e);
    LOG.atWarn()
        .addKeyValue("kind", ca.getKind())
        .addKeyValue("namespace", ca.getMetadata().getNamespace())
        .addKeyValue("name", ca.getMetadata().getName())
        .addKeyValue("reason", Reason.IssuanceFailed)
        .log("not written: {}", why);
    return new CaDecision.Refuse(
        new Finding(Reason.IssuanceFailed, "what belongs to the CA could not be written: " + why));
  }
}
