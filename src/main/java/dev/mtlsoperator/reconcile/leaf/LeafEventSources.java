package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.reconcile.context.SharedWatches;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.SharedInformer;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The event sources of the reconciler of one kind of leaf, and the caches that they fill.
 *
 * @param all in the order in which they start
 * @param secrets of the leaves: what the operator writes goes through this source
 */
record LeafEventSources<L extends LeafCert<?>>(
    List<EventSource<?, L>> all,
    ObjectSource<Secret, L> secrets,
    LeafCaches<L> caches,
    LeafViews views) {

  private static final String ROOT_CAS = "root-cas";

  LeafEventSources {
    all = List.copyOf(all);
  }

  /** Makes them; nothing is watched before the framework starts them. */
  static <L extends LeafCert<?>> LeafEventSources<L> prepare(
      EventSourceContext<L> context, ReconcileContext shared) {
    LeafIndexes.addTo(context.getPrimaryCache(), shared.guard());
    LeafEventMapper<L> mapper = new LeafEventMapper<>(context.getPrimaryCache());
    ObjectSource<Secret, L> secrets = secrets(context, shared, mapper);
    SharedWatches.OfRootCAs watches = shared.watches().ofRootCAs();
    RootCAs<L> rootCAs = rootCAs(context, shared, mapper);
    LeafCaches<L> caches =
        new LeafCaches<>(
            context.getPrimaryCache(),
            secrets,
            watches.generations(),
            watches.inputs(),
            rootCAs.informer(),
            new Admission(
                shared.scope(), watches.namespaces()::labels, watches.namespaces()::isGoing),
            shared.seal());
    LeafViews views = new LeafViews(caches::admitting);
    mapper.use(caches, views);
    Stream<EventSource<?, L>> all =
        Stream.of(
                secrets.eventSources(),
                watches.namespaces().<L>follow(mapper::ofNamespace),
                Stream.of(
                    watches
                        .generations()
                        .<L>follow(
                            "generations", mapper::ofGeneration, LeafEventMapper::isNewGeneration),
                    watches
                        .inputs()
                        .<L>follow("inputs", mapper::ofInput, LeafEventMapper::isNewInput),
                    rootCAs.source(),
                    crls(shared.revocations(), mapper)))
            .flatMap(sources -> sources);
    return new LeafEventSources<>(all.toList(), secrets, caches, views);
  }

  // after a start, or where an imported CA's own CRL lists it, nothing else wakes such a leaf
  private static <L extends LeafCert<?>> EventSource<?, L> crls(
      Revocations revocations, LeafEventMapper<L> mapper) {
    SimpleInboundEventSource<L> listed = new SimpleInboundEventSource<>("crls");
    revocations.tell(ca -> mapper.listed(ca, revocations).forEach(listed::propagateEvent));
    return listed;
  }

  private static <L extends LeafCert<?>> ObjectSource<Secret, L> secrets(
      EventSourceContext<L> context, ReconcileContext shared, LeafEventMapper<L> mapper) {
    Seal seal = shared.seal();
    ObjectSource<Secret, L> secrets =
        new ObjectSource<>(
            context,
            shared.guard(),
            Secret.class,
            "secrets",
            secret -> RedactedSecret.ofLeaf(secret, seal),
            Keys.KIND_LABEL + "=" + HasMetadata.getKind(context.getPrimaryResourceClass()),
            Paging.OF_OTHERS,
            mapper::ofOwnSecret,
            (now, before) -> true);
    LeafIndexes.addTo(secrets);
    return secrets;
  }

  /** The RootCAs as leaves see them, and the event source of this kind of leaf. */
  private record RootCAs<L extends LeafCert<?>>(
      SharedInformer<RootCA, ?> informer, EventSource<RootCA, L> source) {}

  // the controller of RootCAs has a cache of them that the framework makes, and shares with nobody
  private static <L extends LeafCert<?>> RootCAs<L> rootCAs(
      EventSourceContext<L> context, ReconcileContext shared, LeafEventMapper<L> mapper) {
    WatchGuard guard = shared.guard();
    SecondaryToPrimaryMapper<RootCA> leaves = guard.mapper(mapper::ofRootCA);
    OnUpdateFilter<RootCA> relevant = guard.filter(LeafEventMapper::isNewRootCA);
    Optional<SharedInformer<RootCA, ?>> known = shared.watches().rootCAs();
    if (known.isPresent()) {
      return new RootCAs<>(
          known.get(), known.get().follow(RootCA.class, ROOT_CAS, leaves, relevant));
    }
    SharedInformer<RootCA, L> informer =
        new SharedInformer<>(
            InformerEventSourceConfiguration.from(RootCA.class, context.getPrimaryResourceClass())
                .withName(ROOT_CAS)
                .withInformerListLimit(Paging.OF_RESOURCES)
                .withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(leaves)
                .<L>withPrimaryToSecondaryMapper(leaf -> Set.of())
                .withOnUpdateFilter(relevant)
                .build(),
            context);
    informer.addIndexers(Map.of(PrimaryFilters.SLIM, guard.index(PrimaryFilters::index)));
    shared.watches().offer(informer);
    return new RootCAs<>(informer, informer);
  }
}
