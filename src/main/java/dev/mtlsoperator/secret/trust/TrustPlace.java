package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.api.ca.TrustBundleKind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.Optional;

/**
 * The kind, namespace and name of a copy of a trust bundle.
 *
 * @param namespace empty if the object is cluster-scoped
 */
public record TrustPlace(TrustBundleKind kind, String namespace, String name) {

  public static TrustPlace in(String namespace, TrustBundleKind kind, String name) {
    return new TrustPlace(kind, namespace, name);
  }

  /**
   * The place of a ClusterTrustBundle; no namespace has a dot in its name, so that names are
   * unique.
   */
  public static TrustPlace ofCluster(String namespace, String name) {
    return new TrustPlace(
        TrustBundleKind.ClusterTrustBundle, "", "mtls-operator." + namespace + "." + name);
  }

  /** The place of an object; empty if it is of another kind. */
  public static Optional<TrustPlace> of(HasMetadata object) {
    for (TrustBundleKind kind : TrustBundleKind.values()) {
      if (kind.name().equals(object.getKind())) {
        String namespace = object.getMetadata().getNamespace();
        return Optional.of(
            new TrustPlace(
                kind, namespace == null ? "" : namespace, object.getMetadata().getName()));
      }
    }
    return Optional.empty();
  }

  /** Whether it lies in that namespace, or in none. */
  public boolean isIn(String other) {
    return namespace.isEmpty() || namespace.equals(other);
  }

  /** For messages, such as {@code ConfigMap 'shop/company-ca'}. */
  @Override
  public String toString() {
    return kind + " '" + (namespace.isEmpty() ? "" : namespace + "/") + name + "'";
  }
}
