package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Premise;
import dev.mtlsoperator.rotation.Reason;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** What is to be done for a leaf. */
public sealed interface LeafDecision {

  /** What stands in the way until somebody acts; empty where nothing does. */
  default Optional<Finding> stopped() {
    return Optional.empty();
  }

  /** What must hold before it is carried out. */
  default Set<Premise> premises() {
    return Set.of();
  }

  /** A new certificate is issued. */
  record Issue(Finding why) implements LeafDecision {
    /**
     * Why a certificate that works is replaced: where the time is wrong, by one that does not work.
     */
    private static final Set<Reason> BY_TIME =
        Set.of(Reason.RenewalDue, Reason.CARotated, Reason.NotYetValid);

    @Override
    public Set<Premise> premises() {
      return BY_TIME.contains(why.reason())
          ? Set.of(Premise.AGREED_CLOCK, Premise.STEADY_CLOCK)
          : Set.of(Premise.AGREED_CLOCK);
    }
  }

  /** The Secret's files are made again from the same key and certificate. */
  record Republish(Finding why) implements LeafDecision {}

  /**
   * The trust bundle in the Secret is brought up to date; key and certificate stay to the byte, and
   * nothing is said in the status.
   */
  record Retrust(Finding why, Truststore truststore) implements LeafDecision {}

  /** What becomes of a truststore beside the bundle. */
  enum Truststore {
    /** It is encoded anew. */
    ENCODED,
    /** It stays as it is: its password cannot be had. It follows when it can. */
    LEFT,
    /**
     * It must not stay as it is, for it holds what is distrusted: it is encoded anew with the
     * password that opens it, or removed where that cannot be had.
     */
    PURGED
  }

  /** The Secret keeps its content to the byte, and gets its labels, annotations and owner back. */
  record Relabel(Finding why) implements LeafDecision {}

  /**
   * All is well.
   *
   * @param renewalTime when it is looked at again
   */
  record Keep(Instant renewalTime) implements LeafDecision {}

  /**
   * Something is due, but it was tried or done a moment ago.
   *
   * @param until when it is tried again
   */
  record Pause(Finding why, Instant until) implements LeafDecision {}

  /** Something outside must change first; what is in service stays in service. */
  record Blocked(Finding why) implements LeafDecision {
    @Override
    public Optional<Finding> stopped() {
      return Optional.of(why);
    }
  }

  /** The user must change the resource; nothing is touched. */
  record Refuse(Finding why) implements LeafDecision {
    @Override
    public Optional<Finding> stopped() {
      return Optional.of(why);
    }
  }

  /** Nothing is done and nothing is said: an event will come in a moment. */
  record Await() implements LeafDecision {}
}
