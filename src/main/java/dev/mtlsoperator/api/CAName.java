package dev.mtlsoperator.api;

import dev.mtlsoperator.api.ca.RootCA;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** Namespace and name of a {@link RootCA}. */
public record CAName(String namespace, String name) implements Comparable<CAName> {

  /** The name of a RootCA. */
  public static CAName of(HasMetadata ca) {
    return new CAName(ca.getMetadata().getNamespace(), ca.getMetadata().getName());
  }

  /** Reads what {@link #toString} writes; empty if it is something else. */
  public static Optional<CAName> parse(String text) {
    int slash = text.indexOf('/');
    return slash > 0 && slash < text.length() - 1 && slash == text.lastIndexOf('/')
        ? Optional.of(new CAName(text.substring(0, slash), text.substring(slash + 1)))
        : Optional.empty();
  }

  /** RootCAs in a message, in their order. */
  public static String inWords(Collection<CAName> cas) {
    return cas.stream().map(ca -> "RootCA '" + ca + "'").collect(Collectors.joining(" and "));
  }

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
