package dev.mtlsoperator.reconcile.trust;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.ca.Policy;
import dev.mtlsoperator.api.ca.RootCA;
import java.time.Duration;

/** The longest validity that a leaf of a CA requests, within the limit of the CA's policy. */
final class LongestLeaf {
  private final RootCA ca;
  private Duration longest = Duration.ZERO;

  LongestLeaf(RootCA ca) {
    this.ca = ca;
  }

  /**
   * Counts what a leaf requests; an invalid duration is reported by the leaf's own reconciliation.
   */
  void add(String duration) {
    try {
      Duration asked = allowed(Durations.parse(duration));
      longest = asked.compareTo(longest) > 0 ? asked : longest;
    } catch (IllegalArgumentException e) {
      // nothing is issued for it
    }
  }

  /** Counts what another one has counted. */
  void add(LongestLeaf other) {
    longest = other.longest.compareTo(longest) > 0 ? other.longest : longest;
  }

  Duration longest() {
    return longest;
  }

  // a certificate beyond the policy is never issued
  private Duration allowed(Duration asked) {
    Policy policy = ca.getSpec().policy();
    String most = policy == null ? null : policy.maxDuration();
    return most != null && Durations.parse(most).compareTo(asked) < 0
        ? Durations.parse(most)
        : asked;
  }
}
