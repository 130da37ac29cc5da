package dev.mtlsoperator.reconcile.kube;

import java.util.Set;
import java.util.stream.Collectors;

/** The namespaces that the operator watches; it can neither read nor write objects in others. */
public record WatchScope(Set<String> namespaces) {
  /** The command-line option that limits the scope. */
  public static final String OPTION = "--namespaces (watchNamespaces in the chart)";

  public WatchScope {
    namespaces = Set.copyOf(namespaces);
  }

  /** Every namespace. */
  public static WatchScope all() {
    return new WatchScope(Set.of());
  }

  /**
   * The namespaces that a user listed.
   *
   * @param namespaces empty for all
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

  /** A message that tells what is watched, and by which option. */
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
