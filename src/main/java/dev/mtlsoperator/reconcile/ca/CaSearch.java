package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.context.Admission;
import dev.mtlsoperator.reconcile.context.GenerationNumbers;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.ServedNamespaces;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.secret.ca.GenerationReader;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Searches the API server for everything that may belong to a CA: its generations, its bundle, and
 * the leaves that refer to it. Absence from a cache proves nothing.
 */
final class CaSearch {
  private final GenerationSearch generations;
  private final LeafCensus census;
  private final Admission admission;
  private final ReconcileContext shared;

  CaSearch(
      LeafCensus census, Admission admission, GenerationReader reader, ReconcileContext shared) {
    this.generations = new GenerationSearch(reader, shared);
    this.census = census;
    this.admission = admission;
    this.shared = shared;
  }

  /**
   * The objects that were found, before they are judged.
   *
   * @param generations Secrets under the names of generations
   * @param traces evidence that a CA existed here before, in words
   * @param leaves those that refer to the CA; none if the generations are cached
   * @param highestOfLeaves the highest generation that a leaf's status names; 0: none
   */
  record Found(
      GenerationSearch.Found generations,
      Optional<ConfigMap> bundle,
      List<String> traces,
      Listed leaves,
      int highestOfLeaves,
      Evidence evidence) {}

  /**
   * The leaves that refer to a CA.
   *
   * @param namespaces in which the API server was asked for them; none if they are cached
   * @param leaves without the parts that counting does not need
   */
  record Listed(ServedNamespaces namespaces, List<LeafCert<?>> leaves) {
    Listed {
      leaves = List.copyOf(leaves);
    }

    static Listed none() {
      return new Listed(ServedNamespaces.of(Set.of()), List.of());
    }
  }

  /** Reads what exists now. */
  Found live(RootCA ca) {
    return with(census.list(ca), ca, Evidence.FRESH);
  }

  /** Reads what exists now, except leaves. */
  Found withCachedLeaves(RootCA ca) {
    return with(census.cached(ca), ca, Evidence.LEAVES_CACHED);
  }

  private Found with(Listed leaves, RootCA ca, Evidence evidence) {
    String namespace = ca.getMetadata().getNamespace();
    String name = ca.getMetadata().getName();
    Optional<ConfigMap> bundle =
        Optional.ofNullable(
            shared
                .client()
                .configMaps()
                .inNamespace(namespace)
                .withName(TrustConfigMap.name(name))
                .get());
    CAName own = new CAName(namespace, name);
    List<LeafCert<?>> signed =
        leaves.leaves().stream()
            .filter(leaf -> leaf.signingCA().equals(own) && caGeneration(leaf) > 0)
            .filter(leaf -> admission.admits(ca, leaf.getMetadata().getNamespace()))
            .toList();
    int highestOfLeaves = signed.stream().mapToInt(CaSearch::caGeneration).max().orElse(0);
    GenerationSearch.Found found = generations.find(ca, highestOfLeaves);
    return new Found(
        found,
        bundle,
        Stream.concat(traces(ca, bundle, signed).stream(), generations.unsealed(ca, found).stream())
            .toList(),
        leaves,
        highestOfLeaves,
        evidence);
  }

  // 0: none yet
  private static int caGeneration(LeafCert<?> leaf) {
    LeafStatus status = leaf.getStatus();
    int told = status == null || status.caGeneration() == null ? 0 : status.caGeneration();
    return told <= GenerationNumbers.HIGHEST_UNPROVEN ? told : 0;
  }

  private static List<String> traces(
      RootCA ca, Optional<ConfigMap> bundle, List<LeafCert<?>> leaves) {
    List<String> traces = new ArrayList<>();
    bundle
        .filter(map -> TrustConfigMap.claimsToBeOurs(ca, map))
        .ifPresent(map -> traces.add("ConfigMap '" + map.getMetadata().getName() + "'"));
    if (ca.getStatus() != null && !ca.getStatus().generations().isEmpty()) {
      traces.add("status.generations");
    }
    if (!leaves.isEmpty()) {
      traces.add(leaves.size() + " certificates that it signed");
    }
    return traces;
  }
}
