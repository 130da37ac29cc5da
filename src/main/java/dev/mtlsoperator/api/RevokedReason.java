package dev.mtlsoperator.api;

/**
 * Why a certificate is revoked, as its CRL entry tells (RFC 5280 section 5.3.1). Without a reason
 * the entry tells none. {@code certificateHold} and {@code removeFromCRL} are missing: what is
 * revoked here stays revoked.
 */
public enum RevokedReason {
  KeyCompromise,
  CACompromise,
  AffiliationChanged,
  Superseded,
  CessationOfOperation,
  PrivilegeWithdrawn,
  AACompromise
}
