package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.rotation.Finding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A fresh list of conditions, in which the transition time moves only with the status (Kubernetes
 * API conventions).
 */
final class Conditions {
  static final String READY = "Ready";
  static final String RECONCILING = "Reconciling";
  static final String STALLED = "Stalled";
  static final String RENEWAL_BLOCKED = "RenewalBlocked";
  static final String RESTART_BLOCKED = "RestartBlocked";
  static final String TRUST_BLOCKED = "TrustBlocked";

  /** What the schema allows: with a longer one the whole status would be refused. */
  static final int LONGEST_MESSAGE = 32_768;

  private final List<Condition> previous;
  private final long observedGeneration;
  private final Instant now;
  private final List<Condition> fresh = new ArrayList<>();

  Conditions(List<Condition> previous, long observedGeneration, Instant now) {
    this.previous = previous;
    this.observedGeneration = observedGeneration;
    this.now = now;
  }

  Conditions ready(String reason, String message) {
    return add(READY, ConditionStatus.TRUE, reason, message);
  }

  Conditions notReady(Finding why) {
    return add(READY, ConditionStatus.FALSE, why.reason().name(), why.message());
  }

  /** One of the abnormal-true conditions. */
  Conditions abnormal(String type, Finding why) {
    return add(type, ConditionStatus.TRUE, why.reason().name(), why.message());
  }

  /** The condition as it was told last, if it was. */
  Conditions carryOver(String type) {
    find(previous, type).ifPresent(then -> add(type, then.status(), then.reason(), then.message()));
    return this;
  }

  List<Condition> toList() {
    return List.copyOf(fresh);
  }

  static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(condition -> condition.type().equals(type)).findFirst();
  }

  /** Whether a condition was not told before with the same reason. */
  static boolean isNews(Condition now, List<Condition> before) {
    return find(before, now.type()).filter(then -> then.reason().equals(now.reason())).isEmpty();
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
            Shortened.to(LONGEST_MESSAGE, message)));
    return this;
  }
}
