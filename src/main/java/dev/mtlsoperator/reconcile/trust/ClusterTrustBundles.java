package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.ca.TrustBundleKind;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import java.util.Optional;

/** Discovers, at startup, which version of ClusterTrustBundles the API server serves. */
final class ClusterTrustBundles {
  static final String GROUP = "certificates.k8s.io";
  static final String KIND = TrustBundleKind.ClusterTrustBundle.name();

  private static final String PLURAL = "clustertrustbundles";

  /** Newest first; v1alpha1 is not compatible. */
  private static final List<String> VERSIONS = List.of("v1", "v1beta1");

  private ClusterTrustBundles() {}

  /** The version; empty: none. */
  static Optional<String> version(KubernetesClient client) {
    return VERSIONS.stream()
        .filter(version -> serves(client.getApiResources(GROUP + "/" + version)))
        .findFirst();
  }

  private static boolean serves(APIResourceList known) {
    return known != null
        && known.getResources().stream().anyMatch(resource -> resource.getName().equals(PLURAL));
  }
}
