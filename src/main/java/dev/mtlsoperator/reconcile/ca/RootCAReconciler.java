package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.fair.WaitingResource;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
import dev.mtlsoperator.reconcile.kube.StatusWrites;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaRules;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reconciles {@link RootCA}s: observe, decide, act, and again until nothing is left to do; then
 * report.
 */
@ControllerConfiguration(name = "rootca")
public final class RootCAReconciler implements Reconciler<RootCA> {
  private static final Logger LOG = LoggerFactory.getLogger(RootCAReconciler.class);

  /** As many as a rotation takes that was late for everything, with a second look before each. */
  private static final int MOST_STEPS = 24;

  /** After a run that ends before all is done. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final ReconcileContext shared;
  private final List<? extends LeafIndex> leaves;
  private final ImportInputs imports;
  private final FailedRuns failures;
  private final SimpleInboundEventSource<RootCA> called = new SimpleInboundEventSource<>("turns");
  private @Nullable CaWatches watches;
  private @Nullable IndexerResourceCache<RootCA> cache;

  /**
   * @param leaves who knows the leaves, a kind each
   */
  public RootCAReconciler(ReconcileContext shared, List<? extends LeafIndex> leaves) {
    this.shared = shared;
    this.leaves = List.copyOf(leaves);
    this.imports = new ImportInputs(shared.client());
    this.failures = new FailedRuns(shared.exceptions());
  }

  @Override
  public List<EventSource<?, RootCA>> prepareEventSources(EventSourceContext<RootCA> context) {
    CaWatches fresh = new CaWatches(context, shared);
    watches = fresh;
    cache = context.getPrimaryCache();
    List<EventSource<?, RootCA>> all = new ArrayList<>(fresh.eventSources());
    all.add(called);
    return all;
  }

  /** All RootCAs as they lie in the cache; none before the start. */
  public Stream<RootCA> known() {
    return cache == null || !shared.gate().isOpen() ? Stream.empty() : cache.list();
  }

  /** What it knows; empty before the start. */
  Optional<CaWatches> watches() {
    return Optional.ofNullable(watches);
  }

  @Override
  public UpdateControl<RootCA> reconcile(RootCA ca, Context<RootCA> context) {
    if (watches == null) {
      throw new IllegalStateException("reconciling before the event sources were prepared");
    }
    if (!shared.gate().await()) {
      return UpdateControl.noUpdate();
    }
    CaWatches known = watches;
    return failures.run(ca, () -> run(ca, known));
  }

  @Override
  public ErrorStatusUpdateControl<RootCA> updateErrorStatus(
      RootCA ca, Context<RootCA> context, Exception failure) {
    Optional<FailedRuns.Told> told = failures.failed(ca, failure);
    if (told.isEmpty()) {
      return ErrorStatusUpdateControl.defaultErrorProcessing();
    }
    RootCAStatus status = FailedRuns.status(ca, told.get().why(), shared.now());
    if (status.equals(ca.getStatus())) {
      return ErrorStatusUpdateControl.<RootCA>noStatusUpdate().rescheduleAfter(told.get().next());
    }
    announce(ca, ca.getStatus(), status);
    return ErrorStatusUpdateControl.patchStatus(fresh(ca, status))
        .rescheduleAfter(told.get().next());
  }

  private UpdateControl<RootCA> run(RootCA cached, CaWatches known) {
    RootCA ca = cached;
    CaObserver observer = new CaObserver(known, leaves, imports, shared);
    CaActor actor = new CaActor(known, imports, shared);
    CaObserver.Observation seen = observer.observe(ca);
    boolean noted = false;
    Optional<History.Created> created = Optional.empty();
    for (int step = 1; step <= MOST_STEPS; step++) {
      // after what was seen: what is noted as seen by then, nobody writes later
      Instant now = shared.now();
      CaDecision decision = CaRules.decide(seen.facts(), shared.safety(), now);
      if (decision instanceof CaDecision.Keep
          || decision instanceof CaDecision.Hold
          || decision instanceof CaDecision.Refuse) {
        shared.scheduler().leave(waiter(ca).who());
        return control(ca, CaReport.of(ca, seen, decision, created, now), known);
      }
      if (decision instanceof CaDecision.Distrust distrust) {
        return distrusted(ca, CaReport.of(ca, seen, distrust, created, now), distrust, known);
      }
      if (decision instanceof CaDecision.LookAgain) {
        Optional<RootCA> live = live(ca);
        if (live.isEmpty()) {
          return UpdateControl.noUpdate();
        }
        ca = live.get();
        seen = observer.observeFresh(ca);
        continue;
      }
      // somebody deleted it meanwhile: that it was made is told first
      if (created.isPresent() && decision instanceof CaDecision.Create) {
        return told(ca, observer, created, known).rescheduleAfter(SOON);
      }
      // while status cannot be written, replays do not show: nothing more is done that could be
      // undone by one. What this very run noted, it tells at its end
      if (!noted && seen.isAheadOf(ReportedStatus.of(ca))) {
        return control(ca, CaReport.of(ca, seen, decision, now), known).rescheduleAfter(SOON);
      }
      try (FairScheduler.Permit turn = turn(ca, seen, decision).orElse(null)) {
        if (turn == null) {
          return noted
              ? told(ca, observer, created, known).rescheduleAfter(FairScheduler.AT_LATEST)
              : UpdateControl.<RootCA>noUpdate().rescheduleAfter(FairScheduler.AT_LATEST);
        }
        // one that is deleted is remembered first: that may go through where this does not
        noted = noted || isNoted(decision);
        if (!actor.act(ca, seen, decision, now)) {
          // somebody else writes the same objects: the caches must catch up first
          return noted
              ? told(ca, observer, created, known).rescheduleAfter(SOON)
              : UpdateControl.<RootCA>noUpdate().rescheduleAfter(SOON);
        }
      } catch (KubernetesClientException e) {
        return control(ca, CaReport.of(ca, seen, refused(ca, e), created, now), known);
      }
      if (decision instanceof CaDecision.Create create) {
        created = Optional.of(new History.Created(create.number(), now));
      }
      seen = observer.observe(ca);
    }
    return told(ca, observer, created, known).rescheduleAfter(SOON);
  }

