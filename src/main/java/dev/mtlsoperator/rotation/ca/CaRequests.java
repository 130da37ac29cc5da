package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.util.Optional;

/**
 * What people ask of a RootCA by annotating it.
 *
 * @param rotate a value that no generation honours yet starts a rotation
 * @param rotateReported the value that status says was honoured last
 * @param advance which generation may sign, or may leave
 * @param distrust which generation leaves at once
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
