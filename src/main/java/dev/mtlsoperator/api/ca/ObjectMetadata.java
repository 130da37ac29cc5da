package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Map;

/**
 * Labels and annotations for the objects of a CA, for clusters whose admission policies or reports
 * ask for them on every object.
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ObjectMetadata(
    @JsonPropertyDescription(
            "Labels to add. Keys that Kubernetes, GitOps tools, replicators or this operator use are rejected.")
        Map<String, String> labels,
    @JsonPropertyDescription(
            "Annotations to add. Keys that Kubernetes, GitOps tools, replicators or this operator use are rejected.")
        Map<String, String> annotations) {

  public ObjectMetadata {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  public static ObjectMetadata none() {
    return new ObjectMetadata(Map.of(), Map.of());
  }
}
