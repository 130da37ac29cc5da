package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Decides whether a RootCA admits references from a namespace.
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

  /** Whether a RootCA may admit other namespaces than its own. */
  public boolean servesOthers(RootCA ca) {
    // copies in namespaces that cannot be listed could not be maintained; without a policy no other
    // namespaces are admitted
    return scope.isAll()
        && ca.getSpec().policy() != null
        && ca.getSpec().allowedNamespaces().reachOut();
  }

  /** Whether a resource of one namespace may refer to a RootCA of another at all. */
  public boolean reaches(String from, String to) {
    return from.equals(to) || scope.isAll();
  }

  /** Why the operator cannot see all copies of a CA; empty: it can. */
  public Optional<String> tooNarrow(RootCA ca) {
    return scope.isAll() || !ca.getSpec().allowedNamespaces().reachOut()
        ? Optional.empty()
        : Optional.of(
            "spec.allowedNamespaces lets other namespaces in, but "
                + scope.inWords()
                + ": write from: Same, or have the operator watch all namespaces");
  }
}
