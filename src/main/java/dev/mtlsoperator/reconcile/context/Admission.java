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
    // what a namespace list hides nobody could keep in order; without a policy no others are let in
    return own.equals(namespace) || (scope.isAll() && ca.getSpec().admits(own, namespace, labels));
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
