package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.leaf.LastIssuance;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.context.LeafIndex;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.StatusWrites;
import dev.mtlsoperator.reconcile.fair.WaitingResource;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.FailedRuns;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reconciles one kind of leaf; {@link LeafRun} is one run over one of them. */
abstract class LeafReconciler<L extends LeafCert<?>> implements Reconciler<L>, LeafIndex {
  private final ReconcileContext shared;
  private final FailedRuns failures;
  private final SimpleInboundEventSource<L> called = new SimpleInboundEventSource<>("turns");
  private @Nullable LeafEventSources<L> sources;
  private @Nullable LeafTools tools;

  LeafReconciler(ReconcileContext shared) {
    this.shared = shared;
    this.failures = new FailedRuns(shared.exceptions());
  }

  /** An empty resource to write a status with. */
  abstract L blank();

  /** All leaves of the kind in the cache; none before the start. */
  public Stream<L> known() {
    return sources == null || !shared.gate().isOpen() ? Stream.empty() : sources.caches().leaves();
  }

  @Override
  public void leaves(
      String namespace, String rootCA, BiConsumer<LeafCert<?>, @Nullable Secret> each) {
    if (sources != null) {
      sources.caches().leaves(namespace, rootCA, each);
    }
  }

  @Override
  public void former(CAName ca, CaGenerations generations, BiConsumer<LeafCert<?>, Secret> each) {
    if (sources != null) {
      sources.caches().former(ca, generations, each);
    }
  }

  @Override
  public void revoked(CAName ca, Consumer<LeafRevocations.OfLeaf> each) {
    if (sources != null) {
      sources.caches().revoked(ca, each);
    }
  }

  @Override
  public List<EventSource<?, L>> prepareEventSources(EventSourceContext<L> context) {
    LeafEventSources<L> prepared = LeafEventSources.prepare(context, shared);
    sources = prepared;
    tools = LeafTools.of(prepared, shared);
    List<EventSource<?, L>> all = new ArrayList<>(prepared.all());
    all.add(called);
    return all;
  }

  @Override
  public UpdateControl<L> reconcile(L leaf, Context<L> context) {
    if (sources == null || tools == null) {
      throw new IllegalStateException("reconciling before the event sources were prepared");
    }
    if (!shared.gate().await()) {
      return UpdateControl.noUpdate();
    }
    WaitingResource<L> waiter = new WaitingResource<>(leaf, sources.caches()::leaf, called);
    LeafTools with = tools;
    return failures.run(leaf, () -> control(leaf, new LeafRun(leaf, with, waiter).run(), context));
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

  private UpdateControl<L> control(L leaf, LeafReport report, Context<L> context) {
    LeafStatus before = leaf.getStatus();
    Optional<LeafStatus> status = report.status().filter(after -> !after.equals(before));
    if (status.isEmpty()) {
      return UpdateControl.<L>noUpdate().rescheduleAfter(report.next());
    }
    announce(leaf, before, status.get());
    Duration next =
        isSettled(leaf, status.get()) ? report.next() : StatusWrites.lookAgain(report.next());
    return StatusWrites.write(context, leaf, fresh(leaf, status.get()), next);
  }

  // a certificate is in service, nothing is wrong, and no CRL can be missing that is not known yet
  private static boolean isSettled(LeafCert<?> leaf, LeafStatus status) {
    return !leaf.getSpec().revocations()
        && status.conditions().stream()
            .filter(condition -> !condition.type().equals(Conditions.ADVISORY))
            .allMatch(
                condition ->
                    condition.type().equals(Conditions.READY)
                        && condition.status() == ConditionStatus.TRUE);
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
            Conditions.RESTART_BLOCKED,
            Conditions.REVOCATION_INCOMPLETE,
            Conditions.ADVISORY)) {
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
      announceRenewal(leaf, after, after.lastIssuance());
    }
  }

  private void announceRenewal(L leaf, LeafStatus after, LastIssuance issuance) {
    shared
        .events()
        .publish(
            leaf,
            EventPublisher.Type.Normal,
            issuance.reason(),
            "issued certificate "
                + after.serialNumber()
                + ", revision "
                + after.revision()
                + ", valid until "
                + after.notAfter());
  }
}
