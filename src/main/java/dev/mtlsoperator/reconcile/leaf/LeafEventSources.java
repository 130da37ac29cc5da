package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.NamespaceSource;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.cache.CacheProjection;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Map;
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

  LeafEventSources {
    all = List.copyOf(all);
  }

  /** Makes them; nothing is watched before the framework starts them. */
  static <L extends LeafCert<?>> LeafEventSources<L> prepare(
      EventSourceContext<L> context, ReconcileContext shared) {
    LeafIndexes.addTo(context.getPrimaryCache(), shared.guard());
    LeafEventMapper<L> mapper = new LeafEventMapper<>(context.getPrimaryCache());
    ObjectSource<Secret, L> secrets = secrets(context, shared, mapper);
    ObjectSource<Secret, L> generations = generations(context, shared, mapper);
    ObjectSource<Secret, L> inputs = inputs(context, shared, mapper);
    InformerEventSource<RootCA, L> rootCAs = rootCAs(context, shared.guard(), mapper);
    NamespaceSource<L> namespaces =
        new NamespaceSource<>(context, shared.scope(), shared.guard(), mapper::ofNamespace);
    LeafCaches<L> caches =
        new LeafCaches<>(
            context.getPrimaryCache(),
            secrets,
            generations,
            inputs,
            rootCAs,
            new Admission(shared.scope(), namespaces::labels, namespaces::isGoing),
            shared.seal());
    LeafViews views = new LeafViews(caches::admitting);
    mapper.use(caches, views);
    Stream<EventSource<?, L>> all =
        Stream.of(
                secrets.eventSources(),
                generations.eventSources(),
                inputs.eventSources(),
                Stream.of(rootCAs),
                namespaces.eventSources())
            .flatMap(sources -> sources);
    return new LeafEventSources<>(all.toList(), secrets, caches, views);
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

  private static <L extends LeafCert<?>> ObjectSource<Secret, L> generations(
      EventSourceContext<L> context, ReconcileContext shared, LeafEventMapper<L> mapper) {
    Seal seal = shared.seal();
    ObjectSource<Secret, L> generations =
        new ObjectSource<>(
            context,
            shared.guard(),
            Secret.class,
            "generations",
            secret -> CacheProjection.of(secret, seal),
            GenerationSecrets.SELECTOR,
            Paging.OF_FEW,
            mapper::ofGeneration,
            LeafEventMapper::isNewGeneration);
    generations.addIndexer(GenerationSecrets.INDEX, GenerationSecrets::indexKeys);
    return generations;
  }

  private static <L extends LeafCert<?>> ObjectSource<Secret, L> inputs(
      EventSourceContext<L> context, ReconcileContext shared, LeafEventMapper<L> mapper) {
    return new ObjectSource<>(
        context,
        shared.guard(),
        Secret.class,
        "inputs",
        RedactedSecret::ofOthers,
        Api.INPUT_LABEL + "=true",
        Paging.OF_FEW,
        mapper::ofInput,
        LeafEventMapper::isNewInput);
  }

  private static <L extends LeafCert<?>> InformerEventSource<RootCA, L> rootCAs(
      EventSourceContext<L> context, WatchGuard guard, LeafEventMapper<L> mapper) {
    InformerEventSource<RootCA, L> rootCAs =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(RootCA.class, context.getPrimaryResourceClass())
                .withName("root-cas")
                .withInformerListLimit(Paging.OF_RESOURCES)
                .withNamespacesInheritedFromController()
                .withSecondaryToPrimaryMapper(guard.<RootCA>mapper(mapper::ofRootCA))
                .<L>withPrimaryToSecondaryMapper(leaf -> Set.of())
                .withOnUpdateFilter(guard.<RootCA>filter(LeafEventMapper::isNewRootCA))
                .build(),
            context);
    rootCAs.addIndexers(Map.of(PrimaryFilters.SLIM, guard.index(PrimaryFilters::index)));
    return rootCAs;
  }
}
