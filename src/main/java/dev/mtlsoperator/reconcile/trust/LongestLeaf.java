package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.ca.Policy;
import dev.mtlsoperator.api.ca.RootCA;
import java.time.Duration;

/** The longest life that a leaf of a CA asks for, as far as the CA's policy allows it. */
final class LongestLeaf {
  private final RootCA ca;
  private Duration longest = Duration.ZERO;

  LongestLeaf(RootCA ca) {
    this.ca = ca;
  }

  /** Counts what a leaf asks for; what is no duration, its own reconciliation reports. */
  void add(String duration) {
    try {
      Duration asked = allowed(Durations.parse(duration));
      longest = asked.compareTo(longest) > 0 ? asked : longest;
    } catch (IllegalArgumentException e) {
      // nothing is issued for it
    }
  }

  Duration longest() {
    return longest;
  }

  // what the policy does not allow is never issued
  private Duration allowed(Duration asked) {
    Policy policy = ca.getSpec().policy();
    String most = policy == null ? null : policy.maxDuration();
    return most != null && Durations.parse(most).compareTo(asked) < 0
        ? Durations.parse(most)
        : asked;
  }
}
