package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.ca.Revocation;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.RenewalSchedule;
import java.time.Duration;
import java.time.Instant;

/**
 * How long the CRLs of a RootCA are valid, and when each is replaced.
 *
 * @param refresh after that long a CRL is signed again even if nothing was revoked
 */
public record CrlPlan(Duration validity, Duration refresh) {
  /**
   * {@code thisUpdate} is that long before a CRL is signed, for verifiers whose clocks are behind.
   */
  public static final Duration BACK_DATED = Duration.ofMinutes(5);

  private static final int REFRESHES_IN_A_VALIDITY = 10;
  private static final Duration SHORTEST_REFRESH = Duration.ofMinutes(1);

  /**
   * What a spec asks for; {@code refresh} is by default a tenth of {@code validity}.
   *
   * @throws IllegalArgumentException if a duration is none, which the rules of the spec refuse
   */
  public static CrlPlan of(Revocation spec) {
    Duration validity = Durations.parse(spec.validity());
    String asked = spec.refresh();
    Duration refresh =
        asked == null ? validity.dividedBy(REFRESHES_IN_A_VALIDITY) : Durations.parse(asked);
    return new CrlPlan(
        validity, refresh.compareTo(SHORTEST_REFRESH) < 0 ? SHORTEST_REFRESH : refresh);
  }

  /** When a CRL was signed. */
  public static Instant signedAt(Crl crl) {
    return crl.thisUpdate().plus(BACK_DATED);
  }

  /**
   * When a CRL is signed again: a little before {@code refresh} has passed, by a jitter that
   * depends on its CA, and at the latest when half of its time has.
   *
   * @param uid of the RootCA
   */
  Instant refreshAt(Crl crl, String uid) {
    Instant signed = signedAt(crl);
    Instant due = signed.plus(refresh).minus(RenewalSchedule.jitter(refresh, uid));
    Instant half = signed.plus(Duration.between(signed, crl.nextUpdate()).dividedBy(2));
    return due.isBefore(half) ? due : half;
  }

  /** The end of a CRL that is signed at that time. */
  Instant end(Instant now) {
    return now.plus(validity);
  }
}
