package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A workload in the same namespace that reads a leaf's Secret only when it starts. */
public record Workload(
    @JsonPropertyDescription("Deployment, StatefulSet or DaemonSet.") @Required Kind kind,
    @JsonPropertyDescription(
            "Name of the workload. The workload must consent by its annotation mtls-operator.dev/allow-restart: names of Secrets, separated by commas, or *.")
        @Required
        String name) {

  /** Kinds of {@code apps/v1} that replace their pods when their pod template changes. */
  public enum Kind {
    Deployment,
    StatefulSet,
    DaemonSet
  }

  /** As {@code Deployment 'web'}. */
  @Override
  public String toString() {
    return kind + " '" + name + "'";
  }
}
