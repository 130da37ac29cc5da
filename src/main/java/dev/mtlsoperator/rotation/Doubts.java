package dev.mtlsoperator.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What makes the operator stop rather than do something that it may regret.
 *
 * @param clock why nothing is issued and no rotation goes on
 * @param sight why no rotation goes on
 */
public record Doubts(Optional<Finding> clock, Optional<Finding> sight) {
  /** Certificates begin this long before they are issued: so far clocks may differ. */
  public static final Duration MOST_SKEW = RenewalSchedule.BACKDATED;

  public static Doubts none() {
    return new Doubts(Optional.empty(), Optional.empty());
  }

  /** Doubts, with what is found of the clock and of what is seen of the cluster. */
  public static Doubts of(Instant own, Optional<Instant> apiServer, Sight sight) {
    return new Doubts(
        clock(own, apiServer),
        sight == Sight.IN_SYNC
            ? Optional.empty()
            : Optional.of(
                new Finding(
                    Reason.CachesNotInSync,
                    "the operator's watches on the API server are not in sync: no rotation goes on upon what it does not see; see its /readyz")));
  }

  /** Whether all watches are open and have seen what was there. */
  public enum Sight {
    IN_SYNC,
    BEHIND
  }

  /**
   * What is taken for now: one's own time; in doubt the earlier one, so that nothing is declared
   * expired that may not be.
   *
   * @param apiServer its time as told by a recent answer; empty: none is known
   */
  public static Instant now(Instant own, Optional<Instant> apiServer) {
    return clock(own, apiServer).isPresent() && apiServer.filter(own::isAfter).isPresent()
        ? apiServer.get()
        : own;
  }

  private static Optional<Finding> clock(Instant own, Optional<Instant> apiServer) {
    return apiServer
        .map(server -> Duration.between(server, own))
        .filter(ahead -> ahead.abs().compareTo(MOST_SKEW) > 0)
        .map(
            ahead ->
                new Finding(
                    Reason.ClockSkewed,
                    "the operator's clock and the API server's differ by more than "
                        + MOST_SKEW.toMinutes()
                        + " minutes ("
                        + (ahead.isNegative() ? "behind" : "ahead")
                        + "): nothing is issued and no rotation goes on until one of them is set right"));
  }

  /** What stands against a decision about a CA. */
  Optional<Finding> against(CaDecision decision) {
    if (decision instanceof CaDecision.Create) {
      return clock;
    }
    return decision instanceof CaDecision.Withdraw
            || decision instanceof CaDecision.MarkDistributed
            || decision instanceof CaDecision.StartSigning
            || decision instanceof CaDecision.MarkUnused
            || decision instanceof CaDecision.Retire
            || decision instanceof CaDecision.Condemn
            || decision instanceof CaDecision.Delete
        ? clock.or(() -> sight)
        : Optional.empty();
  }

  /** What stands against a decision about a leaf. */
  Optional<Finding> against(LeafDecision decision) {
    return decision instanceof LeafDecision.Issue ? clock : Optional.empty();
  }
}
