package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.rotation.revocation.IssuedCertificates;

/** Which of a leaf's certificates are to be revoked. */
public enum LeafRevocation {
  /** None, or only such as are not in service any more. */
  NONE,
  /** The one in service, once its successor is in the Secret. */
  CURRENT,
  /**
   * The one in service is on a CRL, or its RootCA names it: verifiers that look at CRLs refuse it.
   */
  LISTED,
  /** All of them, at once: the leaf is taken out of service. */
  ALL;

  /** What a leaf's spec and status ask for. */
  public static LeafRevocation of(LeafCert<?> leaf) {
    if (leaf.getSpec().revoked() != null) {
      return ALL;
    }
    return IssuedCertificates.isCurrentMarked(leaf) ? CURRENT : NONE;
  }
}
