package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.context.IssuanceListener;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.fair.WaitingResource;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
import dev.mtlsoperator.reconcile.kube.StatusWrites;
import dev.mtlsoperator.reconcile.kube.Timestamps;
import dev.mtlsoperator.reconcile.leaf.LeafReport.Happened;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafQueueClass;
import dev.mtlsoperator.rotation.leaf.LeafRules;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reconciles one kind of leaf: observe, decide, act, report. */
abstract class LeafReconciler<L extends LeafCert<?>> implements Reconciler<L>, LeafIndex {
  private static final Logger LOG = LoggerFactory.getLogger(LeafReconciler.class);

  /**
   * Each time the Secret was overtaken, the decision is made again upon what the API server holds;
   * then events take over.
   */
  private static final int MOST_ATTEMPTS = 3;

  /** A cache that lags catches up. */
  private static final Duration BEHIND = Duration.ofSeconds(1);

  /** When trust could not be written. */
  private static final Duration TRUST_AGAIN = Duration.ofSeconds(30);

  /** Should the event that is awaited be lost. */
  private static final Duration AWAITED = Duration.ofSeconds(10);

  private static final Duration AFTER_A_WRITE = Duration.ofMillis(100);

  /** What stops a leaf without any doing of its owner. */
  private static final Set<Reason> NOT_THE_LEAF =
      Set.of(Reason.ClockSkewed, Reason.CachesNotInSync);

  private final ReconcileContext shared;
  private final FailedRuns failures;
  private final SimpleInboundEventSource<L> called = new SimpleInboundEventSource<>("turns");
  private @Nullable LeafWatches<L> watches;

  LeafReconciler(ReconcileContext shared) {
    this.shared = shared;
    this.failures = new FailedRuns(shared.exceptions());
  }

  /** An empty resource to write status with. */
  abstract L blank();

  /** All resources of the kind as they lie in the cache; none before the start. */
  public Stream<L> known() {
    return watches == null || !shared.gate().isOpen() ? Stream.empty() : watches.leaves();
  }

  @Override
  public void leaves(
      String namespace, String rootCA, BiConsumer<LeafCert<?>, @Nullable Secret> each) {
    if (watches != null) {
      watches.leaves(namespace, rootCA, each);
    }
  }

  @Override
  public void former(CAName ca, CaGenerations generations, BiConsumer<LeafCert<?>, Secret> each) {
    if (watches != null) {
      watches.former(ca, generations, each);
    }
  }

  @Override
  public List<EventSource<?, L>> prepareEventSources(EventSourceContext<L> context) {
    LeafWatches<L> fresh = new LeafWatches<>(context, shared);
    watches = fresh;
    List<EventSource<?, L>> all = new ArrayList<>(fresh.eventSources());
    all.add(called);
    return all;
  }

  @Override
  public UpdateControl<L> reconcile(L leaf, Context<L> context) {
    if (watches == null) {
      throw new IllegalStateException("reconciling before the event sources were prepared");
    }
    if (!shared.gate().await()) {
      return UpdateControl.noUpdate();
    }
    LeafWatches<L> known = watches;
    return failures.run(
        leaf, () -> new Reconciliation<>(leaf, known, shared, called).run(this::control));
  }

  @Override
  public ErrorStatusUpdateControl<L> updateErrorStatus(
      L leaf, Context<L> context, Exception failure) {
    Optional<FailedRuns.Told> told = failures.failed(leaf, failure);
    if (told.isEmpty()) {
      return ErrorStatusUpdateControl.defaultErrorProcessing();
    }
    LeafStatus status = FailedRuns.status(leaf, told.get().why(), shared.now());
    if (status.equals(leaf.getStatus())) {
      return ErrorStatusUpdateControl.<L>noStatusUpdate().rescheduleAfter(told.get().next());
    }
    announce(leaf, leaf.getStatus(), status);
    return ErrorStatusUpdateControl.patchStatus(fresh(leaf, status))
        .rescheduleAfter(told.get().next());
  }

