package dev.mtlsoperator.reconcile.kube;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.rotation.Finding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A new list of conditions for a status, in which a transition time changes only with the
 * condition's status (Kubernetes API conventions).
 */
public final class Conditions {
  public static final String READY = "Ready";
  public static final String RECONCILING = "Reconciling";
  public static final String STALLED = "Stalled";
  public static final String RENEWAL_BLOCKED = "RenewalBlocked";
  public static final String RESTART_BLOCKED = "RestartBlocked";
  public static final String TRUST_BLOCKED = "TrustBlocked";

  /** Some CA lacks a current CRL, or something is not revoked that was to be. */
  public static final String REVOCATION_INCOMPLETE = "RevocationIncomplete";

  /** The CRLs of a trust bundle will not fit into an object any more. */
  public static final String REVOCATION_NEAR_LIMIT = "RevocationNearLimit";

  /** Everything works, but a known class of peers refuses it. */
  public static final String ADVISORY = "Advisory";

  /** The bound in the schema; the API server would reject the whole status for a longer message. */
  static final int LONGEST_MESSAGE = 32_768;

  private final List<Condition> previous;
  private final long observedGeneration;
  private final Instant now;
  private final List<Condition> fresh = new ArrayList<>();

  public Conditions(List<Condition> previous, long observedGeneration, Instant now) {
    this.previous = previous;
    this.observedGeneration = observedGeneration;
    this.now = now;
  }

  public Conditions ready(String reason, String message) {
    return add(READY, ConditionStatus.TRUE, reason, message);
  }

  public Conditions notReady(Finding why) {
    return add(READY, ConditionStatus.FALSE, why.reason().name(), why.message());
  }

  /** Adds a condition of abnormal-true polarity. */
  public Conditions abnormal(String type, Finding why) {
    return add(type, ConditionStatus.TRUE, why.reason().name(), why.message());
  }

  /** Adds {@link #ADVISORY} if there is something to say. */
  public Conditions advise(Advisory advisory) {
    return advisory.isEmpty()
        ? this
        : add(ADVISORY, ConditionStatus.TRUE, advisory.reason(), advisory.message());
  }

  /** Keeps a condition of the former status, if there is one. */
  public Conditions carryOver(String type) {
    find(previous, type).ifPresent(then -> add(type, then.status(), then.reason(), then.message()));
    return this;
  }

  public List<Condition> toList() {
    return List.copyOf(fresh);
  }

  public static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(condition -> condition.type().equals(type)).findFirst();
  }

  /**
   * Whether a condition is new or has another reason than before; for {@link #ADVISORY}, whether it
   * names other advice.
   */
  public static boolean isNews(Condition now, List<Condition> before) {
    return find(before, now.type())
        .filter(
            then ->
                now.type().equals(ADVISORY)
                    ? Advisory.ids(then.message()).equals(Advisory.ids(now.message()))
                    : then.reason().equals(now.reason()))
        .isEmpty();
  }

  private Conditions add(String type, ConditionStatus status, String reason, String message) {
    String since =
        find(previous, type)
            .filter(before -> before.status() == status)
            .map(Condition::lastTransitionTime)
            .orElse(now.toString());
    fresh.add(
        new Condition(
            type,
            status,
            observedGeneration,
            since,
            reason,
            TruncatedText.to(LONGEST_MESSAGE, message)));
    return this;
  }
}
