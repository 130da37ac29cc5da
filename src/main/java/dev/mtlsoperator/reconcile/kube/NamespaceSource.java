package dev.mtlsoperator.reconcile.kube;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A watch on Namespaces, for their labels and what their annotations allow RootCAs; a change of
 * these wakes. Only where all namespaces are watched: with Roles alone nobody may list them, and
 * nothing is known.
 */
public final class NamespaceSource<P extends HasMetadata> {
  private static final Set<String> ANNOTATIONS =
      Set.of(Api.ACCEPT_TRUST_ANNOTATION, Api.CLUSTER_TRUST_ANNOTATION);

  private final Optional<InformerEventSource<Namespace, P>> source;

  /**
   * @param mapper whom a namespace that comes, goes or changes wakes
   */
  public NamespaceSource(
      EventSourceContext<P> context,
      WatchScope scope,
      WatchGuard guard,
      SecondaryToPrimaryMapper<Namespace> mapper) {
    source =
        scope.isAll()
            ? Optional.of(
                new InformerEventSource<>(
                    InformerEventSourceConfiguration.from(
                            Namespace.class, context.getPrimaryResourceClass())
                        .withName("namespaces")
                        .withInformerListLimit(Paging.PAGE)
                        .withItemStore(new TransformingItemStore<>(NamespaceSource::slim))
                        .withSecondaryToPrimaryMapper(guard.mapper(mapper))
                        .<P>withPrimaryToSecondaryMapper(primary -> Set.of())
                        .withOnUpdateFilter(guard.filter(NamespaceSource::saysSomethingElse))
                        .build(),
                    context))
            : Optional.empty();
  }

  /** None or one. */
  public Stream<InformerEventSource<Namespace, P>> eventSources() {
    return source.stream();
  }

  /** Its labels; empty: there is no such namespace, or namespaces are not watched. */
  public Optional<Map<String, String>> labels(String namespace) {
    return get(namespace).map(found -> orEmpty(found.getMetadata().getLabels()));
  }

  /** Whether it is being deleted. */
  public boolean isGoing(String namespace) {
    return get(namespace).filter(TrustTargets::isTerminating).isPresent();
  }

  /** All of them, {@link #slim}. */
  public Stream<Namespace> all() {
    return source.stream().flatMap(InformerEventSource::list);
  }

  /** The same of one; empty: there is no such namespace, or namespaces are not watched. */
  public Optional<Namespace> get(String namespace) {
    return source.flatMap(informer -> informer.get(new ResourceID(namespace)));
  }

  private static boolean saysSomethingElse(Namespace now, Namespace before) {
    ObjectMeta is = now.getMetadata();
    ObjectMeta was = before.getMetadata();
    return !orEmpty(is.getLabels()).equals(orEmpty(was.getLabels()))
        || !allowing(is).equals(allowing(was))
        || !Objects.equals(is.getDeletionTimestamp(), was.getDeletionTimestamp());
  }

  /**
   * What is kept of a namespace: its labels, since any of them may be selected by; of annotations
   * only those that are read, whatever deployment tools leave in others; and the time of deletion.
   */
  static Namespace slim(Namespace found) {
    ObjectMeta metadata = found.getMetadata();
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .withResourceVersion(metadata.getResourceVersion())
        .withDeletionTimestamp(metadata.getDeletionTimestamp())
        .withLabels(metadata.getLabels())
        .withAnnotations(allowing(metadata))
        .endMetadata()
        .build();
  }

  private static Map<String, String> allowing(ObjectMeta metadata) {
    Map<String, String> kept = new HashMap<>(orEmpty(metadata.getAnnotations()));
    kept.keySet().retainAll(ANNOTATIONS);
    return kept;
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> some) {
    return some == null ? Map.of() : some;
  }
}
