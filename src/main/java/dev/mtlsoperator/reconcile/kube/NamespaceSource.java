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
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Watches Namespaces for their labels and for annotations that admit RootCAs; a change of these
 * triggers reconciliations. It is active only if the operator watches all namespaces: without a
 * ClusterRole it cannot list them, and knows none.
 */
public final class NamespaceSource<P extends HasMetadata> {
  private static final Set<String> ANNOTATIONS =
      Set.of(Api.ACCEPT_TRUST_ANNOTATION, Api.CLUSTER_TRUST_ANNOTATION);

  private static final String NAME = "namespaces";

  private final WatchGuard guard;
  private final Optional<SharedInformer<Namespace, P>> source;

  /**
   * @param mapper the primaries to reconcile after a namespace appears, changes or disappears
   */
  public NamespaceSource(
      EventSourceContext<P> context,
      WatchScope scope,
      WatchGuard guard,
      SecondaryToPrimaryMapper<Namespace> mapper) {
    this.guard = guard;
    source =
        scope.isAll()
            ? Optional.of(
                new SharedInformer<>(
                    InformerEventSourceConfiguration.from(
                            Namespace.class, context.getPrimaryResourceClass())
                        .withName(NAME)
                        .withInformerListLimit(Paging.PAGE)
                        .withItemStore(new TransformingItemStore<>(NamespaceSource::slim))
                        .withSecondaryToPrimaryMapper(guard.mapper(mapper))
                        .<P>withPrimaryToSecondaryMapper(primary -> Set.of())
                        .withOnUpdateFilter(guard.filter(NamespaceSource::saysSomethingElse))
                        .build(),
                    context))
            : Optional.empty();
  }

  /** One event source, or none if namespaces are not watched. */
  public Stream<SharedInformer<Namespace, P>> eventSources() {
    return source.stream();
  }

  /**
   * An event source for another controller that uses this watch, or none if namespaces are not
   * watched.
   *
   * @param mapper that controller's primaries to reconcile after a change of a namespace
   */
  public <Q extends HasMetadata> Stream<Follower<Namespace, Q>> follow(
      SecondaryToPrimaryMapper<Namespace> mapper) {
    return source.stream()
        .map(
            informer ->
                informer.follow(
                    Namespace.class,
                    NAME,
                    guard.mapper(mapper),
                    guard.filter(NamespaceSource::saysSomethingElse)));
  }

  /**
   * The labels of a namespace; empty if there is no such namespace, or namespaces are not watched.
   */
  public Optional<Map<String, String>> labels(String namespace) {
    return get(namespace).map(found -> orEmpty(found.getMetadata().getLabels()));
  }

  /** Whether a namespace is being deleted. */
  public boolean isGoing(String namespace) {
    return get(namespace).filter(TrustTargets::isTerminating).isPresent();
  }

  /** All namespaces, as {@link #slim} leaves them. */
  public Stream<Namespace> all() {
    return source.stream().flatMap(SharedInformer::list);
  }

  /** One namespace; empty if there is no such namespace, or namespaces are not watched. */
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
   * The cached part of a namespace: all labels, since selectors may use any of them; only those
   * annotations that are read; and the time of deletion.
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
