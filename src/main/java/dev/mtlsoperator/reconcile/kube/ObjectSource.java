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
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
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
 * A watch on objects of others with a label, whose cache holds only what may and has to be kept of
 * them. One informer a watched namespace, because an item store that two informers share loses
 * objects (JOSDK 5.3.2).
 */
public final class ObjectSource<R extends HasMetadata, P extends HasMetadata> {
  private final WatchGuard guard;
  private final UnaryOperator<R> kept;
  private final Map<String, InformerEventSource<R, P>> byNamespace = new HashMap<>();

  /**
   * @param guard around all that the informers call
   * @param name of the event source
   * @param keep a copy of an object with what is kept of it
   * @param labelSelector which objects
   * @param page how many are read at once, see {@link Paging}
   * @param mapper whom a change wakes
   * @param relevant which updates wake
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
    this.guard = guard;
    kept = guard.kept(keep, object -> bare(kind, object));
    Set<String> namespaces =
        context.getControllerConfiguration().getInformerConfig().getNamespaces();
    for (String namespace : namespaces) {
      String suffix = InformerConfiguration.allNamespacesWatched(namespaces) ? "" : "-" + namespace;
      byNamespace.put(
          namespace,
          new InformerEventSource<>(
              InformerEventSourceConfiguration.from(kind, context.getPrimaryResourceClass())
                  .withName(name + suffix)
                  .withNamespaces(Set.of(namespace))
                  .withLabelSelector(labelSelector)
                  .withInformerListLimit(page)
                  .withItemStore(new TransformingItemStore<>(kept))
                  .withSecondaryToPrimaryMapper(guard.mapper(mapper))
                  // the mapper reads the primary's index: no second index is wanted
                  .<P>withPrimaryToSecondaryMapper(primary -> Set.of())
                  .withOnUpdateFilter(guard.filter(relevant))
                  .build(),
              context));
    }
  }

  public Stream<InformerEventSource<R, P>> eventSources() {
    return byNamespace.values().stream();
  }

  public void addIndexer(String name, Function<? super R, List<String>> indexer) {
    eventSources().forEach(source -> source.addIndexers(Map.of(name, guard.index(indexer))));
  }

  /** What is kept of an object as last seen, also when it was written a moment ago. */
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
   * Writes an object, so that the next {@link #get} sees it and the write does not wake its own
   * reconciler. Returns what is kept of it.
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

  private InformerEventSource<R, P> source(String namespace) {
    InformerEventSource<R, P> own = byNamespace.get(namespace);
    return own == null ? byNamespace.values().iterator().next() : own;
  }
}
