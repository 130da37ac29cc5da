package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.util.Optional;

/**
 * What the annotations of a RootCA request.
 *
 * @param rotate a value that no generation honours yet starts a rotation
 * @param rotateReported the value that status last reported as honoured
 * @param advance the generation that may start to sign, or may leave the trust bundles
 * @param distrust the generation that leaves the trust bundles immediately
 */
public record CaRequests(
    Optional<String> rotate,
    Optional<String> rotateReported,
    Optional<Fingerprint> advance,
    Optional<Fingerprint> distrust) {

  public static CaRequests none() {
    return new CaRequests(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Whether {@code rotate} has a value that status does not report as honoured. */
  boolean isRotateNew() {
    return rotate.isPresent() && !rotate.equals(rotateReported);
  }
}
