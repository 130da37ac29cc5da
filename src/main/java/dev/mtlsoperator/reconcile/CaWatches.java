package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.ImportSource;
import dev.mtlsoperator.api.RootCA;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * All that wakes the reconciler of RootCAs beside the RootCA itself: its generations and its trust
 * ConfigMap.
 */
final class CaWatches {
  private final SecretSource<RootCA> generations;
  private static final String BY_IMPORT = "import";

  private final SecretSource<RootCA> inputs;
  private final InformerEventSource<ConfigMap, RootCA> bundles;
  private final NamespaceSource<RootCA> namespaces;
  private final Admission admission;

  CaWatches(EventSourceContext<RootCA> context, WatchScope scope) {
    IndexerResourceCache<RootCA> cas = context.getPrimaryCache();
    cas.addIndexers(Map.of(BY_IMPORT, CaWatches::importKeys));
    inputs =
        new SecretSource<>(
            context,
            "inputs",
            Api.INPUT_LABEL + "=true",
            secret ->
                cas
                    .byIndex(
                        BY_IMPORT,
                        Generations.indexKey(
                            secret.getMetadata().getNamespace(), secret.getMetadata().getName()))
                    .stream()
                    .map(ResourceID::fromResource)
                    .collect(Collectors.toSet()),
            (now, before) -> !SecretData.digest(now).equals(SecretData.digest(before)));
    generations =
        new SecretSource<>(
            context,
            "generations",
            Generations.SELECTOR,
            secret ->
                SecretData.label(secret, Keys.ROOT_CA_LABEL)
                    .map(name -> Set.of(new ResourceID(name, secret.getMetadata().getNamespace())))
                    .orElse(Set.of()),
            (now, before) -> true);
    generations.addIndexer(Generations.INDEX, Generations::indexKeys);
    // leaves are woken themselves
    namespaces = new NamespaceSource<>(context, scope, namespace -> Set.of());
    admission = new Admission(scope, namespaces::labels);
    bundles =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(ConfigMap.class, RootCA.class)
                .withName("bundles")
                .withInformerListLimit(Paging.PAGE)
                .withNamespacesInheritedFromController()
                .withLabelSelector(Generations.SELECTOR)
                .withSecondaryToPrimaryMapper(
                    map -> {
                      Map<String, String> labels = map.getMetadata().getLabels();
                      String name = labels == null ? null : labels.get(Keys.ROOT_CA_LABEL);
                      return name == null
                          ? Set.of()
                          : Set.of(new ResourceID(name, map.getMetadata().getNamespace()));
                    })
                .<RootCA>withPrimaryToSecondaryMapper(ca -> Set.of())
                .build(),
            context);
  }

  /** Who may refer to a RootCA. */
  Admission admission() {
    return admission;
  }

  List<EventSource<?, RootCA>> eventSources() {
    List<EventSource<?, RootCA>> all = new ArrayList<>();
    generations.eventSources().forEach(all::add);
    inputs.eventSources().forEach(all::add);
    all.add(bundles);
    namespaces.eventSources().forEach(all::add);
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

  private static List<String> importKeys(RootCA ca) {
    ImportSource source = ca.getSpec().importFrom();
    return source == null
        ? List.of()
        : List.of(Generations.indexKey(ca.getMetadata().getNamespace(), source.secretName()));
  }

  Optional<ConfigMap> bundle(String namespace, String name) {
    return bundles.get(new ResourceID(name, namespace));
  }

  Secret writeGeneration(Secret secret, UnaryOperator<Secret> operation) {
    return generations.write(secret, operation);
  }

  ConfigMap writeBundle(ConfigMap map, UnaryOperator<ConfigMap> operation) {
    return bundles.eventFilteringUpdateAndCacheResource(map, operation);
  }
}
