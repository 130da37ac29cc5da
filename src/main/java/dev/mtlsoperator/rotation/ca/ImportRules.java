package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.Optional;

/**
 * Rules for an imported CA: the operator cannot create its successor, so its owner must be told in
 * time.
 */
final class ImportRules {
  private final CaFacts facts;
  private final CreationLimits limits;
  private final Instant now;

  ImportRules(CaFacts facts, CreationLimits limits, Instant now) {
    this.facts = facts;
    this.limits = limits;
    this.now = now;
  }

  /** Why an import is blocked, or will be unless a person acts; empty if nothing is wrong. */
  Optional<Finding> stuck() {
    if (facts.desired() instanceof DesiredCertificate.Unusable unusable) {
      return Optional.of(unusable.finding());
    }
    if (!(facts.desired() instanceof DesiredCertificate.Import wanted)) {
      // where it is to follow an imported CA
      return facts.desired().refusal(facts.generations(), now);
    }
    Optional<CaGeneration> latest = facts.generations().successor().or(facts::signer);
    boolean isThere = latest.filter(g -> g.path().equals(wanted.path())).isPresent();
    if (!isThere) {
      return wanted.refusal(facts.generations(), now).or(this::tooMany);
    }
    String write = "Write another CA's certificate and key to Secret '" + wanted.secretName() + "'";
    if (facts.isRotateRequested() && facts.generations().successor().isEmpty()) {
      return Optional.of(
          new Finding(
              Reason.RotationRequested,
              "the annotation mtls-operator.dev/rotate asks for a rotation, but an imported CA has no successor that could be made here. "
                  + write
                  + ", and it begins"));
    }
    CaGeneration last = latest.orElseThrow();
    Instant due = facts.successorDue(last);
    return now.isBefore(due)
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.RenewalDue,
                "the imported generation "
                    + last.number()
                    + " ends on "
                    + last.end()
                    + ", and its certificates with it; a successor was due on "
                    + due
                    + " and cannot be made here. "
                    + write
                    + "; it is distributed for the overlap before it signs"));
  }

  private Optional<Finding> tooMany() {
    return limits.full().map(why -> new Finding(Reason.InvalidInput, why));
  }

  /**
   * Advice for after expiry, to be appended to a message; empty if the operator creates the CA
   * itself.
   */
  String onceExpired() {
    return facts
        .desired()
        .source()
        .map(
            secret ->
                ". An imported CA has no successor that could be made here: write another one to Secret '"
                    + secret
                    + "'; it signs at once")
        .orElse("");
  }
}
