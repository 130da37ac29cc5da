package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Some of the cluster's namespaces, as listeners of Gateway API name them. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Namespaces(
    @JsonPropertyDescription(
            "Same: the namespace of this resource. All: every namespace. Selector: those that selector chooses. The namespace of this resource is always among them.")
        @Default("Same")
        From from,
    @JsonPropertyDescription("Which namespaces, by their labels; with from: Selector.")
        @Nullable NamespaceSelector selector) {

  /** How namespaces are chosen. */
  public enum From {
    Same,
    All,
    Selector
  }

  public Namespaces {
    from = from == null ? From.Same : from;
  }

  /** Only the resource's own. */
  public static Namespaces same() {
    return new Namespaces(From.Same, null);
  }

  /** Whether another namespace than the resource's own can be among them. */
  public boolean reachOut() {
    return from != From.Same;
  }

  /**
   * Whether a namespace is among them.
   *
   * @param own the namespace of the resource that says so
   * @param labels of the namespace in question; empty: not known, which no selector chooses
   */
  public boolean include(String own, String namespace, Optional<Map<String, String>> labels) {
    return own.equals(namespace)
        || switch (from) {
          case Same -> false;
          case All -> true;
          case Selector -> selector != null && labels.filter(selector::matches).isPresent();
        };
  }
}
