package dev.mtlsoperator.api;

import dev.mtlsoperator.api.ca.RootCA;

/** Namespace and name of a {@link RootCA}. */
public record CAName(String namespace, String name) implements Comparable<CAName> {

  /** As {@code namespace/name}. */
  @Override
  public String toString() {
    return namespace + "/" + name;
  }

  /** By namespace, then by name. */
  @Override
  public int compareTo(CAName other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace == 0 ? name.compareTo(other.name) : byNamespace;
  }
}
