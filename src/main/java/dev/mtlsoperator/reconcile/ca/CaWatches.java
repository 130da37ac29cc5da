package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ca.AdditionalTrust;
import dev.mtlsoperator.api.ca.ImportSource;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.TrustInputRef;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.kube.NamespaceSource;
import dev.mtlsoperator.reconcile.kube.ObjectSource;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.WatchGuard;
import dev.mtlsoperator.reconcile.trust.SplitNames;
import dev.mtlsoperator.reconcile.trust.TrustAttempts;
import dev.mtlsoperator.reconcile.trust.TrustWatches;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.cache.CacheProjection;
import dev.mtlsoperator.secret.cache.RedactedSecret;
import dev.mtlsoperator.secret.trust.TrustCopy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The event sources that trigger the reconciler of RootCAs, in addition to the RootCAs themselves.
 * {@link CaCaches} reads their caches.
 *
 * @param inputs Secrets whose owners consented to their being read
 * @param inputMaps ConfigMaps whose owners consented to their being read
 * @param generations Secrets of generations, and copies of trust bundles in Secrets
 * @param bundles trust ConfigMaps, and copies of trust bundles in ConfigMaps
 * @param trust all copies of trust bundles
 */
record CaWatches(
    ObjectSource<Secret, RootCA> inputs,
    ObjectSource<ConfigMap, RootCA> inputMaps,
    ObjectSource<Secret, RootCA> generations,
    ObjectSource<ConfigMap, RootCA> bundles,
    NamespaceSource<RootCA> namespaces,
    TrustWatches trust) {
  /** Generations, trust ConfigMaps, and further copies. */
  private static final String SELECTOR = Keys.KIND_LABEL + " in (RootCA," + Keys.TRUST_BUNDLE + ")";

  private static final String BY_INPUT_SECRET = "input-secret";
  private static final String BY_INPUT_MAP = "input-map";

  /**
   * Creates the event sources.
   *
   * @param attempts tells which places are held back for a while
   */
  static CaWatches of(
      EventSourceContext<RootCA> context, ReconcileContext shared, TrustAttempts attempts) {
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
    ObjectSource<Secret, RootCA> inputs = inputs(context, cas, guard);
    ObjectSource<ConfigMap, RootCA> inputMaps = inputMaps(context, cas, shared);
    // leaves have their own event sources
    NamespaceSource<RootCA> namespaces =
        new NamespaceSource<>(context, shared.scope(), guard, n -> TrustWatches.reachingOut(cas));
    SplitNames splitNames = new SplitNames();
    CaEventMapper mapper =
        new CaEventMapper(
            cas,
            shared.seal(),
            guard,
            namespaces::get,
            splitNames,
            (ca, place) -> attempts.isHeld(ca, place, shared.now()));
    ObjectSource<Secret, RootCA> generations = generations(context, shared, mapper);
    ObjectSource<ConfigMap, RootCA> bundles = bundles(context, shared, mapper);
    return new CaWatches(
        inputs,
        inputMaps,
        generations,
        bundles,
        namespaces,
        new TrustWatches(
            context, shared, namespaces, bundles, generations, splitNames, mapper::of));
  }

  private static ObjectSource<Secret, RootCA> inputs(
      EventSourceContext<RootCA> context, IndexerResourceCache<RootCA> cas, WatchGuard guard) {
    return new ObjectSource<>(
        context,
        guard,
        Secret.class,
        "inputs",
        RedactedSecret::ofOthers,
        Api.INPUT_LABEL + "=true",
        Paging.OF_FEW,
        secret -> wake(cas, BY_INPUT_SECRET, secret),
        (now, before) -> !SecretData.digest(now).equals(SecretData.digest(before)));
  }

  private static ObjectSource<ConfigMap, RootCA> inputMaps(
      EventSourceContext<RootCA> context,
      IndexerResourceCache<RootCA> cas,
      ReconcileContext shared) {
    Seal seal = shared.seal();
    return new ObjectSource<>(
        context,
        shared.guard(),
        ConfigMap.class,
        "input-maps",
        map -> CacheProjection.of(map, seal),
        Api.INPUT_LABEL + "=true",
        Paging.OF_FEW,
        map -> wake(cas, BY_INPUT_MAP, map),
        (now, before) -> !TrustCopy.content(now).equals(TrustCopy.content(before)));
  }

  private static ObjectSource<Secret, RootCA> generations(
      EventSourceContext<RootCA> context, ReconcileContext shared, CaEventMapper mapper) {
    Seal seal = shared.seal();
    ObjectSource<Secret, RootCA> generations =
        new ObjectSource<>(
            context,
            shared.guard(),
            Secret.class,
            "generations",
            secret -> CacheProjection.of(secret, seal),
            SELECTOR,
            Paging.OF_FEW,
            mapper::of,
            (now, before) -> true);
    generations.addIndexer(GenerationSecrets.INDEX, GenerationSecrets::indexKeys);
    return generations;
  }

  private static ObjectSource<ConfigMap, RootCA> bundles(
      EventSourceContext<RootCA> context, ReconcileContext shared, CaEventMapper mapper) {
    Seal seal = shared.seal();
    return new ObjectSource<>(
        context,
        shared.guard(),
        ConfigMap.class,
        "bundles",
        map -> CacheProjection.of(map, seal),
        SELECTOR,
        Paging.OF_FEW,
        mapper::of,
        (now, before) -> true);
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

  private static List<String> inputSecrets(RootCA ca) {
    List<String> all = new ArrayList<>(additionalTrust(ca, AdditionalTrust::secretRef));
    ImportSource source = ca.getSpec().importFrom();
    if (source != null) {
      all.add(GenerationSecrets.indexKey(ca.getMetadata().getNamespace(), source.secretName()));
    }
    return all;
  }

  private static List<String> additionalTrust(
      RootCA ca, Function<AdditionalTrust, @Nullable TrustInputRef> reference) {
    return ca.getSpec().additionalTrust().stream()
        .map(reference)
        .filter(Objects::nonNull)
        .map(ref -> GenerationSecrets.indexKey(ca.getMetadata().getNamespace(), ref.name()))
        .toList();
  }
}
