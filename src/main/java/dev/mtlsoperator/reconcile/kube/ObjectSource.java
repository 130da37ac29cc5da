package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Watches labelled Secrets or ConfigMaps and caches a projection of each. There is one informer for
 * each watched namespace, because an item store shared by two informers loses objects (JOSDK
 * 5.3.2).
 */
public final class ObjectSource<R extends HasMetadata, P extends HasMetadata> {
  private final Class<R> kind;
  private final WatchGuard guard;
  private final UnaryOperator<R> kept;
  private final Map<String, SharedInformer<R, P>> byNamespace = new HashMap<>();

  /**
   * @param guard wraps every callback that the informers call
   * @param name of the event source
   * @param keep returns the projection of an object that is cached
   * @param labelSelector of the objects to watch
   * @param page how many objects are listed at once, see {@link Paging}
   * @param mapper the primaries to reconcile after a change
   * @param relevant the updates that trigger a reconciliation
   */
  public ObjectSource(
      EventSourceContext<P> context,
      WatchGuard guard,
      Class<R> kind,
      String name,
      UnaryOperator<R> keep,
      String labelSelector,
      long page,
      SecondaryToPrimaryMapper<R> mapper,
      OnUpdateFilter<R> relevant) {
    this.kind = kind;
    this.guard = guard;
    kept = guard.kept(keep, object -> bare(kind, object));
    Set<String> namespaces =
        context.getControllerConfiguration().getInformerConfig().getNamespaces();
    for (String namespace : namespaces) {
      String suffix = InformerConfiguration.allNamespacesWatched(namespaces) ? "" : "-" + namespace;
      byNamespace.put(
          namespace,
          new SharedInformer<>(
              informer(context, kind, namespace, name + suffix)
                  .withLabelSelector(labelSelector)
                  .withInformerListLimit(page)
                  .withSecondaryToPrimaryMapper(guard.mapper(mapper))
                  .withOnUpdateFilter(guard.filter(relevant))
                  .build(),
              context));
    }
  }

  private InformerEventSourceConfiguration.Builder<R> informer(
      EventSourceContext<P> context, Class<R> kind, String namespace, String name) {
    return InformerEventSourceConfiguration.from(kind, context.getPrimaryResourceClass())
        .withName(name)
        .withNamespaces(Set.of(namespace))
        .withItemStore(new TransformingItemStore<>(kept))
        // the mapper reads the primary's index: a second index is not needed
        .<P>withPrimaryToSecondaryMapper(primary -> Set.of());
  }

  public Stream<SharedInformer<R, P>> eventSources() {
    return byNamespace.values().stream();
  }

  /**
   * An event source for another controller that uses these watches and caches.
   *
   * @param name of that event source
   * @param mapper that controller's primaries to reconcile after a change
   * @param relevant the updates that trigger a reconciliation there
   */
  public <Q extends HasMetadata> Follower<R, Q> follow(
      String name, SecondaryToPrimaryMapper<R> mapper, OnUpdateFilter<R> relevant) {
    Follower<R, Q> follower =
        new Follower<>(kind, name, guard.mapper(mapper), guard.filter(relevant));
    eventSources().forEach(source -> source.add(follower));
    return follower;
  }

  public void addIndexer(String name, Function<? super R, List<String>> indexer) {
    eventSources().forEach(source -> source.addIndexers(Map.of(name, guard.index(indexer))));
  }

  /** The cached projection of an object, including a write of a moment ago. */
  public Optional<R> get(String namespace, String name) {
    return source(namespace).get(new ResourceID(name, namespace));
  }

  public Stream<R> list() {
    return eventSources().flatMap(source -> source.list(object -> true));
  }

  public List<R> byIndex(String index, String key) {
    return eventSources().flatMap(source -> source.byIndex(index, key).stream()).toList();
  }

  /**
   * Writes an object, so that the next {@link #get} sees it and the write does not trigger its own
   * reconciler. Returns the cached projection.
   */
  public R write(R object, UnaryOperator<R> operation) {
    return source(object.getMetadata().getNamespace())
        .eventFilteringUpdateAndCacheResource(object, o -> kept.apply(operation.apply(o)));
  }

  private static <R extends HasMetadata> R bare(Class<R> kind, R whole) {
    HasMetadata bare = whole instanceof Secret ? new Secret() : new ConfigMap();
    bare.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(whole.getMetadata().getNamespace())
            .withName(whole.getMetadata().getName())
            .withUid(whole.getMetadata().getUid())
            .withResourceVersion(whole.getMetadata().getResourceVersion())
            .build());
    return kind.cast(bare);
  }

  private SharedInformer<R, P> source(String namespace) {
    SharedInformer<R, P> own = byNamespace.get(namespace);
    return own == null ? byNamespace.values().iterator().next() : own;
  }
}
