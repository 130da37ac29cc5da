package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/**
 * What the rules find for one leaf at one moment, and what is decided on it. Computed once for the
 * same facts; both the action and the report follow from it.
 *
 * @param decision what to do now
 * @param notReady why the certificate in service is not valid or does not match the spec; empty if
 *     the leaf is ready, even if the certificate is due for renewal
 */
public record LeafAssessment(LeafFacts facts, LeafDecision decision, Optional<Finding> notReady) {

  /**
   * Assesses a leaf.
   *
   * @param safety reasons not to act now
   */
  public static LeafAssessment of(LeafFacts facts, SafetyChecks safety, Instant now) {
    if (facts.revocation() == LeafRevocation.ALL) {
      return new LeafAssessment(
          facts, LeafRules.decide(facts, Optional.empty(), safety, now), Optional.empty());
    }
    Optional<Finding> unusable = unusable(facts);
    Optional<Finding> defect =
        unusable.isPresent() ? Optional.empty() : IssueRules.defect(facts, now);
    return new LeafAssessment(
        facts,
        LeafRules.decide(facts, defect, safety, now),
        unusable.or(() -> defect).or(() -> expired(facts, now)));
  }

  /** When the certificate in service is renewed. */
  public Optional<Instant> renewalTime() {
    return facts.renewalTime();
  }

  /** The certificate in service. */
  public Optional<X509Certificate> certificate() {
    return facts.certificate();
  }

  private static Optional<Finding> unusable(LeafFacts facts) {
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return Optional.of(invalid.finding());
    }
    return facts.state() instanceof SecretState.Unmanaged unmanaged
        ? Optional.of(conflict(unmanaged))
        : Optional.empty();
  }

  static Finding conflict(SecretState.Unmanaged secret) {
    return new Finding(Reason.SecretConflict, secret.message());
  }

  private static Optional<Finding> expired(LeafFacts facts, Instant now) {
    return facts
        .certificate()
        .map(c -> c.getNotAfter().toInstant())
        .filter(end -> !now.isBefore(end))
        .map(end -> new Finding(Reason.RenewalDue, "the certificate in service expired on " + end));
  }
}
