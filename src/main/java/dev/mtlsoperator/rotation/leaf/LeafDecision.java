package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Premise;
import dev.mtlsoperator.rotation.Reason;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** What to do for a leaf. */
public sealed interface LeafDecision {

  /** What blocks the leaf until somebody acts; empty if nothing does. */
  default Optional<Finding> stopped() {
    return Optional.empty();
  }

  /** The same, unless the operator's own clock or caches are the cause. */
  default Optional<Finding> stoppedByItsOwner() {
    return stopped()
        .filter(why -> why.reason() != Reason.ClockSkewed)
        .filter(why -> why.reason() != Reason.CachesNotInSync);
  }

  /** The premises that must hold before the decision is carried out. */
  default Set<Premise> premises() {
    return Set.of();
  }

  /** Issue a new certificate. */
  record Issue(Finding why) implements LeafDecision {
    /**
     * Reasons that follow from the time: if the clock is wrong, a certificate that works would be
     * replaced by one that does not.
     */
    private static final Set<Reason> BY_TIME = Set.of(Reason.RenewalDue, Reason.CARotated);

    @Override
    public Set<Premise> premises() {
      if (why.reason() == Reason.NotYetValid) {
        return Set.of(Premise.AGREED_CLOCK, Premise.STEADY_CLOCK, Premise.WATCHED_CLOCK);
      }
      return BY_TIME.contains(why.reason())
          ? Set.of(Premise.AGREED_CLOCK, Premise.STEADY_CLOCK)
          : Set.of(Premise.AGREED_CLOCK);
    }
  }

  /** Make the Secret's files again from the same key and certificate. */
  record Republish(Finding why) implements LeafDecision {}

  /**
   * Bring the trust bundle in the Secret up to date. Key and certificate stay the same, and the
   * status is not written.
   */
  record Retrust(Finding why, Truststore truststore) implements LeafDecision {}

  /** What happens to a truststore when the trust bundle next to it changes. */
  enum Truststore {
    /** It is encoded again. */
    ENCODED,
    /** It stays as it is, because its password cannot be read; it is encoded again when it can. */
    LEFT,
    /**
     * It must not stay as it is, because it holds a distrusted certificate: it is encoded again
     * with the password that opens it, or removed if that password cannot be read.
     */
    PURGED
  }

  /**
   * Restore the Secret's labels, annotations and owner; its content stays byte-identical, unless an
   * earlier version of the operator encoded the key in another way.
   */
  record Relabel(Finding why) implements LeafDecision {}

  /** Delete the Secret: all certificates of the leaf are revoked. */
  record Revoke(Finding why) implements LeafDecision {}

  /** Nothing to do for a leaf whose certificates are revoked: there is no Secret. */
  record StayRevoked() implements LeafDecision {}

  /**
   * Nothing to do.
   *
   * @param renewalTime when the certificate is due for renewal
   */
  record Keep(Instant renewalTime) implements LeafDecision {}

  /**
   * Something is due, but was tried or done too recently.
   *
   * @param until when it is tried again
   */
  record Pause(Finding why, Instant until) implements LeafDecision {}

  /** Something else must change first; what is in service stays in service. */
  record Blocked(Finding why) implements LeafDecision {
    @Override
    public Optional<Finding> stopped() {
      return Optional.of(why);
    }
  }

  /** The user must change the resource; nothing is written to the Secret. */
  record Refuse(Finding why) implements LeafDecision {
    @Override
    public Optional<Finding> stopped() {
      return Optional.of(why);
    }
  }

  /** Write and report nothing: an event is expected shortly. */
  record Await() implements LeafDecision {}
}
