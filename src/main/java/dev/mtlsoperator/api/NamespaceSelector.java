package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import java.util.Map;

/** Namespaces by their labels, as {@code metav1.LabelSelector}. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NamespaceSelector(
    @JsonPropertyDescription(
            "Labels that the namespace must have, such as kubernetes.io/metadata.name: shop.")
        Map<String, String> matchLabels,
    @JsonPropertyDescription("Requirements on the namespace's labels, all of which must be met.")
        List<LabelRequirement> matchExpressions) {

  public NamespaceSelector {
    matchLabels = matchLabels == null ? Map.of() : Map.copyOf(matchLabels);
    matchExpressions = Lists.orEmpty(matchExpressions);
  }

  /** Whether a namespace with these labels matches; an empty selector matches none. */
  public boolean matches(Map<String, String> labels) {
    return !requiresNothing()
        && labels.entrySet().containsAll(matchLabels.entrySet())
        && matchExpressions.stream().allMatch(requirement -> requirement.holdsFor(labels));
  }

  public boolean requiresNothing() {
    return matchLabels.isEmpty() && matchExpressions.isEmpty();
  }
}
