package dev.mtlsoperator.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What makes the operator stop rather than do something that it may regret.
 *
 * @param clock why nothing is issued and no rotation goes on
 * @param jump why nothing is done by the time alone, and no rotation goes on
 * @param untried for how long the clock has not been looked at long enough yet: meanwhile nothing
 *     is taken for expired in a way that cannot be undone; zero: it has
 * @param sight why no rotation goes on
 */
public record Doubts(
    Optional<Finding> clock, Optional<Finding> jump, Duration untried, Optional<Finding> sight) {
  /** Certificates begin this long before they are issued: so far clocks may differ. */
  public static final Duration MOST_SKEW = RenewalSchedule.BACKDATED;

  /** Why a certificate that works may be replaced by one that does not, where the time is wrong. */
  private static final Set<Reason> BY_TIME =
      Set.of(Reason.RenewalDue, Reason.CARotated, Reason.NotYetValid);

  public static Doubts none() {
    return new Doubts(Optional.empty(), Optional.empty(), Duration.ZERO, Optional.empty());
  }

  /**
   * Doubts, with what is found of the clock by its three witnesses (itself, the API server and the
   * monotonic clock) and of what is seen of the cluster.
   */
  public static Doubts of(
      Instant own, Optional<Instant> apiServer, ClockHistory history, Sight sight) {
    return new Doubts(
        clock(own, apiServer),
        jump(history),
        history.missing(),
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

  private static Optional<Finding> jump(ClockHistory history) {
    return history
        .jump()
        .filter(by -> !history.isLongEnough())
        .map(
            by ->
                new Finding(
                    Reason.ClockJumped,
                    "the operator's clock was put "
                        + (by.isNegative() ? "back" : "forward")
                        + " by about "
                        + inWords(by.abs())
                        + ": nothing is renewed, retired or deleted because of the time until it has gone evenly for "
                        + ClockHistory.ENOUGH.toMinutes()
                        + " minutes. If the time is wrong, set the clock right"));
  }

  private static String inWords(Duration time) {
    return time.toDays() > 0 ? time.toDays() + " days" : time.toMinutes() + " minutes";
  }

  /** Whether the clock did not jump, but was not looked at for long enough yet either. */
  boolean isUntried() {
    return jump.isEmpty() && !untried.isZero();
  }

  /**
   * Whether a decision that takes something for expired, or for not valid yet, has to wait until
   * the clock has been looked at for long enough. Nothing is amiss: so it is not told.
   */
  boolean defer(CaDecision decision) {
    return isUntried() && decision.restsOnTime();
  }

  /** What stands against a decision about a CA. */
  Optional<Finding> against(CaDecision decision) {
    Optional<Finding> time = decision.isAskedFor() ? clock : clock.or(() -> jump);
    if (decision instanceof CaDecision.Create) {
      return time;
    }
    return decision instanceof CaDecision.Withdraw
            || decision instanceof CaDecision.MarkDistributed
            || decision instanceof CaDecision.StartSigning
            || decision instanceof CaDecision.Reinstate
            || decision instanceof CaDecision.MarkUnused
            || decision instanceof CaDecision.MarkExpired
            || decision instanceof CaDecision.Retire
            || decision instanceof CaDecision.Condemn
            || decision instanceof CaDecision.Delete
        ? time.or(() -> sight)
        : Optional.empty();
  }

  /** What stands against a decision about a leaf. */
  Optional<Finding> against(LeafDecision decision) {
    return decision instanceof LeafDecision.Issue issue
        ? clock.or(() -> jump.filter(why -> BY_TIME.contains(issue.why().reason())))
        : Optional.empty();
  }
}
