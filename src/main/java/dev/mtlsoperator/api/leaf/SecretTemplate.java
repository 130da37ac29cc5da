package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;

/** Labels and annotations for the Secret, for consumers that select by them. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record SecretTemplate(
    @JsonPropertyDescription(
            "Labels to add to the Secret. Keys that Kubernetes, GitOps tools, replicators or this operator use are rejected.")
        Map<String, String> labels,
    @JsonPropertyDescription(
            "Annotations to add to the Secret. Keys that Kubernetes, GitOps tools, replicators or this operator use are rejected.")
        Map<String, String> annotations) {

  public SecretTemplate {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  public static SecretTemplate none() {
    return new SecretTemplate(Map.of(), Map.of());
  }
}
