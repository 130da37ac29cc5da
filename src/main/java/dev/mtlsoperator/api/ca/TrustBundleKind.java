package dev.mtlsoperator.api.ca;

/** What a {@link TrustBundle} is written to. */
public enum TrustBundleKind {
  ConfigMap,
  Secret,
  /** Of {@code certificates.k8s.io}: cluster-scoped, Kubernetes 1.37 and later. */
  ClusterTrustBundle
}
