package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.ClockHistory;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.RenewalSchedule;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.SecretState.Integrity;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The rules that decide for a leaf: of each list the first finding wins. Pure; time is an argument.
 */
public final class LeafRules {
  /** Two parties that write one Secret shall not make a loop of issuances. */
  static final Duration TAMPER_PACE = Duration.ofMinutes(1);

  /** The longest time between two tries. */
  public static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /**
   * Findings of the routine: the certificate in service is still valid and what the spec asks for.
   */
  private static final Set<Reason> ROUTINE =
      Set.of(Reason.RenewalDue, Reason.RenewRequested, Reason.CARotated);

  /** Why a new certificate is needed. */
  private static final List<Rule> ISSUE =
      List.of(
          LeafRules::secretMissing,
          LeafRules::secretTampered,
          LeafRules::issuerChanged,
          LeafRules::notYetValid,
          LeafRules::specChanged,
          LeafRules::renewRequested,
          LeafRules::renewalDue,
          LeafRules::caRotated);

  private LeafRules() {}

  /** Decides what is to be done now. */
  public static LeafDecision decide(LeafFacts facts, SafetyChecks safety, Instant now) {
    LeafDecision decision = decide(facts, now);
    if (decision instanceof LeafDecision.Issue issue
        && issue.why().reason() == Reason.NotYetValid
        && safety.isUntried()) {
      Instant tried = now.plus(safety.untried());
      return trustAlone(facts).orElseGet(() -> new LeafDecision.Pause(issue.why(), tried));
    }
    return safety
        .against(decision.premises())
        .map(why -> trustAlone(facts).orElseGet(() -> new LeafDecision.Blocked(why)))
        .orElse(decision);
  }

