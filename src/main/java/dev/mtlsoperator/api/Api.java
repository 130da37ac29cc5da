package dev.mtlsoperator.api;

import dev.mtlsoperator.api.leaf.Workload;

/** Names of the API group, its annotations and labels. */
public final class Api {
  public static final String GROUP = "mtls-operator.dev";
  public static final String VERSION = "v1alpha1";
  public static final String CATEGORY = "mtls";

  /** On a leaf: a new value renews its certificate immediately. */
  public static final String RENEW_ANNOTATION = GROUP + "/renew";

  /**
   * On a leaf: revokes certificates that were issued for it. {@code current}: the one in service,
   * after its successor is; {@code superseded}: all former ones; otherwise the one with this serial
   * number.
   */
  public static final String REVOKE_ANNOTATION = GROUP + "/revoke";

  /**
   * Finalizer of a leaf whose RootCA has {@code revocation.revokeOnDelete}: keeps the leaf until
   * its certificates are revoked.
   */
  public static final String REVOKE_FINALIZER = GROUP + "/revoke-on-delete";

  /** On a RootCA, {@code sha256:<fingerprint>}: adopt the generation with that certificate. */
  public static final String ADOPT_ANNOTATION = GROUP + "/adopt";

  /** On a RootCA: a new value starts a rotation in which certificates are reissued immediately. */
  public static final String ROTATE_ANNOTATION = GROUP + "/rotate";

  /**
   * On a RootCA with {@code rotation.advance: Manual}, {@code sha256:<fingerprint>}: the generation
   * that may now sign, or leave the trust bundles.
   */
  public static final String ADVANCE_ANNOTATION = GROUP + "/advance";

  /**
   * On a RootCA, {@code sha256:<fingerprint>}: that generation is removed from every trust bundle
   * immediately. For emergencies.
   */
  public static final String DISTRUST_ANNOTATION = GROUP + "/distrust";

  /**
   * On a RootCA, ServerCert or ClientCert: ids of the advice that its owner accepts, separated by
   * commas, see docs/compatibility.md.
   */
  public static final String ACCEPT_ADVICE_ANNOTATION = GROUP + "/accept-advice";

  /** On a Secret or ConfigMap: its owner's consent that the operator reads it as input. */
  public static final String INPUT_LABEL = GROUP + "/input";

  /**
   * On a workload: its consent to be restarted, see {@link Workload}; names of Secrets, separated
   * by commas, or {@code *}.
   */
  public static final String ALLOW_RESTART_ANNOTATION = GROUP + "/allow-restart";

  /**
   * On a Namespace: the namespaces whose RootCAs may write trust bundles into it, separated by
   * commas, or {@code *}.
   */
  public static final String ACCEPT_TRUST_ANNOTATION = GROUP + "/accept-trust-from";

  /**
   * On a Namespace, {@code "true"}: its RootCAs may write ClusterTrustBundles, which are visible to
   * the whole cluster.
   */
  public static final String CLUSTER_TRUST_ANNOTATION = GROUP + "/allow-cluster-trust-bundles";

  /**
   * {@code status.observedGeneration} of a resource that the operator has not seen yet, set by the
   * schema: without a status, kstatus would regard the resource as current.
   */
  public static final long UNOBSERVED = -1;

  private Api() {}
}
