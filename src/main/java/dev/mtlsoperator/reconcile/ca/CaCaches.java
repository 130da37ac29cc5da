package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.Namespaces;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationSecrets;
import dev.mtlsoperator.reconcile.context.ServedNamespaces;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Reads RootCAs' objects from the caches of {@link CaWatches}, and writes such that the caches show
 * each write at once.
 */
final class CaCaches {
  /** For more namespaces than this, one list of all namespaces is cheaper than a list of each. */
  static final int MOST_LISTS = 16;

  private final CaWatches watches;
  private final Admission admission;

  CaCaches(CaWatches watches, Admission admission) {
    this.watches = watches;
    this.admission = admission;
  }

  /** A RootCA's Secrets with the label of a generation, redacted. */
  List<Secret> generations(RootCA ca) {
    return watches
        .generations()
        .byIndex(
            GenerationSecrets.INDEX,
            GenerationSecrets.indexKey(
                ca.getMetadata().getNamespace(), ca.getMetadata().getName()));
  }

  /** A Secret whose owner consented to its being read, redacted. */
  Optional<Secret> input(String namespace, String name) {
    return watches.inputs().get(namespace, name);
  }

  /** A ConfigMap with the label of an input, abridged. */
  Optional<ConfigMap> inputMap(String namespace, String name) {
    return watches.inputMaps().get(namespace, name);
  }

  /** A trust ConfigMap, abridged. */
  Optional<ConfigMap> bundle(String namespace, String name) {
    return watches.bundles().get(namespace, name);
  }

  /** The namespaces whose leaves a RootCA may sign. */
  ServedNamespaces served(RootCA ca) {
    String own = ca.getMetadata().getNamespace();
    if (!admission.servesOthers(ca)) {
      return ServedNamespaces.of(Set.of(own));
    }
    if (ca.getSpec().allowedNamespaces().from() == Namespaces.From.All) {
      return ServedNamespaces.all();
    }
    Set<String> some =
        watches
            .namespaces()
            .all()
            .map(namespace -> namespace.getMetadata().getName())
            .filter(namespace -> admission.admits(ca, namespace))
            .collect(Collectors.toCollection(TreeSet::new));
    some.add(own);
    return some.size() > MOST_LISTS ? ServedNamespaces.all() : ServedNamespaces.of(some);
  }

  Secret writeGeneration(Secret secret, UnaryOperator<Secret> operation) {
    return watches.generations().write(secret, operation);
  }

  ConfigMap writeBundle(ConfigMap map, UnaryOperator<ConfigMap> operation) {
    return watches.bundles().write(map, operation);
  }
}
