package dev.mtlsoperator.api;

import dev.mtlsoperator.api.leaf.Workload;

/** Names of the API group that users, the CRDs and the operator share. */
public final class Api {
  public static final String GROUP = "mtls-operator.dev";
  public static final String VERSION = "v1alpha1";
  public static final String CATEGORY = "mtls";

  /** A new value on a leaf renews its certificate now. */
  public static final String RENEW_ANNOTATION = GROUP + "/renew";

  /** {@code sha256:<fingerprint>} on a RootCA: take over the generation with that certificate. */
  public static final String ADOPT_ANNOTATION = GROUP + "/adopt";

  /** A new value on a RootCA starts a rotation in which certificates move at once. */
  public static final String ROTATE_ANNOTATION = GROUP + "/rotate";

  /**
   * {@code sha256:<fingerprint>} on a RootCA with {@code rotation.advance: Manual}: of the
   * generation that may sign now, or that may leave the trust bundles now.
   */
  public static final String ADVANCE_ANNOTATION = GROUP + "/advance";

  /**
   * {@code sha256:<fingerprint>} on a RootCA, the emergency brake: that generation leaves every
   * trust bundle at once.
   */
  public static final String DISTRUST_ANNOTATION = GROUP + "/distrust";

  /** The owner's consent that the operator may read a Secret it did not write. */
  public static final String INPUT_LABEL = GROUP + "/input";

  /**
   * A workload's consent that it is restarted, see {@link Workload}: names of Secrets, separated by
   * commas, or {@code *}.
   */
  public static final String ALLOW_RESTART_ANNOTATION = GROUP + "/allow-restart";

  /**
   * On a Namespace: from which namespaces' RootCAs it takes trust bundles, by commas, or {@code *}.
   */
  public static final String ACCEPT_TRUST_ANNOTATION = GROUP + "/accept-trust-from";

  /**
   * {@code "true"} on a Namespace: its RootCAs may have ClusterTrustBundles, which the whole
   * cluster sees.
   */
  public static final String CLUSTER_TRUST_ANNOTATION = GROUP + "/allow-cluster-trust-bundles";

  /**
   * {@code status.observedGeneration} before the operator saw a resource, set by the schema: what
   * has no status at all counts as current for those who wait by kstatus.
   */
  public static final long UNOBSERVED = -1;

  private Api() {}
}
