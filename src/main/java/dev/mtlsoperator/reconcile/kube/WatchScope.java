package dev.mtlsoperator.reconcile.kube;

import java.util.Set;
import java.util.stream.Collectors;

/** Which namespaces the operator watches: what lies elsewhere it can neither read nor write. */
public record WatchScope(Set<String> namespaces) {
  /** The option that limits it. */
  public static final String OPTION = "--namespaces (watchNamespaces in the chart)";

  public WatchScope {
    namespaces = Set.copyOf(namespaces);
  }

  /** Every namespace. */
  public static WatchScope all() {
    return new WatchScope(Set.of());
  }

  /**
   * What a user listed.
   *
   * @param namespaces empty: all
   */
  public static WatchScope of(Set<String> namespaces) {
    return new WatchScope(namespaces);
  }

  public boolean isAll() {
    return namespaces.isEmpty();
  }

  public boolean covers(String namespace) {
    return isAll() || namespaces.contains(namespace);
  }

  /** For a person: what is watched, and which option says so. */
  public String inWords() {
    return isAll()
        ? "the operator watches all namespaces"
        : "the operator watches only "
            + namespaces.stream().sorted().collect(Collectors.joining(", "))
            + ", as "
            + OPTION
            + " says";
  }
}
