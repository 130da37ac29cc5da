package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.SharedWatches;
import dev.mtlsoperator.reconcile.context.StatusWrites;
import dev.mtlsoperator.reconcile.fair.WaitingResource;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
import dev.mtlsoperator.reconcile.kube.RecentlyUsed;
import dev.mtlsoperator.reconcile.trust.TrustAttempts;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.secret.ca.GenerationReader;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reconciles {@link RootCA}s: observes, decides and acts until nothing is left to do, then reports.
 */
@ControllerConfiguration(name = "rootca")
public final class RootCAReconciler implements Reconciler<RootCA> {
  /** RootCAs in the middle of a wave; what is forgotten is told one look later. */
  private static final int MOST_WITHHELD = 1_000;

  private final ReconcileContext shared;
  private final List<? extends LeafIndex> leaves;
  private final FailedRuns failures;
  private final SimpleInboundEventSource<RootCA> called = new SimpleInboundEventSource<>("turns");
  private final Map<String, RotationStatus> withheld = RecentlyUsed.atMost(MOST_WITHHELD);
  private @Nullable CaCollaborators parts;
  private @Nullable IndexerResourceCache<RootCA> cache;

  /**
   * @param leaves the caches of leaves, one for each kind
   */
  public RootCAReconciler(ReconcileContext shared, List<? extends LeafIndex> leaves) {
    this.shared = shared;
    this.leaves = List.copyOf(leaves);
    this.failures = new FailedRuns(shared.exceptions());
  }

  @Override
  public List<EventSource<?, RootCA>> prepareEventSources(EventSourceContext<RootCA> context) {
    TrustAttempts attempts = new TrustAttempts();
    CaWatches watches = CaWatches.of(context, shared, attempts);
    shared
        .watches()
        .offer(
            new SharedWatches.OfRootCAs(
                watches.generations(), watches.inputs(), watches.namespaces()));
    parts = CaCollaborators.of(watches, attempts, shared);
    shared
        .revocations()
        .listen(name -> called.propagateEvent(new ResourceID(name.name(), name.namespace())));
    cache = context.getPrimaryCache();
    List<EventSource<?, RootCA>> all = new ArrayList<>(watches.eventSources());
    all.add(called);
    return all;
  }

  /** All RootCAs in the cache; none before the start. */
  public Stream<RootCA> known() {
    return cache == null || !shared.gate().isOpen() ? Stream.empty() : cache.list();
  }

  /** The objects that its runs share; empty before the start. */
  Optional<CaCollaborators> parts() {
    return Optional.ofNullable(parts);
  }

  @Override
  public UpdateControl<RootCA> reconcile(RootCA ca, Context<RootCA> context) {
    if (parts == null) {
      throw new IllegalStateException("reconciling before the event sources were prepared");
    }
    if (!shared.gate().await()) {
      return UpdateControl.noUpdate();
    }
    CaCollaborators known = parts;
    return failures.run(ca, () -> run(ca, known, context));
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

  private UpdateControl<RootCA> run(RootCA ca, CaCollaborators known, Context<RootCA> context) {
    GenerationReader reader = new GenerationReader(shared.seal());
    CaRun.End end =
        new CaRun(
                ca,
                new CaObserver(known, leaves, reader, shared),
                new CaActor(known, reader, shared),
                new WaitingResource<>(ca, this::known, called),
                shared)
            .run();
    if (end.outcome().isEmpty()) {
      UpdateControl<RootCA> silent = UpdateControl.noUpdate();
      end.again().ifPresent(silent::rescheduleAfter);
      return silent;
    }
    RootCA now = end.ca();
    CaReport report = reported(now, end.outcome().get());
    Duration next = next(now, report, known);
    if (report.status().equals(now.getStatus())) {
      return UpdateControl.<RootCA>noUpdate().rescheduleAfter(end.again().orElse(next));
    }
    announce(now, now.getStatus(), report.status());
    return StatusWrites.write(
        context,
        now,
        fresh(now, report.status()),
        end.again().orElse(StatusWrites.lookAgain(next)));
  }

  private Optional<RootCA> known(ResourceID id) {
    return cache == null ? Optional.empty() : cache.get(id);
  }

  private CaReport reported(RootCA ca, CaOutcome outcome) {
    if (outcome.decision() instanceof CaDecision.Distrust distrust) {
      warn(ca, distrust.why().reason().name(), distrust.why().message());
    }
    String uid = ca.getMetadata().getUid();
    CaReport report = CaReport.of(ca, outcome, withheld.remove(uid));
    report.withheld().ifPresent(rotation -> withheld.put(uid, rotation));
    if (report.status().crl() != null) {
      shared.revocations().behind(ca, outcome.facts().copiesBehind());
    }
    return report;
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

  // copies that could not be written are retried, whatever the CA itself waits for
  private Duration next(RootCA ca, CaReport report, CaCollaborators known) {
    Duration shortest = Duration.ofSeconds(1);
    return known
        .attempts()
        .next(ca, shared.now())
        .map(at -> Duration.between(shared.now(), at))
        .map(wait -> wait.compareTo(shortest) < 0 ? shortest : wait)
        .filter(wait -> wait.compareTo(report.next()) < 0)
        .orElse(report.next());
  }

  /** Publishes an Event for each new problem, and for each phase of a rotation. */
  private void announce(RootCA ca, @Nullable RootCAStatus before, RootCAStatus after) {
    List<Condition> told = before == null ? List.of() : before.conditions();
    Stream.of(
            Conditions.STALLED,
            Conditions.RENEWAL_BLOCKED,
            Conditions.TRUST_BLOCKED,
            Conditions.REVOCATION_INCOMPLETE,
            Conditions.REVOCATION_NEAR_LIMIT,
            Conditions.ADVISORY)
        .flatMap(type -> Conditions.find(after.conditions(), type).stream())
        .filter(now -> Conditions.isNews(now, told))
        .forEach(now -> warn(ca, now.reason(), now.message()));
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

  private void warn(RootCA ca, String reason, String message) {
    shared.events().publish(ca, EventPublisher.Type.Warning, reason, message);
  }
}
