package dev.mtlsoperator.rotation;

import java.util.Set;

/**
 * What a decision relies on: where it does not hold, the decision waits, see {@link SafetyChecks}.
 */
public enum Premise {
  /** The operator's clock agrees with the API server's. */
  AGREED_CLOCK,
  /** The operator's clock has not jumped a moment ago. */
  STEADY_CLOCK,
  /**
   * The operator's clock has been watched for long enough: the decision takes something for
   * expired, or for not valid yet, in a way that cannot be undone.
   */
  WATCHED_CLOCK,
  /** The caches are in sync with the API server. */
  CACHES;

  /** Of a step of a rotation that follows by the time. */
  public static final Set<Premise> OF_A_STEP = Set.of(AGREED_CLOCK, STEADY_CLOCK, CACHES);

  /** Of a step of a rotation that takes something for expired. */
  public static final Set<Premise> OF_AN_END =
      Set.of(AGREED_CLOCK, STEADY_CLOCK, WATCHED_CLOCK, CACHES);

  /** Of a step of a rotation that a person asked for, whatever the time. */
  public static final Set<Premise> OF_A_REQUEST = Set.of(AGREED_CLOCK, CACHES);
}