  /** Decides without any doubt. */
  public static LeafDecision decide(LeafFacts facts, Instant now) {
    if (facts.state() instanceof SecretState.Unmanaged foreign) {
      return new LeafDecision.Refuse(new Finding(Reason.SecretConflict, foreign.message()));
    }
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return trustAlone(facts).orElseGet(() -> new LeafDecision.Refuse(invalid.finding()));
    }
    if (facts.signer() instanceof Signer.Pending) {
      return trustAlone(facts).orElseGet(LeafDecision.Await::new);
    }
    if (facts.signer() instanceof Signer.Missing missing) {
      return trustAlone(facts).orElseGet(() -> new LeafDecision.Blocked(missing.finding()));
    }
    if (facts.missingInput().isPresent()) {
      return trustAlone(facts)
          .orElseGet(() -> new LeafDecision.Blocked(facts.missingInput().get()));
    }
    Optional<Finding> issue = first(ISSUE, facts, now);
    if (issue.isPresent()) {
      return unlessPaused(
          paced(facts, now, issue.get(), new LeafDecision.Issue(issue.get())), facts);
    }
    Optional<Finding> republish = layoutChanged(facts);
    if (republish.isPresent()) {
      return unlessPaused(
          paced(facts, now, republish.get(), new LeafDecision.Republish(republish.get())), facts);
    }
    Optional<Finding> retrust = trustChanged(facts);
    if (retrust.isPresent()) {
      return new LeafDecision.Retrust(retrust.get(), LeafDecision.Truststore.ENCODED);
    }
    Optional<Finding> relabel = metadataChanged(facts);
    if (relabel.isPresent()) {
      return paced(facts, now, relabel.get(), new LeafDecision.Relabel(relabel.get()));
    }
    return wouldBeRefused(facts)
        .<LeafDecision>map(LeafDecision.Blocked::new)
        .orElseGet(() -> new LeafDecision.Keep(renewalTime(facts).orElseThrow()));
  }

  // the terms, or the CA that signs, may have changed since it was issued: that is told before it
  // hurts
  private static Optional<Finding> wouldBeRefused(LeafFacts facts) {
    return facts.signer() instanceof Signer.Available signer
        ? certificate(facts)
            .flatMap(c -> facts.issuancePolicy().refusal(c, signer.certificate()))
            .or(
                () ->
                    facts.desired() instanceof DesiredCertificate.Valid valid
                        ? Issuance.notAllowed(valid.template(), signer.signing().path())
                        : Optional.empty())
        : Optional.empty();
  }

  private static Optional<LeafDecision> trustAlone(LeafFacts facts) {
    return trustMeanwhile(facts).map(LeafDecision.class::cast);
  }

  // no failure of the past keeps trust waiting
  private static LeafDecision unlessPaused(LeafDecision decision, LeafFacts facts) {
    return decision instanceof LeafDecision.Pause ? trustAlone(facts).orElse(decision) : decision;
  }

  /** What is written for one who cannot have a certificate, or not yet: whom to trust. */
  public static Optional<LeafDecision.Retrust> trustMeanwhile(LeafFacts facts) {
    return trustChanged(facts)
        .filter(why -> ours(facts).filter(o -> o.integrity() != Integrity.TAMPERED).isPresent())
        .map(
            why ->
                new LeafDecision.Retrust(
                    why,
                    // whatever else the spec asks for: how the truststore is made stayed the same
                    facts.missingInput().isEmpty() && layoutChanged(facts).isEmpty()
                        ? LeafDecision.Truststore.ENCODED
                        : withoutEncoding(facts)));
  }

  /** What becomes of a truststore that cannot be encoded as the spec asks. */
  public static LeafDecision.Truststore withoutEncoding(LeafFacts facts) {
    return facts.trust().withdrawn().isEmpty()
        ? LeafDecision.Truststore.LEFT
        : LeafDecision.Truststore.PURGED;
  }

  /**
   * Why the certificate in service is not a valid one as the spec asks; empty: the leaf is ready.
   */
  public static Optional<Finding> notReady(LeafFacts facts, Instant now) {
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return Optional.of(invalid.finding());
    }
    if (facts.state() instanceof SecretState.Unmanaged foreign) {
      return Optional.of(new Finding(Reason.SecretConflict, foreign.message()));
    }
    Optional<Finding> expired =
        certificate(facts)
            .filter(c -> !now.isBefore(c.getNotAfter().toInstant()))
            .map(
                c ->
                    new Finding(
                        Reason.RenewalDue,
                        "the certificate in service expired on " + c.getNotAfter().toInstant()));
    return Stream.concat(
            ISSUE.stream()
                .flatMap(rule -> rule.find(facts, now).stream())
                .filter(f -> !ROUTINE.contains(f.reason())),
            expired.stream())
        .findFirst();
  }

  /**
   * When the certificate in service is renewed; empty when there is none or the spec is invalid.
   */
  public static Optional<Instant> renewalTime(LeafFacts facts) {
    return facts.desired() instanceof DesiredCertificate.Valid valid
        ? certificate(facts)
            .map(
                c ->
                    RenewalSchedule.renewalTime(
                        c.getNotBefore().toInstant(),
                        c.getNotAfter().toInstant(),
                        valid.template().renewBefore(),
                        facts.uid()))
        : Optional.empty();
  }

  @FunctionalInterface
  private interface Rule {
    Optional<Finding> find(LeafFacts facts, Instant now);
  }

  private static Optional<Finding> first(List<Rule> rules, LeafFacts facts, Instant now) {
    return rules.stream().flatMap(rule -> rule.find(facts, now).stream()).findFirst();
  }

  private static LeafDecision paced(
      LeafFacts facts, Instant now, Finding why, LeafDecision decision) {
    Optional<Instant> tamper =
        why.reason() == Reason.SecretTampered
            ? facts.lastTamperRepair().map(at -> at.plus(TAMPER_PACE))
            : Optional.empty();
    return Stream.of(facts.nextTry(), tamper)
        .flatMap(Optional::stream)
        .filter(now::isBefore)
        // noted by a clock that was ahead: nobody waits for that
        .filter(until -> !until.isAfter(now.plus(LONGEST_PAUSE)))
        .max(Instant::compareTo)
        .<LeafDecision>map(until -> new LeafDecision.Pause(why, until))
        .orElse(decision);
  }

  private static Optional<Finding> secretMissing(LeafFacts facts, Instant now) {
    return facts.state() instanceof SecretState.Absent
        ? found(Reason.SecretMissing, "the Secret does not exist")
        : Optional.empty();
  }

  private static Optional<Finding> secretTampered(LeafFacts facts, Instant now) {
    return ours(facts)
        .filter(o -> o.integrity() == Integrity.TAMPERED || o.certificate().isEmpty())
        .flatMap(
            o ->
                found(
                    Reason.SecretTampered, "the Secret's content is not what the operator wrote"));
  }

  private static Optional<Finding> issuerChanged(LeafFacts facts, Instant now) {
    return certificate(facts)
        .filter(c -> facts.signer() instanceof Signer.Available && issuer(facts).isEmpty())
        .flatMap(
            c ->
                found(
                    Reason.IssuerChanged,
                    "the certificate in service was signed by a CA that is no longer trusted"));
  }

  // verifiers refuse it; RFC 5280 section 4.1.2.5
  private static Optional<Finding> notYetValid(LeafFacts facts, Instant now) {
    return certificate(facts)
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
        ? certificate(facts)
            .flatMap(c -> valid.template().differenceFrom(c, issuer(facts).map(CaGeneration::end)))
            .flatMap(difference -> found(Reason.SpecChanged, difference))
        : Optional.empty();
  }

  private static Optional<Finding> renewRequested(LeafFacts facts, Instant now) {
    return ours(facts)
        .filter(o -> facts.renew() != null && !Objects.equals(facts.renew(), o.renew()))
        .flatMap(
            o ->
                found(
                    Reason.RenewRequested, "asked for by the annotation mtls-operator.dev/renew"));
  }

  private static Optional<Finding> renewalDue(LeafFacts facts, Instant now) {
    return renewalTime(facts)
        .filter(time -> !now.isBefore(time))
        .flatMap(time -> found(Reason.RenewalDue, "renewal was due on " + time));
  }

  private static Optional<Finding> caRotated(LeafFacts facts, Instant now) {
    return facts.signer() instanceof Signer.Available signer
            && signer.reissue() == Reissue.Immediately
        ? issuer(facts)
            .filter(issuer -> issuer.number() != signer.generation())
            .flatMap(
                issuer ->
                    found(
                        Reason.CARotated,
                        "generation " + signer.generation() + " of the CA signs now"))
        : Optional.empty();
  }

  // what is missing is added at once; what is too much can wait for the next write, unless
  // certificates move at once
  private static Optional<Finding> trustChanged(LeafFacts facts) {
    if (!facts.trust().isKnown()) {
      return Optional.empty();
    }
    List<String> wanted = facts.trust().blocks();
    return ours(facts)
        .filter(
            o ->
                !o.admittedBy().containsAll(facts.trust().admittedBy())
                    // be it only in a truststore that could not be encoded
                    || !facts.trust().withdrawn().isEmpty()
                    || (!o.trust().equals(String.join("", wanted))
                        && (facts.trust().removal() == Reissue.Immediately
                            // who is no longer trusted beside the CA goes at once
                            || !o.additional().equals(facts.trust().additional())
                            || !wanted.stream().allMatch(o.trust()::contains))))
        .flatMap(o -> found(Reason.TrustChanged, "the CA certificates to trust have changed"));
  }

  private static Optional<Finding> layoutChanged(LeafFacts facts) {
    return ours(facts)
        .filter(o -> !facts.wantedLayout().equals(o.layout()))
        .flatMap(
            o ->
                found(
                    Reason.LayoutChanged, "keystores, password, encoding or formats have changed"));
  }

  private static Optional<Finding> metadataChanged(LeafFacts facts) {
    return ours(facts)
        .filter(o -> !o.metadataCurrent())
        .flatMap(
            o ->
                found(
                    Reason.MetadataChanged,
                    "labels, annotations or owner of the Secret are not as asked for"));
  }

  private static Optional<CaGeneration> issuer(LeafFacts facts) {
    return facts.signer() instanceof Signer.Available available
        ? ours(facts)
            .flatMap(o -> o.certificate().flatMap(c -> available.issuer(c, o.caGeneration())))
        : Optional.empty();
  }

  private static Optional<SecretState.Managed> ours(LeafFacts facts) {
    return facts.state() instanceof SecretState.Managed ours ? Optional.of(ours) : Optional.empty();
  }

  private static Optional<X509Certificate> certificate(LeafFacts facts) {
    return ours(facts).flatMap(SecretState.Managed::certificate);
  }

  private static Optional<Finding> found(Reason reason, String message) {
    return Optional.of(new Finding(reason, message));
  }
}
