package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A set of namespaces, specified like the {@code allowedRoutes} of a Gateway listener. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Namespaces(
    @JsonPropertyDescription(
            "Same (default): the namespace of this resource. All: every namespace. Selector: those that match selector. The namespace of this resource is always included.")
        From from,
    @JsonPropertyDescription("Selects namespaces by their labels; only with from: Selector.")
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

  /** Only the resource's own namespace. */
  public static Namespaces same() {
    return new Namespaces(From.Same, null);
  }

  /** Whether namespaces other than the resource's own can be included. */
  public boolean reachOut() {
    return from != From.Same;
  }

  /**
   * Whether a namespace is included.
   *
   * @param own the resource's own namespace
   * @param labels of the namespace in question; empty: not known, so no selector matches
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
