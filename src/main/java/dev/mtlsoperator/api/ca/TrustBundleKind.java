package dev.mtlsoperator.api.ca;

/** The kind of object that holds a {@link TrustBundle}. */
public enum TrustBundleKind {
  ConfigMap,
  Secret,
  /** Of {@code certificates.k8s.io}: cluster-scoped, Kubernetes 1.37 and later. */
  ClusterTrustBundle
}
