package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.NamespaceSource;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.GroupVersionKind;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.SecondaryToPrimaryMapper;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The further copies of trust bundles and the namespaces that they may be in, as cached. ConfigMaps
 * and Secrets use the watches that exist anyway; namespaces and ClusterTrustBundles are watched
 * only if the operator watches the whole cluster.
 */
public final class TrustWatches {
  /** Index on {@link ObjectSource}s and informers: sealed copies by RootCA. */
  private static final String INDEX = "trust-copies";

  private static final String REACHING_OUT = "reaching-out";
  private static final String ALL = "all";

  private final IndexerResourceCache<RootCA> rootCAs;
  private final ObjectSource<ConfigMap, RootCA> configMaps;
  private final ObjectSource<Secret, RootCA> secrets;
  private final NamespaceSource<RootCA> namespaces;
  private final WatchScope scope;
  private final Seal seal;
  private final SplitNames splitNames;
  private final Optional<InformerEventSource<GenericKubernetesResource, RootCA>> clusterBundles;
  private final Optional<String> clusterVersion;

  public TrustWatches(
      EventSourceContext<RootCA> context,
      ReconcileContext shared,
      NamespaceSource<RootCA> namespaces,
      ObjectSource<ConfigMap, RootCA> configMaps,
      ObjectSource<Secret, RootCA> secrets,
      SplitNames splitNames,
      SecondaryToPrimaryMapper<HasMetadata> mapper) {
    this.splitNames = splitNames;
    this.configMaps = configMaps;
    this.secrets = secrets;
    scope = shared.scope();
    seal = shared.seal();
    rootCAs = context.getPrimaryCache();
    WatchGuard guard = shared.guard();
    rootCAs.addIndexers(Map.of(REACHING_OUT, guard.index(TrustWatches::reachesOut)));
    configMaps.addIndexer(INDEX, this::indexKeys);
    secrets.addIndexer(INDEX, this::indexKeys);
    this.namespaces = namespaces;
    clusterVersion =
        scope.isAll() ? ClusterTrustBundles.version(context.getClient()) : Optional.empty();
    clusterBundles = clusterVersion.map(version -> clusterBundles(context, version, guard, mapper));
    clusterBundles.ifPresent(
        source -> source.addIndexers(Map.of(INDEX, guard.index(this::indexKeys))));
  }

  private static InformerEventSource<GenericKubernetesResource, RootCA> clusterBundles(
      EventSourceContext<RootCA> context,
      String version,
      WatchGuard guard,
      SecondaryToPrimaryMapper<HasMetadata> mapper) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(
                new GroupVersionKind(ClusterTrustBundles.GROUP, version, ClusterTrustBundles.KIND),
                RootCA.class)
            .withName("cluster-trust-bundles")
            .withWatchAllNamespaces()
            .withInformerListLimit(Paging.PAGE)
            .withLabelSelector(Keys.KIND_LABEL + "=" + Keys.TRUST_BUNDLE)
            .withSecondaryToPrimaryMapper(
                guard.<GenericKubernetesResource>mapper(mapper::toPrimaryResourceIDs))
            .<RootCA>withPrimaryToSecondaryMapper(ca -> Set.of())
            .build(),
        context);
  }

  /** The event sources that this class creates, in addition to those it was given. */
  public Stream<EventSource<?, RootCA>> eventSources() {
    return clusterBundles.stream().map(source -> source);
  }

  /** The RootCAs that a change of a namespace may concern. */
  public static Set<ResourceID> reachingOut(IndexerResourceCache<RootCA> rootCAs) {
    return rootCAs.byIndex(REACHING_OUT, ALL).stream()
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  /** All namespaces; empty: only those that the operator was configured with are known. */
  Optional<Collection<Namespace>> namespaces() {
    return scope.isAll() ? Optional.of(namespaces.all().toList()) : Optional.empty();
  }

  /** The names that the objects of split bundles have. */
  SplitNames splitNames() {
    return splitNames;
  }

  WatchScope scope() {
    return scope;
  }

  TrustTargets.ClusterApi clusterApi() {
    return clusterVersion.isPresent()
        ? TrustTargets.ClusterApi.SERVED
        : TrustTargets.ClusterApi.MISSING;
  }

  /** {@code apiVersion} of ClusterTrustBundles. */
  Optional<String> clusterApiVersion() {
    return clusterVersion.map(version -> ClusterTrustBundles.GROUP + "/" + version);
  }

  /** The object with our labels at a place, including a write of a moment ago. */
  Optional<HasMetadata> get(TrustPlace place) {
    return switch (place.kind()) {
      case ConfigMap ->
          configMaps.get(place.namespace(), place.name()).map(HasMetadata.class::cast);
      case Secret -> secrets.get(place.namespace(), place.name()).map(HasMetadata.class::cast);
      case ClusterTrustBundle ->
          clusterBundles
              .flatMap(source -> source.get(new ResourceID(place.name())))
              .map(HasMetadata.class::cast);
    };
  }

  /** All objects that are sealed as a RootCA's copies. */
  List<HasMetadata> of(RootCA ca) {
    String key =
        GenerationSecrets.indexKey(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
    List<HasMetadata> all = new ArrayList<>(configMaps.byIndex(INDEX, key));
    all.addAll(secrets.byIndex(INDEX, key));
    clusterBundles.ifPresent(source -> all.addAll(source.byIndex(INDEX, key)));
    return all;
  }

  /** All objects that are sealed as copies. */
  public Stream<HasMetadata> all() {
    return Stream.of(
            configMaps.list(),
            secrets.list(),
            clusterBundles.stream().flatMap(source -> source.list(bundle -> true)))
        .flatMap(some -> some)
        .map(HasMetadata.class::cast)
        .filter(object -> TrustCopy.notes(object, seal).isPresent());
  }

  public Optional<RootCA> rootCA(String namespace, String name) {
    return rootCAs.get(new ResourceID(name, namespace));
  }

  /** Writes an object, so that the next {@link #get} sees it and the write triggers no RootCA. */
  void write(HasMetadata object, UnaryOperator<HasMetadata> operation) {
    if (object instanceof ConfigMap map) {
      configMaps.write(map, m -> (ConfigMap) operation.apply(m));
    } else if (object instanceof Secret secret) {
      secrets.write(secret, s -> (Secret) operation.apply(s));
    } else {
      clusterBundles
          .orElseThrow()
          .eventFilteringUpdateAndCacheResource(
              (GenericKubernetesResource) object,
              o -> (GenericKubernetesResource) operation.apply(o));
    }
  }

  private static List<String> reachesOut(RootCA ca) {
    return isReachingOut(ca) ? List.of(ALL) : List.of();
  }

  /** Whether copies of its trust bundle may belong outside the RootCA's own namespace. */
  static boolean isReachingOut(RootCA ca) {
    return ca.getSpec().trustBundles().stream().anyMatch(TrustWatches::dependsOnNamespaces);
  }

  private static boolean dependsOnNamespaces(TrustBundle bundle) {
    return bundle.kind() == TrustBundleKind.ClusterTrustBundle
        || bundle.effectiveNamespaces().reachOut();
  }

  private List<String> indexKeys(HasMetadata object) {
    return TrustCopy.notes(object, seal)
        .map(notes -> List.of(GenerationSecrets.indexKey(notes.namespace(), notes.rootCA())))
        .orElse(List.of());
  }
}
