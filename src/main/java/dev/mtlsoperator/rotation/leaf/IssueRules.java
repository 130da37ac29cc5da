package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The rules that tell why a new certificate is needed. The first finding counts; later rules are
 * not evaluated, so that no rule parses what somebody else put into the Secret.
 */
final class IssueRules {
  /** The certificate in service is missing, not valid yet, or not what the spec asks for. */
  private static final List<Rule> DEFECTS =
      List.of(
          IssueRules::secretMissing,
          IssueRules::secretTampered,
          IssueRules::issuerChanged,
          IssueRules::notYetValid,
          IssueRules::specChanged,
          IssueRules::revoked);

  /** The certificate in service is still usable: the leaf stays ready. */
  private static final List<Rule> ROUTINE =
      List.of(
          IssueRules::renewRequested,
          IssueRules::revocationAsked,
          IssueRules::renewalDue,
          IssueRules::caRotated);

  private IssueRules() {}

  @FunctionalInterface
  private interface Rule {
    Optional<Finding> find(LeafFacts facts, Instant now);
  }

  /** Why the certificate in service is not usable; empty if it is. */
  static Optional<Finding> defect(LeafFacts facts, Instant now) {
    return first(DEFECTS, facts, now);
  }

  /** Why a usable certificate is replaced; empty if it is not. */
  static Optional<Finding> routine(LeafFacts facts, Instant now) {
    return first(ROUTINE, facts, now);
  }

  private static Optional<Finding> first(List<Rule> rules, LeafFacts facts, Instant now) {
    return rules.stream().flatMap(rule -> rule.find(facts, now).stream()).findFirst();
  }

  private static Optional<Finding> secretMissing(LeafFacts facts, Instant now) {
    return facts.state() instanceof SecretState.Absent
        ? found(Reason.SecretMissing, "the Secret does not exist")
        : Optional.empty();
  }

  private static Optional<Finding> secretTampered(LeafFacts facts, Instant now) {
    return facts
        .state()
        .managed()
        .filter(
            managed -> managed.integrity() == Integrity.TAMPERED || managed.certificate().isEmpty())
        .flatMap(
            managed ->
                found(
                    Reason.SecretTampered, "the Secret's content is not what the operator wrote"));
  }

  private static Optional<Finding> issuerChanged(LeafFacts facts, Instant now) {
    return facts
        .certificate()
        .filter(c -> facts.signer() instanceof Signer.Available && facts.issuer().isEmpty())
        .flatMap(
            c ->
                found(
                    Reason.IssuerChanged,
                    "the certificate in service was signed by a CA that is no longer trusted"));
  }

  // verifiers reject such a certificate; RFC 5280 section 4.1.2.5
  private static Optional<Finding> notYetValid(LeafFacts facts, Instant now) {
    return facts
        .certificate()
        .map(c -> c.getNotBefore().toInstant())
        .filter(now.plus(SafetyChecks.MOST_SKEW)::isBefore)
        .flatMap(
            start ->
                found(
                    Reason.NotYetValid,
                    "the certificate in service is not valid before "
                        + start
                        + ": it was made by a clock that was ahead, or the operator's is behind. It is issued again when the clock has gone evenly for "
                        + ClockHistory.ENOUGH.toMinutes()
                        + " minutes"));
  }

  private static Optional<Finding> specChanged(LeafFacts facts, Instant now) {
    return facts.desired() instanceof DesiredCertificate.Valid valid
        ? facts
            .certificate()
            .flatMap(c -> valid.template().differenceFrom(c, facts.issuer().map(CaGeneration::end)))
            .flatMap(difference -> found(Reason.SpecChanged, difference))
        : Optional.empty();
  }

  // the resource is in service: what was revoked is this certificate, not what it stands for
  private static Optional<Finding> revoked(LeafFacts facts, Instant now) {
    return facts.revocation() == LeafRevocation.LISTED
        ? found(
            Reason.Revoked,
            "the certificate in service is revoked: it is on a CRL of its RootCA, or spec.revocation.serialNumbers there names it")
        : Optional.empty();
  }

  private static Optional<Finding> renewRequested(LeafFacts facts, Instant now) {
    return facts
        .state()
        .managed()
        .filter(managed -> facts.renew() != null && !Objects.equals(facts.renew(), managed.renew()))
        .flatMap(
            managed ->
                found(
                    Reason.RenewRequested, "asked for by the annotation mtls-operator.dev/renew"));
  }

  private static Optional<Finding> revocationAsked(LeafFacts facts, Instant now) {
    return facts.revocation() == LeafRevocation.CURRENT
        ? found(
            Reason.Revoked,
            "the certificate in service is to be revoked, and its successor comes first")
        : Optional.empty();
  }

  private static Optional<Finding> renewalDue(LeafFacts facts, Instant now) {
    return facts
        .renewalTime()
        .filter(time -> !now.isBefore(time))
        .flatMap(time -> found(Reason.RenewalDue, "renewal was due on " + time));
  }

  private static Optional<Finding> caRotated(LeafFacts facts, Instant now) {
    return facts.signer() instanceof Signer.Available signer
            && signer.reissue() == Reissue.Immediately
        ? facts
            .issuer()
            .filter(issuer -> issuer.number() != signer.generation())
            .flatMap(
                issuer ->
                    found(
                        Reason.CARotated,
                        "generation " + signer.generation() + " of the CA signs now"))
        : Optional.empty();
  }

  private static Optional<Finding> found(Reason reason, String message) {
    return Optional.of(new Finding(reason, message));
  }
}
