package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Whether a RootCA lets a namespace refer to it.
 *
 * @param labels of a namespace; empty: not known
 * @param going whether a namespace is being deleted
 */
public record Admission(
    WatchScope scope,
    Function<String, Optional<Map<String, String>>> labels,
    Predicate<String> going) {

  public boolean admits(RootCA ca, String namespace) {
    String own = ca.getMetadata().getNamespace();
    return own.equals(namespace)
        || (servesOthers(ca) && ca.getSpec().admits(own, namespace, labels));
  }

  /** Whether any namespace but a RootCA's own may be let in. */
  public boolean servesOthers(RootCA ca) {
    // what a namespace list hides nobody could keep in order; without a policy no others are let in
    return scope.isAll()
        && ca.getSpec().policy() != null
        && ca.getSpec().allowedNamespaces().reachOut();
  }

  /** Whether a resource of one namespace may name a RootCA of another at all. */
  public boolean reaches(String from, String to) {
    return from.equals(to) || scope.isAll();
  }

  /** Why a CA's copies cannot all be seen; empty: they can. */
  public Optional<String> tooNarrow(RootCA ca) {
    return scope.isAll() || !ca.getSpec().allowedNamespaces().reachOut()
        ? Optional.empty()
        : Optional.of(
            "spec.allowedNamespaces lets other namespaces in, but "
                + scope.inWords()
                + ": write from: Same, or have the operator watch all namespaces");
  }
}
