package dev.mtlsoperator.pki.revocation;

import java.util.Arrays;
import java.util.Optional;

/**
 * Why a certificate is revoked (RFC 5280 section 5.3.1). {@code unspecified} is said by giving no
 * reason; {@code certificateHold} and {@code removeFromCRL} are for revocations that are taken
 * back, which does not exist here.
 */
public enum RevocationReason {
  /** Somebody else has or may have the private key. */
  KeyCompromise(1),
  /** Somebody else has or may have the private key of the CA. */
  CACompromise(2),
  /** The subject's name or other data changed. */
  AffiliationChanged(3),
  /** Another certificate replaces it. */
  Superseded(4),
  /** It is no longer needed. */
  CessationOfOperation(5),
  /** The subject may no longer do what the certificate allows. */
  PrivilegeWithdrawn(9),
  /** Like {@link #KeyCompromise}, of an attribute authority. */
  AACompromise(10);

  private final int code;

  RevocationReason(int code) {
    this.code = code;
  }

  /** Its code in a CRL. */
  public int code() {
    return code;
  }

  /** The reason with this code; empty for those that are not known here. */
  public static Optional<RevocationReason> of(int code) {
    return Arrays.stream(values()).filter(reason -> reason.code == code).findFirst();
  }
}
