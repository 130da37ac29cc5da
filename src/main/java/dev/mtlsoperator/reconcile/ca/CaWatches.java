package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.NamespaceSource;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.reconcile.trust.TrustAttempts;
import dev.mtlsoperator.reconcile.trust.TrustDistribution;
import dev.mtlsoperator.reconcile.trust.TrustObserver;
import dev.mtlsoperator.reconcile.trust.TrustWatches;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.cache.CacheProjection;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.trust.TrustCopy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that wakes the reconciler of RootCAs beside the RootCA itself: its generations and its trust
 * ConfigMap.
 */
final class CaWatches {
  /** Generations, trust ConfigMaps, and further copies. */
  private static final String SELECTOR = Keys.KIND_LABEL + " in (RootCA," + Keys.TRUST_BUNDLE + ")";

  private static final String BY_INPUT_SECRET = "input-secret";
  private static final String BY_INPUT_MAP = "input-map";

  private final ObjectSource<Secret, RootCA> inputs;
  private final ObjectSource<ConfigMap, RootCA> inputMaps;
  private final ObjectSource<Secret, RootCA> generations;
  private final ObjectSource<ConfigMap, RootCA> bundles;
  private final NamespaceSource<RootCA> namespaces;
  private final Admission admission;
  private final TrustWatches trust;
  private final TrustAttempts attempts = new TrustAttempts();
  private final TrustObserver copies;
  private final TrustDistribution distribution;
  private final AdditionalTrustInputs additionalTrust;

  CaWatches(EventSourceContext<RootCA> context, ReconcileContext shared) {
    WatchGuard guard = shared.guard();
    IndexerResourceCache<RootCA> cas = context.getPrimaryCache();
    cas.addIndexers(
        Map.of(
            BY_INPUT_SECRET,
            guard.index(CaWatches::inputSecrets),
            BY_INPUT_MAP,
            guard.index(ca -> additionalTrust(ca, AdditionalTrust::configMapRef)),
            PrimaryFilters.SLIM,
            guard.index(PrimaryFilters::index)));
    Seal seal = shared.seal();
    inputs =
        new ObjectSource<>(
            context,
            guard,
            Secret.class,
            "inputs",
            RedactedSecret::ofOthers,
            Api.INPUT_LABEL + "=true",
            Paging.OF_FEW,
            secret -> wake(cas, BY_INPUT_SECRET, secret),
            (now, before) -> !SecretData.digest(now).equals(SecretData.digest(before)));
    inputMaps =
        new ObjectSource<>(
            context,
            guard,
            ConfigMap.class,
            "input-maps",
            map -> CacheProjection.of(map, seal),
            Api.INPUT_LABEL + "=true",
            Paging.OF_FEW,
            map -> wake(cas, BY_INPUT_MAP, map),
            (now, before) -> !TrustCopy.content(now).equals(TrustCopy.content(before)));
    CaEventMapper concerns =
        new CaEventMapper(
            cas,
            seal,
            guard,
            this::namespace,
            (ca, place) -> attempts.isHeld(ca, place, shared.now()));
    generations =
        new ObjectSource<>(
            context,
            guard,
            Secret.class,
            "generations",
            secret -> CacheProjection.of(secret, seal),
            SELECTOR,
            Paging.OF_FEW,
            concerns::of,
            (now, before) -> true);
    generations.addIndexer(
        GenerationSecrets.INDEX,
        secret ->
            SecretData.label(secret, Keys.KIND_LABEL).equals(Optional.of(Keys.TRUST_BUNDLE))
                ? List.of()
                : GenerationSecrets.indexKeys(secret));
    bundles =
        new ObjectSource<>(
            context,
            guard,
            ConfigMap.class,
            "bundles",
            map -> CacheProjection.of(map, seal),
            SELECTOR,
            Paging.OF_FEW,
            concerns::of,
            (now, before) -> true);
    // leaves are woken themselves
    namespaces =
        new NamespaceSource<>(context, shared.scope(), guard, n -> TrustWatches.reachingOut(cas));
    admission = new Admission(shared.scope(), namespaces::labels, namespaces::isGoing);
    trust = new TrustWatches(context, shared, namespaces, bundles, generations, concerns::of);
    copies = new TrustObserver(trust, attempts, shared);
    distribution = new TrustDistribution(trust, attempts, shared);
    additionalTrust = new AdditionalTrustInputs(this, shared);
  }

  private static Set<ResourceID> wake(
      IndexerResourceCache<RootCA> cas, String index, HasMetadata input) {
    return cas
        .byIndex(
            index,
            GenerationSecrets.indexKey(
                input.getMetadata().getNamespace(), input.getMetadata().getName()))
        .stream()
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  private static List<String> additionalTrust(
      RootCA ca, Function<AdditionalTrust, @Nullable TrustInputRef> reference) {
    return ca.getSpec().additionalTrust().stream()
        .map(reference)
        .filter(Objects::nonNull)
        .map(ref -> GenerationSecrets.indexKey(ca.getMetadata().getNamespace(), ref.name()))
        .toList();
  }

  /** A ConfigMap with the label of an input, abridged. */
  Optional<ConfigMap> inputMap(String namespace, String name) {
    return inputMaps.get(namespace, name);
  }

  /** Who reads the certificates of others. */
  AdditionalTrustInputs additionalTrust() {
    return additionalTrust;
  }

  /** The further copies of trust bundles, as the caches know them. */
  TrustWatches trust() {
    return trust;
  }

  /** Who looks at them. */
  TrustObserver copies() {
    return copies;
  }

  /** What came of writing them. */
  TrustAttempts attempts() {
    return attempts;
  }

  /** Who writes them. */
  TrustDistribution distribution() {
    return distribution;
  }

  // asked for events, which come when all is set up
  private Optional<Namespace> namespace(String name) {
    return namespaces.get(name);
  }

  /** Who may refer to a RootCA. */
  Admission admission() {
    return admission;
  }

  List<EventSource<?, RootCA>> eventSources() {
    List<EventSource<?, RootCA>> all = new ArrayList<>();
    generations.eventSources().forEach(all::add);
    bundles.eventSources().forEach(all::add);
    namespaces.eventSources().forEach(all::add);
    inputs.eventSources().forEach(all::add);
    inputMaps.eventSources().forEach(all::add);
    trust.eventSources().forEach(all::add);
    return all;
  }

  /** Those with the label, redacted. */
  List<Secret> generations(RootCA ca) {
    return generations.byIndex(
        GenerationSecrets.INDEX,
        GenerationSecrets.indexKey(ca.getMetadata().getNamespace(), ca.getMetadata().getName()));
  }

  /** A Secret whose owner consented that it is read, redacted. */
  Optional<Secret> input(String namespace, String name) {
    return inputs.get(namespace, name);
  }

  private static List<String> inputSecrets(RootCA ca) {
    List<String> all = new ArrayList<>(additionalTrust(ca, AdditionalTrust::secretRef));
    ImportSource source = ca.getSpec().importFrom();
    if (source != null) {
      all.add(GenerationSecrets.indexKey(ca.getMetadata().getNamespace(), source.secretName()));
    }
    return all;
  }

  /** A trust ConfigMap, abridged. */
  Optional<ConfigMap> bundle(String namespace, String name) {
    return bundles.get(namespace, name);
  }

  Secret writeGeneration(Secret secret, UnaryOperator<Secret> operation) {
    return generations.write(secret, operation);
  }

  ConfigMap writeBundle(ConfigMap map, UnaryOperator<ConfigMap> operation) {
    return bundles.write(map, operation);
  }
}
