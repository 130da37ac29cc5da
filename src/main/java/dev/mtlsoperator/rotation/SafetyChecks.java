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
 * @param cacheSync why no rotation goes on
 */
public record SafetyChecks(
    Optional<Finding> clock,
    Optional<Finding> jump,
    Duration untried,
    Optional<Finding> cacheSync) {
  /** Certificates begin this long before they are issued: so far clocks may differ. */
  public static final Duration MOST_SKEW = RenewalSchedule.BACKDATED;

  public static SafetyChecks none() {
    return new SafetyChecks(Optional.empty(), Optional.empty(), Duration.ZERO, Optional.empty());
  }

  /**
   * Doubts, with what is found of the clock by its three witnesses (itself, the API server and the
   * monotonic clock) and of what is seen of the cluster.
   */
  public static SafetyChecks of(
      Instant own, Optional<Instant> apiServer, ClockHistory history, CacheSync cacheSync) {
    return new SafetyChecks(
        clock(own, apiServer),
        jump(history),
        history.missing(),
        cacheSync == CacheSync.IN_SYNC
            ? Optional.empty()
            : Optional.of(
                new Finding(
                    Reason.CachesNotInSync,
                    "the operator's watches on the API server are not in sync: no rotation goes on upon what it does not see; see its /readyz")));
  }

  /** Whether all watches are open and have seen what was there. */
  public enum CacheSync {
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
  public boolean isUntried() {
    return jump.isEmpty() && !untried.isZero();
  }

  /**
   * Whether a decision has to wait until the clock has been watched for long enough. Nothing is
   * amiss, so it is not reported.
   */
  public boolean defer(Set<Premise> premises) {
    return isUntried() && premises.contains(Premise.WATCHED_CLOCK);
  }

  /** Why a decision is not carried out; empty: all that it relies on holds. */
  public Optional<Finding> against(Set<Premise> premises) {
    return failed(Premise.AGREED_CLOCK, clock, premises)
        .or(() -> failed(Premise.STEADY_CLOCK, jump, premises))
        .or(() -> failed(Premise.CACHES, cacheSync, premises));
  }

  private static Optional<Finding> failed(
      Premise premise, Optional<Finding> failure, Set<Premise> premises) {
    return premises.contains(premise) ? failure : Optional.empty();
  }
}