  private UpdateControl<L> control(L leaf, LeafReport report) {
    LeafStatus before = leaf.getStatus();
    if (report.status().equals(before)) {
      return UpdateControl.<L>noUpdate().rescheduleAfter(report.next());
    }
    announce(leaf, before, report.status());
    return UpdateControl.patchStatus(fresh(leaf, report.status()))
        .rescheduleAfter(StatusWrites.lookAgain(report.next()));
  }

  private L fresh(L leaf, LeafStatus status) {
    L fresh = blank();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withName(leaf.getMetadata().getName())
            .withNamespace(leaf.getMetadata().getNamespace())
            .build());
    fresh.setStatus(status);
    return fresh;
  }

  /** An Event for each new problem, and for each renewal; none for a first certificate. */
  private void announce(L leaf, @Nullable LeafStatus before, LeafStatus after) {
    List<Condition> told = before == null ? List.of() : before.conditions();
    for (String type :
        List.of(
            Conditions.STALLED,
            Conditions.RENEWAL_BLOCKED,
            Conditions.RECONCILING,
            Conditions.RESTART_BLOCKED)) {
      Conditions.find(after.conditions(), type)
          .filter(now -> Conditions.isNews(now, told))
          .ifPresent(
              now ->
                  shared
                      .events()
                      .publish(leaf, EventPublisher.Type.Warning, now.reason(), now.message()));
    }
    int revision = after.revision() == null ? 0 : after.revision();
    boolean renewed =
        revision > 1
            && (before == null || before.revision() == null || before.revision() < revision);
    if (renewed && after.lastIssuance() != null) {
      shared
          .events()
          .publish(
              leaf,
              EventPublisher.Type.Normal,
              after.lastIssuance().reason(),
              "issued certificate "
                  + after.serialNumber()
                  + ", revision "
                  + revision
                  + ", valid until "
                  + after.notAfter());
    }
  }

  /** One run over one leaf. */
  private static final class Reconciliation<L extends LeafCert<?>> {
    private final L leaf;
    private final LeafWatches<L> watches;
    private final Instant now;
    private final SafetyChecks safety;
    private final LeafObserver<L> observer;
    private final LeafActor<L> actor;
    private final IssuanceListener listener;
    private final LeafAttempts attempts;
    private final FairScheduler scheduler;
    private final FairScheduler.Waiter waiter;
    private final Restarts restarts;
    private @Nullable Secret secret;

    Reconciliation(
        L leaf,
        LeafWatches<L> watches,
        ReconcileContext shared,
        SimpleInboundEventSource<L> called) {
      this.leaf = leaf;
      this.watches = watches;
      this.now = shared.now();
      this.safety = shared.safety();
      this.observer = new LeafObserver<>(watches, shared);
      this.actor = new LeafActor<>(watches, shared);
      this.listener = shared.listener();
      this.attempts = shared.leafAttempts();
      this.scheduler = shared.scheduler();
      this.restarts = shared.restarts();
      this.waiter = new WaitingResource<>(leaf, watches::leaf, called);
    }

    interface Reporting<L extends LeafCert<?>> {
      UpdateControl<L> control(L leaf, LeafReport report);
    }

    UpdateControl<L> run(Reporting<L> reporting) {
      secret =
          watches
              .own()
              .get(leaf.getMetadata().getNamespace(), leaf.effectiveSecretName())
              // somebody made it so large that the cache does not show all of it
              .flatMap(
                  kept -> CachedMetadata.isShortened(kept) ? actor.live(leaf) : Optional.of(kept))
              .orElse(null);
      LeafFacts facts = observer.observe(leaf, secret, now);
      for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        LeafDecision decision = LeafRules.decide(facts, safety, now);
        LOG.atDebug()
            .addKeyValue("kind", leaf.getKind())
            .addKeyValue("namespace", leaf.getMetadata().getNamespace())
            .addKeyValue("name", leaf.getMetadata().getName())
            .log("decided: {}", decision);
        if (decision instanceof LeafDecision.Await) {
          scheduler.leave(waiter.who());
          return UpdateControl.<L>noUpdate().rescheduleAfter(AWAITED);
        }
        Optional<QueueClass> work =
            LeafQueueClass.of(decision, facts, leaf.getSpec().privateKey().rotationPolicy());
        if (work.isEmpty()) {
          scheduler.leave(waiter.who());
          note(decision);
          Restarts.Outcome looked = look(facts);
          return reporting.control(
              leaf, LeafReport.of(leaf, facts, decision, secret, Happened.nothing(), looked, now));
        }
        try (FairScheduler.Permit turn = scheduler.ask(work.get(), waiter).orElse(null)) {
          if (turn == null) {
            return meanwhile(work.get(), facts);
          }
          // what it waited for beside this, it would have to ask for again
          scheduler.leave(waiter.meanwhile().who());
          if (writesTrust(decision) && !observer.areGenerationsCurrent(leaf)) {
            return UpdateControl.<L>noUpdate().rescheduleAfter(BEHIND);
          }
          noteBefore(facts);
          LeafActor.Outcome outcome = attempt(facts, decision);
          if (outcome instanceof LeafActor.Outcome.Overtaken overtaken) {
            secret = overtaken.secret();
            facts = observer.observe(leaf, secret, now);
          } else if (decision instanceof LeafDecision.Retrust retrust) {
            return retrusted(facts, outcome, retrust);
          } else {
            return reporting.control(leaf, finish(trusting(facts, outcome), outcome));
          }
        }
      }
      attempts.refused(
          leaf, "somebody else writes the Secret at the same time", facts.trust().certificates());
      return UpdateControl.<L>noUpdate().rescheduleAfter(Duration.ofSeconds(1));
    }

    /** What is decided upon facts that nothing was written for. */
    private void note(LeafDecision decision) {
      if (decision instanceof LeafDecision.Keep) {
        attempts.upToDate(leaf);
      } else {
        decision
            .stopped()
            .filter(why -> !NOT_THE_LEAF.contains(why.reason()))
            .ifPresent(this::stopped);
      }
    }

    private void stopped(Finding why) {
      attempts.stopped(leaf, why);
    }

    private static boolean writesTrust(LeafDecision decision) {
      return decision instanceof LeafDecision.Issue
          || decision instanceof LeafDecision.Republish
          || decision instanceof LeafDecision.Retrust;
    }

    // it will be called; what everybody has to know does not wait for a key that takes long
    private UpdateControl<L> meanwhile(QueueClass awaited, LeafFacts facts) {
      Optional<LeafDecision.Retrust> trust =
          awaited == QueueClass.RSA_KEY ? LeafRules.trustMeanwhile(facts) : Optional.empty();
      if (trust.isPresent()) {
        try (FairScheduler.Permit turn =
            scheduler.ask(QueueClass.ROTATION, waiter.meanwhile()).orElse(null)) {
          if (turn != null && observer.areGenerationsCurrent(leaf)) {
            noteBefore(facts);
            trust(facts, trust.get());
          }
        }
      } else {
        look(facts);
      }
      return UpdateControl.<L>noUpdate().rescheduleAfter(FairScheduler.AT_LATEST);
    }

    // what is refused when it is made (a policy, a password, a proof) is refused every time: whom
    // to trust does not wait for it
    private LeafFacts trusting(LeafFacts facts, LeafActor.Outcome outcome) {
      Optional<LeafDecision.Retrust> trust =
          outcome instanceof LeafActor.Outcome.Written
              ? Optional.empty()
              : LeafRules.trustMeanwhile(facts);
      if (trust.isEmpty()
          || !(trust(facts, trust.get()) instanceof LeafActor.Outcome.Written done)) {
        return facts;
      }
      secret = done.secret();
      return facts.withState(observer.judge(leaf, secret));
    }

    private LeafActor.Outcome trust(LeafFacts facts, LeafDecision.Retrust retrust) {
      return orWithoutEncoding(facts, retrust, attempt(facts, retrust));
    }

    // a password that cannot be had after all
    private LeafActor.Outcome orWithoutEncoding(
        LeafFacts facts, LeafDecision.Retrust retrust, LeafActor.Outcome outcome) {
      if (outcome instanceof LeafActor.Outcome.Blocked blocked
          && retrust.truststore() == LeafDecision.Truststore.ENCODED) {
        stopped(blocked.why());
        return attempt(
            facts, new LeafDecision.Retrust(retrust.why(), LeafRules.withoutEncoding(facts)));
      }
      return outcome;
    }

    // no status is written for trust alone, and no failure of it delays a certificate: its CA tells
    // who lacks what
    private UpdateControl<L> retrusted(
        LeafFacts facts, LeafActor.Outcome first, LeafDecision.Retrust retrust) {
      if (!(orWithoutEncoding(facts, retrust, first)
          instanceof LeafActor.Outcome.Written written)) {
        return UpdateControl.<L>noUpdate().rescheduleAfter(TRUST_AGAIN);
      }
      secret = written.secret();
      LeafFacts after = facts.withState(observer.judge(leaf, secret));
      LeafDecision next = LeafRules.decide(after, safety, now);
      note(next);
      LeafReport report = report(after, next, Happened.nothing());
      if (leaf.getStatus() != null) {
        log(written.why(), leaf.getStatus());
      }
      return UpdateControl.<L>noUpdate().rescheduleAfter(report.next());
    }

    private LeafActor.Outcome attempt(LeafFacts facts, LeafDecision decision) {
      long begun = System.nanoTime();
      try {
        LeafActor.Outcome outcome = act(facts, decision);
        tell(outcome, Duration.ofNanos(System.nanoTime() - begun));
        return outcome;
      } catch (KubernetesClientException e) {
        if (!ApiErrors.isNamespaceGoing(e)) {
          listener.failed(leaf.getKind(), Reason.IssuanceFailed);
        }
        throw e;
      }
    }

    private LeafActor.Outcome act(LeafFacts facts, LeafDecision decision) {
      if (decision instanceof LeafDecision.Issue issue) {
        return actor.issue(leaf, facts, issue, secret, now);
      }
      if (decision instanceof LeafDecision.Relabel relabel) {
        return actor.relabel(leaf, facts, relabel, now);
      }
      if (decision instanceof LeafDecision.Retrust retrust) {
        LeafActor.Outcome outcome = actor.retrust(leaf, facts, retrust, now);
        if (outcome instanceof LeafActor.Outcome.Written) {
          attempts.retrusted(leaf, facts.trust().certificates(), now);
        }
        return outcome;
      }
      if (decision instanceof LeafDecision.Republish republish) {
        return actor.republish(leaf, facts, republish, now);
      }
      throw new IllegalStateException("nobody carries out " + decision);
    }

    private void tell(LeafActor.Outcome outcome, Duration took) {
      if (outcome instanceof LeafActor.Outcome.Written written) {
        listener.written(leaf.getKind(), written.why().reason(), took);
      } else if (outcome instanceof LeafActor.Outcome.Failed failed) {
        listener.failed(leaf.getKind(), failed.why().reason());
        LOG.atWarn()
            .addKeyValue("kind", leaf.getKind())
            .addKeyValue("namespace", leaf.getMetadata().getNamespace())
            .addKeyValue("name", leaf.getMetadata().getName())
            .addKeyValue("reason", failed.why().reason())
            .log("not issued: {}", failed.why().message());
      } else if (outcome instanceof LeafActor.Outcome.Blocked blocked) {
        listener.failed(leaf.getKind(), blocked.why().reason());
      }
    }

    private LeafReport finish(LeafFacts facts, LeafActor.Outcome outcome) {
      if (outcome instanceof LeafActor.Outcome.Failed failed) {
        stopped(failed.why());
        return report(
            facts,
            new LeafDecision.Pause(failed.why(), now),
            new Happened(Optional.empty(), Optional.of(failed.why())));
      }
      if (outcome instanceof LeafActor.Outcome.Blocked blocked) {
        // a CA whose key cannot be read waits for itself
        if (blocked.why().reason() != Reason.CANotAvailable) {
          stopped(blocked.why());
        }
        return report(facts, new LeafDecision.Blocked(blocked.why()), Happened.nothing());
      }
      LeafActor.Outcome.Written written = (LeafActor.Outcome.Written) outcome;
      secret = written.secret();
      LeafFacts after = facts.withState(observer.judge(leaf, secret));
      LeafDecision next = LeafRules.decide(after, safety, now);
      note(next);
      LeafReport report =
          report(after, next, new Happened(Optional.of(written.why()), Optional.empty()));
      log(written.why(), report.status());
      return report;
    }

    private LeafReport report(LeafFacts facts, LeafDecision decision, Happened happened) {
      return LeafReport.of(leaf, facts, decision, secret, happened, notLooked(), now);
    }

    // after a write its report comes first, and then the workloads
    private Restarts.Outcome notLooked() {
      return leaf.getSpec().rolloutRestart().isEmpty()
          ? new Restarts.Outcome.Looked(Optional.empty(), Restarts.FAIL_SAFE)
          : new Restarts.Outcome.NotLooked(AFTER_A_WRITE);
    }

    private Restarts.Outcome look(LeafFacts facts) {
      Optional<String> content = content(facts);
      if (leaf.getSpec().rolloutRestart().isEmpty()) {
        return notLooked();
      }
      if (!restarts.isOn()) {
        return restarts.look(leaf, content.orElse(""));
      }
      if (content.isEmpty()) {
        return new Restarts.Outcome.NotLooked(Restarts.FAIL_SAFE);
      }
      try (FairScheduler.Permit turn =
          scheduler.ask(QueueClass.RESTART, waiter.meanwhile()).orElse(null)) {
        if (turn == null) {
          return new Restarts.Outcome.NotLooked(FairScheduler.AT_LATEST);
        }
        Restarts.Outcome.Looked looked = restarts.look(leaf, content.get());
        return looked.blocked().isPresent() && isNew()
            ? new Restarts.Outcome.NotLooked(AWAITED)
            : looked;
      }
    }

    // of one apply the leaf may come before its workloads: that is no problem yet
    private boolean isNew() {
      return Timestamps.parse(leaf.getMetadata().getCreationTimestamp())
          .filter(created -> Duration.between(created, now).abs().compareTo(AWAITED) < 0)
          .isPresent();
    }

    private void noteBefore(LeafFacts facts) {
      if (!leaf.getSpec().rolloutRestart().isEmpty()) {
        content(facts).ifPresent(digest -> restarts.noteBefore(leaf, digest));
      }
    }

    // of a Secret that holds what the operator wrote
    private Optional<String> content(LeafFacts facts) {
      return facts.state() instanceof SecretState.Managed ours
              && ours.integrity() != SecretState.Integrity.TAMPERED
              && ours.certificate().isPresent()
          ? Optional.ofNullable(secret).map(SecretData::digest)
          : Optional.empty();
    }

    private void log(Finding why, LeafStatus status) {
      LOG.atInfo()
          .addKeyValue("kind", leaf.getKind())
          .addKeyValue("namespace", leaf.getMetadata().getNamespace())
          .addKeyValue("name", leaf.getMetadata().getName())
          .addKeyValue("secret", leaf.effectiveSecretName())
          .addKeyValue("serial", status.serialNumber())
          .addKeyValue("revision", status.revision())
          .addKeyValue("notAfter", status.notAfter())
          .addKeyValue("reason", why.reason())
          .log("Secret written: {}", why.message());
    }
  }
}
