package dev.mtlsoperator.reconcile.context;

import java.util.Optional;
import java.util.Set;

/**
 * The namespaces whose leaves are listed for a RootCA: only those that it serves, unless they are
 * so many that one list of all is cheaper.
 *
 * @param names empty: every namespace
 */
public record ServedNamespaces(Optional<Set<String>> names) {
  /** Every namespace. */
  public static ServedNamespaces all() {
    return new ServedNamespaces(Optional.empty());
  }

  public static ServedNamespaces of(Set<String> names) {
    return new ServedNamespaces(Optional.of(Set.copyOf(names)));
  }

  public boolean include(String namespace) {
    return names.map(some -> some.contains(namespace)).orElse(true);
  }
}