  // the next run finds it in status, and takes them out of the bundles
  private UpdateControl<RootCA> distrusted(
      RootCA ca, CaReport report, CaDecision.Distrust distrust, CaWatches known) {
    shared
        .events()
        .publish(
            ca,
            EventPublisher.Type.Warning,
            distrust.why().reason().name(),
            distrust.why().message());
    return control(ca, report, known).rescheduleAfter(SOON);
  }

  private static boolean isNoted(CaDecision decision) {
    return decision instanceof CaDecision.Create
        || decision instanceof CaDecision.Adopt
        || decision instanceof CaDecision.Withdraw
        || decision instanceof CaDecision.Delete
        || decision instanceof CaDecision.Note;
  }

  // of a run that ends before all is done: what status does not tell of, somebody could put back
  private UpdateControl<RootCA> told(
      RootCA ca, CaObserver observer, Optional<History.Created> created, CaWatches known) {
    Optional<RootCA> live = live(ca);
    if (live.isEmpty()) {
      return UpdateControl.noUpdate();
    }
    CaObserver.Observation seen = observer.observeFresh(live.get());
    Instant now = shared.now();
    CaDecision decision = CaRules.decide(seen.facts(), shared.safety(), now);
    return control(live.get(), CaReport.of(live.get(), seen, decision, created, now), known);
  }

  // what is asked for may be older in the cache than what was done about it
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

  // what takes long is done in turn
  private Optional<FairScheduler.Permit> turn(
      RootCA ca, CaObserver.Observation seen, CaDecision decision) {
    boolean takesLong =
        decision instanceof CaDecision.Create
            && seen.facts().desired() instanceof DesiredCertificate.Valid valid
            && valid.template().key().isRsa();
    if (!takesLong) {
      shared.scheduler().leave(waiter(ca).who());
      return Optional.of(() -> {});
    }
    return shared.scheduler().ask(QueueClass.RSA_KEY, waiter(ca));
  }

  private FairScheduler.Waiter waiter(RootCA ca) {
    return new WaitingResource<>(ca, this::known, called);
  }

  private Optional<RootCA> known(ResourceID id) {
    return cache == null ? Optional.empty() : cache.get(id);
  }

  private CaDecision.Refuse refused(RootCA ca, KubernetesClientException e) {
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

  private UpdateControl<RootCA> control(RootCA ca, CaReport report, CaWatches known) {
    RootCAStatus before = ca.getStatus();
    Duration next = next(ca, report, known);
    if (report.status().equals(before)) {
      return UpdateControl.<RootCA>noUpdate().rescheduleAfter(next);
    }
    announce(ca, before, report.status());
    return UpdateControl.patchStatus(fresh(ca, report.status()))
        .rescheduleAfter(StatusWrites.lookAgain(next));
  }

  private static RootCA fresh(RootCA ca, RootCAStatus status) {
    RootCA fresh = new RootCA();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withName(ca.getMetadata().getName())
            .withNamespace(ca.getMetadata().getNamespace())
            .build());
    fresh.setStatus(status);
    return fresh;
  }

  // copies that could not be written are tried again, whatever the CA itself waits for
  private Duration next(RootCA ca, CaReport report, CaWatches known) {
    Duration shortest = Duration.ofSeconds(1);
    return known
        .attempts()
        .next(ca, shared.now())
        .map(at -> Duration.between(shared.now(), at))
        .map(wait -> wait.compareTo(shortest) < 0 ? shortest : wait)
        .filter(wait -> wait.compareTo(report.next()) < 0)
        .orElse(report.next());
  }

  /** An Event for each new problem, and for each phase of a rotation. */
  private void announce(RootCA ca, @Nullable RootCAStatus before, RootCAStatus after) {
    List<Condition> told = before == null ? List.of() : before.conditions();
    Stream.of(Conditions.STALLED, Conditions.RENEWAL_BLOCKED, Conditions.TRUST_BLOCKED)
        .flatMap(type -> Conditions.find(after.conditions(), type).stream())
        .filter(now -> Conditions.isNews(now, told))
        .forEach(
            now ->
                shared
                    .events()
                    .publish(ca, EventPublisher.Type.Warning, now.reason(), now.message()));
    RotationStatus rotation = after.rotation();
    RotationStatus then = before == null ? null : before.rotation();
    if (rotation != null && then != null && then.phase() != rotation.phase()) {
      shared
          .events()
          .publish(
              ca,
              EventPublisher.Type.Normal,
              rotation.phase().name(),
              String.valueOf(rotation.next()));
    }
  }
}
