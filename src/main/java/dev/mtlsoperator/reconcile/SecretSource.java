package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.secret.Redaction;
import io.fabric8.kubernetes.api.model.HasMetadata;
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
 * A watch on Secrets with a label, whose cache holds no key, password or keystore. One informer a
 * watched namespace, because an item store that two informers share loses objects (JOSDK 5.3.2).
 */
final class SecretSource<P extends HasMetadata> {
  private final Map<String, InformerEventSource<Secret, P>> byNamespace = new HashMap<>();

  /**
   * @param name of the event source
   * @param labelSelector which Secrets
   * @param mapper whom a change wakes
   * @param relevant which updates wake
   */
  SecretSource(
      EventSourceContext<P> context,
      String name,
      String labelSelector,
      SecondaryToPrimaryMapper<Secret> mapper,
      OnUpdateFilter<Secret> relevant) {
    Set<String> namespaces =
        context.getControllerConfiguration().getInformerConfig().getNamespaces();
    for (String namespace : namespaces) {
      String suffix = InformerConfiguration.allNamespacesWatched(namespaces) ? "" : "-" + namespace;
      byNamespace.put(
          namespace,
          new InformerEventSource<>(
              InformerEventSourceConfiguration.from(Secret.class, context.getPrimaryResourceClass())
                  .withName(name + suffix)
                  .withNamespaces(Set.of(namespace))
                  .withLabelSelector(labelSelector)
                  .withInformerListLimit(Paging.PAGE)
                  .withItemStore(new TransformingItemStore<>(Redaction::of))
                  .withSecondaryToPrimaryMapper(mapper)
                  // the mapper reads the primary's index: no second index is wanted
                  .<P>withPrimaryToSecondaryMapper(primary -> Set.of())
                  .withOnUpdateFilter(relevant)
                  .build(),
              context));
    }
  }

  Stream<InformerEventSource<Secret, P>> eventSources() {
    return byNamespace.values().stream();
  }

  void addIndexer(String name, Function<? super Secret, List<String>> indexer) {
    eventSources().forEach(source -> source.addIndexers(Map.of(name, indexer::apply)));
  }

  /** The redacted Secret as last seen, also when it was written a moment ago. */
  Optional<Secret> get(String namespace, String name) {
    return source(namespace).get(new ResourceID(name, namespace));
  }

  Stream<Secret> list() {
    return eventSources().flatMap(source -> source.list(secret -> true));
  }

  List<Secret> byIndex(String index, String key) {
    return eventSources().flatMap(source -> source.byIndex(index, key).stream()).toList();
  }

  /**
   * Writes a Secret, so that the next {@link #get} sees it and the write does not wake its own
   * reconciler. Returns it redacted.
   */
  Secret write(Secret secret, UnaryOperator<Secret> operation) {
    return source(secret.getMetadata().getNamespace())
        .eventFilteringUpdateAndCacheResource(secret, s -> Redaction.of(operation.apply(s)));
  }

  private InformerEventSource<Secret, P> source(String namespace) {
    InformerEventSource<Secret, P> own = byNamespace.get(namespace);
    return own == null ? byNamespace.values().iterator().next() : own;
  }
}
