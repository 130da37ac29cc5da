package dev.mtlsoperator.rotation;

import java.util.Set;

/**
 * A condition on which a decision relies; while it does not hold, the decision waits, see {@link
 * SafetyChecks}.
 */
public enum Premise {
  /** The operator's clock agrees with the API server's. */
  AGREED_CLOCK,
  /** The operator's clock has not jumped recently. */
  STEADY_CLOCK,
  /**
   * The operator's clock has been watched for long enough; for irreversible decisions that regard
   * something as expired or not yet valid.
   */
  WATCHED_CLOCK,
  /** The caches are in sync with the API server. */
  CACHES;

  /** Premises of a step of a rotation that happens by time. */
  public static final Set<Premise> OF_A_STEP = Set.of(AGREED_CLOCK, STEADY_CLOCK, CACHES);

  /** Premises of a step of a rotation that regards something as expired. */
  public static final Set<Premise> OF_AN_END =
      Set.of(AGREED_CLOCK, STEADY_CLOCK, WATCHED_CLOCK, CACHES);

  /** Premises of a step of a rotation that a user requested, regardless of time. */
  public static final Set<Premise> OF_A_REQUEST = Set.of(AGREED_CLOCK, CACHES);
}
