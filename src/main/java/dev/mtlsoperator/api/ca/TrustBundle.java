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

/** Additional copies of a CA's trust bundle, in the format that its consumers need. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TrustBundle(
    @JsonPropertyDescription(
            "The kind of object to write. A ClusterTrustBundle (Kubernetes 1.37 and later) is named mtls-operator.<namespace>.<name>.")
        @Required
        TrustBundleKind kind,
    @JsonPropertyDescription(
            "Name of the ConfigMap or Secret, the same in every namespace; with split, the beginning of the names.")
        @Required
        String name,
    @JsonPropertyDescription(
            "The namespaces to write it to; by default only the RootCA's own. Every other namespace must consent by its annotation mtls-operator.dev/accept-trust-from, which lists the RootCA's namespace or is *.")
        @Nullable Namespaces namespaces,
    @JsonPropertyDescription("The keys to write; by default only ca.crt, with the certificates.")
        @Nullable TrustBundleKeys keys,
    @JsonPropertyDescription(
            "PerCertificate: one object for each CA certificate, for consumers that accept exactly one per object, such as Kong. Each is named <name>-x<the first 16 hexadecimal digits of the certificate's SHA-256 fingerprint> and keeps that name. By default one object holds all certificates.")
        @Nullable TrustBundleSplit split,
    @JsonPropertyDescription(
            "Type of the Secret, such as nginx.org/ca; by default Opaque. Types that Kubernetes or this operator use are rejected.")
        @Nullable String secretType,
    @JsonPropertyDescription(
            "Labels to add. Keys that Kubernetes, GitOps tools, replicators or this operator use are rejected.")
        Map<String, String> labels,
    @JsonPropertyDescription(
            "Annotations to add. Keys that Kubernetes, GitOps tools, replicators or this operator use are rejected, except kubernetes.io/ingress.class.")
        Map<String, String> annotations) {

  public TrustBundle {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
  }

  /** {@code namespaces}, or its default. */
  @JsonIgnore
  public Namespaces effectiveNamespaces() {
    return Objects.requireNonNullElseGet(namespaces, Namespaces::same);
  }

  /** Whether each certificate has an object of its own. */
  @JsonIgnore
  public boolean isSplit() {
    return split != null;
  }

  /** {@code keys}, or its default. */
  @JsonIgnore
  public TrustBundleKeys effectiveKeys() {
    return Objects.requireNonNullElseGet(keys, TrustBundleKeys::defaults);
  }

  /** {@code secretType}, or its default. */
  @JsonIgnore
  public String effectiveSecretType() {
    return Objects.requireNonNullElse(secretType, Defaults.SECRET_TYPE);
  }
}
