package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustBundle;
import dev.mtlsoperator.api.ca.TrustBundleKind;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.reconcile.trust.SplitNames;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.trust.SplitObjects;
import dev.mtlsoperator.secret.trust.TrustCopy;
import dev.mtlsoperator.secret.trust.TrustPlace;
import dev.mtlsoperator.secret.trust.TrustTargets;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Maps a changed object to the RootCAs that it may concern. Labels count only in the RootCA's own
 * namespace, because any tenant can label an object with a RootCA of another namespace and would
 * trigger it again and again. In other namespaces, the object must bear the seal, or a copy must be
 * wanted at its place. Neither counts while the place is held back; its RootCA looks again
 * afterwards.
 */
final class CaEventMapper {
  private static final String BY_BUNDLE = "trust-bundle";

  private final IndexerResourceCache<RootCA> cas;
  private final Seal seal;
  private final Function<String, Optional<Namespace>> namespaces;
  private final SplitNames splitNames;
  private final BiPredicate<RootCA, TrustPlace> held;

  /**
   * @param guard wraps the index
   * @param namespaces by name, as far as known
   * @param splitNames the names of the objects of split bundles
   * @param held places that are not looked at now, whatever changes there
   */
  CaEventMapper(
      IndexerResourceCache<RootCA> cas,
      Seal seal,
      WatchGuard guard,
      Function<String, Optional<Namespace>> namespaces,
      SplitNames splitNames,
      BiPredicate<RootCA, TrustPlace> held) {
    this.cas = cas;
    this.seal = seal;
    this.namespaces = namespaces;
    this.splitNames = splitNames;
    this.held = held;
    cas.addIndexers(Map.of(BY_BUNDLE, guard.index(CaEventMapper::bundles)));
  }

  /**
   * The RootCAs of a generation, a trust ConfigMap, a copy of a trust bundle, or an object that
   * claims to be one.
   */
  Set<ResourceID> of(HasMetadata object) {
    Set<ResourceID> all = new HashSet<>(beside(object));
    TrustPlace.of(object)
        .ifPresent(
            place -> {
              TrustCopy.notes(object, seal)
                  .map(notes -> new ResourceID(notes.rootCA(), notes.namespace()))
                  .filter(id -> cas.get(id).filter(ca -> isHeld(ca, place)).isEmpty())
                  .ifPresent(all::add);
              askingFor(place)
                  .filter(ca -> isWanted(ca, place) && !isHeld(ca, place))
                  .map(ResourceID::fromResource)
                  .forEach(all::add);
            });
    return all;
  }

  private static Set<ResourceID> beside(HasMetadata object) {
    String namespace = object.getMetadata().getNamespace();
    Map<String, String> labels = object.getMetadata().getLabels();
    String name = labels == null ? null : labels.get(Keys.ROOT_CA_LABEL);
    return namespace == null
            || name == null
            || !namespace.equals(labels.getOrDefault(Keys.ROOT_CA_NAMESPACE_LABEL, namespace))
        ? Set.of()
        : Set.of(new ResourceID(name, namespace));
  }

  private Stream<RootCA> askingFor(TrustPlace place) {
    return Stream.concat(
        cas.byIndex(BY_BUNDLE, key(place.kind(), place.name())).stream(),
        SplitObjects.bundle(place.name()).stream()
            .flatMap(bundle -> cas.byIndex(BY_BUNDLE, key(place.kind(), bundle)).stream()));
  }

  private boolean isWanted(RootCA ca, TrustPlace place) {
    String own = ca.getMetadata().getNamespace();
    return place.isIn(own)
        || namespaces
            .apply(place.namespace())
            .filter(
                namespace ->
                    ca.getSpec().trustBundles().stream()
                        .filter(b -> b.kind() == place.kind() && isNamed(ca, b, place.name()))
                        .anyMatch(b -> TrustTargets.reaches(own, b, namespace)))
            .isPresent();
  }

  private boolean isNamed(RootCA ca, TrustBundle bundle, String name) {
    return bundle.isSplit()
        ? SplitObjects.bundle(name).filter(bundle.name()::equals).isPresent()
            && splitNames.include(ca, name)
        : bundle.name().equals(name);
  }

  private boolean isHeld(RootCA ca, TrustPlace place) {
    return !place.isIn(ca.getMetadata().getNamespace()) && held.test(ca, place);
  }

  private static List<String> bundles(RootCA ca) {
    return ca.getSpec().trustBundles().stream()
        .map(bundle -> key(bundle.kind(), placeName(ca, bundle)))
        .toList();
  }

  private static String placeName(RootCA ca, TrustBundle bundle) {
    return bundle.kind() == TrustBundleKind.ClusterTrustBundle
        ? TrustPlace.ofCluster(ca.getMetadata().getNamespace(), bundle.name()).name()
        : bundle.name();
  }

  private static String key(TrustBundleKind kind, String name) {
    return kind + "/" + name;
  }
}
