package dev.mtlsoperator.rotation;

import dev.mtlsoperator.pki.Validity;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Tells whether the operator's clock and caches can be trusted; if not, decisions that rely on them
 * wait.
 *
 * @param clock why no certificate is issued and no rotation proceeds
 * @param jump why nothing is done that depends on time alone, and no rotation proceeds
 * @param untried how much longer the clock must be watched before irreversible decisions may regard
 *     something as expired; zero if it was watched for long enough
 * @param cacheSync why no rotation proceeds
 */
public record SafetyChecks(
    Optional<Finding> clock,
    Optional<Finding> jump,
    Duration untried,
    Optional<Finding> cacheSync) {
  /** The tolerated difference between clocks: certificates are back-dated by this much. */
  public static final Duration MOST_SKEW = Validity.BACKDATED;

  public static SafetyChecks none() {
    return new SafetyChecks(Optional.empty(), Optional.empty(), Duration.ZERO, Optional.empty());
  }

  /**
   * Checks the operator's clock against the API server's and against the monotonic clock, and the
   * state of the caches.
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
                    "the operator's caches are not in sync with the API server: rotations wait until they are; see its /readyz")));
  }

  /** Whether all watches are open and have delivered the existing objects. */
  public enum CacheSync {
    IN_SYNC,
    BEHIND
  }

  /**
   * The current time: the operator's own, or if the clocks disagree the earlier one, so that
   * nothing is declared expired too soon.
   *
   * @param apiServer its time from a recent response; empty if there was none
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
                        + "): no certificate is issued and no rotation proceeds until one of them is corrected"));
  }

  private static Optional<Finding> jump(ClockHistory history) {
    return history
        .jump()
        .filter(by -> !history.isLongEnough())
        .map(
            by ->
                new Finding(
                    Reason.ClockJumped,
                    "the operator's clock was set "
                        + (by.isNegative() ? "back" : "forward")
                        + " by about "
                        + inWords(by.abs())
                        + ": nothing is renewed, retired or deleted because of the time until it has run steadily for "
                        + ClockHistory.ENOUGH.toMinutes()
                        + " minutes. If the time is wrong, correct the clock"));
  }

  private static String inWords(Duration time) {
    return time.toDays() > 0 ? time.toDays() + " days" : time.toMinutes() + " minutes";
  }

  /** Whether the clock has not jumped but has not been watched for long enough either. */
  private boolean isUntried() {
    return jump.isEmpty() && !untried.isZero();
  }

  /**
   * Whether a decision waits until the clock has been watched for long enough. This is normal after
   * a start, and not reported.
   */
  public boolean defer(Set<Premise> premises) {
    return isUntried() && premises.contains(Premise.WATCHED_CLOCK);
  }

  /** Why a decision is not carried out; empty if all of its premises hold. */
  public Optional<Finding> against(Set<Premise> premises) {
    return failed(Premise.AGREED_CLOCK, clock, premises)
        .or(() -> failed(Premise.STEADY_CLOCK, jump, premises))
        .or(() -> failed(Premise.CACHES, cacheSync, premises));
  }

  /** Whether what has ended by the time that is told now can be taken to be over. */
  public Ends ends() {
    return defer(Premise.OF_AN_END) || against(Premise.OF_AN_END).isPresent()
        ? Ends.DOUBTED
        : Ends.BELIEVED;
  }

  /** Whether the present time tells what has ended. */
  public enum Ends {
    BELIEVED,
    /** The clock may be ahead. */
    DOUBTED
  }

  private static Optional<Finding> failed(
      Premise premise, Optional<Finding> failure, Set<Premise> premises) {
    return premises.contains(premise) ? failure : Optional.empty();
  }
}
