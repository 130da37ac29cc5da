package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything that the rules for the CRLs of one RootCA look at.
 *
 * @param plan empty: the RootCA publishes none
 * @param uid of the RootCA
 * @param inBundle the generations whose certificates the trust bundles hold
 * @param leaving generations that no bundle holds any more, whose keys are still there
 * @param unable numbers of generations that cannot sign a CRL
 * @param known the CRLs that were signed so far
 * @param requests the certificates that are to be revoked
 * @param record whether the Secret with the CRLs holds these
 * @param reportedNumber the highest CRL number that status reports; zero: none
 */
public record RevocationFacts(
    Optional<CrlPlan> plan,
    String uid,
    List<CaGeneration> inBundle,
    List<CaGeneration> leaving,
    Set<Integer> unable,
    KnownCrls known,
    RevocationRequests requests,
    RecordState record,
    BigInteger reportedNumber) {

  public RevocationFacts {
    inBundle = List.copyOf(inBundle);
    leaving = List.copyOf(leaving);
    unable = Set.copyOf(unable);
  }

  /**
   * What is lost: CRLs were signed that are neither in the record nor in any copy, so that what
   * only they listed is not revoked any more; empty: nothing is. A message.
   */
  public Optional<String> loss() {
    BigInteger highest = known.highestNumber();
    return plan.isEmpty() || highest.compareTo(reportedNumber) >= 0
        ? Optional.empty()
        : Optional.of(
            "CRLs up to number "
                + reportedNumber
                + " were signed, and the newest one that is left has number "
                + highest
                + ": somebody deleted the others, or replaced them by older ones, in the record and in each copy. What was revoked since, and is named by no resource, is accepted again: name it in spec.revocation.serialNumbers");
  }

  /** The state of the Secret that remembers the CRLs. */
  public enum RecordState {
    CURRENT,
    OUTDATED,
    /** It cannot be written at present, or is somebody else's. */
    REFUSED
  }

  /** The facts of a RootCA that publishes no CRL. */
  public static RevocationFacts off() {
    return new RevocationFacts(
        Optional.empty(),
        "",
        List.of(),
        List.of(),
        Set.of(),
        KnownCrls.none(),
        RevocationRequests.none(),
        RecordState.CURRENT,
        BigInteger.ZERO);
  }
}
