package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.AdditionalTrust;
import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ImportSource;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.api.TrustInputRef;
import dev.mtlsoperator.secret.Abridged;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.Redaction;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.TrustCopy;
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

  CaWatches(EventSourceContext<RootCA> context, Surroundings surroundings) {
    WatchGuard guard = surroundings.guard();
    IndexerResourceCache<RootCA> cas = context.getPrimaryCache();
    cas.addIndexers(
        Map.of(
            BY_INPUT_SECRET,
            guard.index(CaWatches::inputSecrets),
            BY_INPUT_MAP,
            guard.index(ca -> additionalTrust(ca, AdditionalTrust::configMapRef)),
            PrimaryFilters.SLIM,
            guard.index(PrimaryFilters::index)));
    Seal seal = surroundings.seal();
    inputs =
        new ObjectSource<>(
            context,
            guard,
            Secret.class,
            "inputs",
            Redaction::ofOthers,
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
            map -> Abridged.of(map, seal),
            Api.INPUT_LABEL + "=true",
            Paging.OF_FEW,
            map -> wake(cas, BY_INPUT_MAP, map),
            (now, before) -> !TrustCopy.content(now).equals(TrustCopy.content(before)));
    CaConcerns concerns =
        new CaConcerns(
            cas,
            seal,
            guard,
            this::namespace,
            (ca, place) -> attempts.isHeld(ca, place, surroundings.now()));
    generations =
        new ObjectSource<>(
            context,
            guard,
            Secret.class,
            "generations",
            secret -> Abridged.of(secret, seal),
            SELECTOR,
            Paging.OF_FEW,
            concerns::of,
            (now, before) -> true);
    generations.addIndexer(
        Generations.INDEX,
        secret ->
            SecretData.label(secret, Keys.KIND_LABEL).equals(Optional.of(Keys.TRUST_BUNDLE))
                ? List.of()
                : Generations.indexKeys(secret));
    bundles =
        new ObjectSource<>(
            context,
            guard,
            ConfigMap.class,
            "bundles",
            map -> Abridged.of(map, seal),
            SELECTOR,
            Paging.OF_FEW,
            concerns::of,
            (now, before) -> true);
    // leaves are woken themselves
    namespaces =
        new NamespaceSource<>(
            context, surroundings.scope(), guard, n -> TrustWatches.reachingOut(cas));
    admission = new Admission(surroundings.scope(), namespaces::labels, namespaces::isGoing);
    trust = new TrustWatches(context, surroundings, namespaces, bundles, generations, concerns::of);
    copies = new TrustObserver(trust, attempts, surroundings);
    distribution = new TrustDistribution(trust, attempts, surroundings);
    additionalTrust = new AdditionalTrustInputs(this, surroundings);
  }

  private static Set<ResourceID> wake(
      IndexerResourceCache<RootCA> cas, String index, HasMetadata input) {
    return cas
        .byIndex(
            index,
            Generations.indexKey(input.getMetadata().getNamespace(), input.getMetadata().getName()))
        .stream()
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }

  private static List<String> additionalTrust(
      RootCA ca, Function<AdditionalTrust, @Nullable TrustInputRef> reference) {
    return ca.getSpec().additionalTrust().stream()
        .map(reference)
        .filter(Objects::nonNull)
        .map(ref -> Generations.indexKey(ca.getMetadata().getNamespace(), ref.name()))
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
        Generations.INDEX,
        Generations.indexKey(ca.getMetadata().getNamespace(), ca.getMetadata().getName()));
  }

  /** A Secret whose owner consented that it is read, redacted. */
  Optional<Secret> input(String namespace, String name) {
    return inputs.get(namespace, name);
  }

  private static List<String> inputSecrets(RootCA ca) {
    List<String> all = new ArrayList<>(additionalTrust(ca, AdditionalTrust::secretRef));
    ImportSource source = ca.getSpec().importFrom();
    if (source != null) {
      all.add(Generations.indexKey(ca.getMetadata().getNamespace(), source.secretName()));
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
