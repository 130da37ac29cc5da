package dev.mtlsoperator.api.ca;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.Defaults;
import dev.mtlsoperator.api.Namespaces;
import io.fabric8.generator.annotation.Required;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Further copies of a CA's public side, in the form that a consumer wants. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TrustBundle(
    @JsonPropertyDescription(
            "What it is written to. A ClusterTrustBundle (Kubernetes 1.37 and later) is named mtls-operator.<namespace>.<name>.")
        @Required
        TrustBundleKind kind,
    @JsonPropertyDescription("Name of the ConfigMap or Secret, the same in every namespace.")
        @Required
        String name,
    @JsonPropertyDescription(
            "Into which namespaces it is written; by default into the RootCA's own. Every other one has to agree by its annotation mtls-operator.dev/accept-trust-from, which names the RootCA's namespace or is *.")
        @Nullable Namespaces namespaces,
    @JsonPropertyDescription(
            "Under which keys; by default the certificates under ca.crt and nothing else.")
        @Nullable TrustBundleKeys keys,
    @JsonPropertyDescription(
            "Type of the Secret, such as nginx.org/ca; by default Opaque. Types of Kubernetes and of this operator are refused.")
        @Nullable String secretType,
    @JsonPropertyDescription(
            "Labels to add. Keys of Kubernetes, of GitOps tools, of replicators and of this operator are refused.")
        Map<String, String> labels,
    @JsonPropertyDescription(
            "Annotations to add. Keys of Kubernetes, of GitOps tools, of replicators and of this operator are refused.")
        Map<String, String> annotations) {

  public TrustBundle {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  /** {@code namespaces}, or what holds without. */
  @JsonIgnore
  public Namespaces effectiveNamespaces() {
    return Objects.requireNonNullElseGet(namespaces, Namespaces::same);
  }

  /** {@code keys}, or what holds without. */
  @JsonIgnore
  public TrustBundleKeys effectiveKeys() {
    return Objects.requireNonNullElseGet(keys, TrustBundleKeys::defaults);
  }

  /** {@code secretType}, or what holds without. */
  @JsonIgnore
  public String effectiveSecretType() {
    return Objects.requireNonNullElse(secretType, Defaults.SECRET_TYPE);
  }
}
