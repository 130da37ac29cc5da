package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.request.Issuance;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** Decides what to do for a leaf. Pure; the time is an argument. */
public final class LeafRules {
  /** The minimum interval between two repairs, so that two writers of one Secret do not loop. */
  static final Duration TAMPER_PACE = Duration.ofMinutes(1);

  /** The maximum interval between two tries. */
  public static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  private LeafRules() {}

  /** Decides what to do now. */
  public static LeafDecision decide(LeafFacts facts, SafetyChecks safety, Instant now) {
    return LeafAssessment.of(facts, safety, now).decision();
  }

  /** Decides what to do if the clock and the caches can be trusted. */
  public static LeafDecision decide(LeafFacts facts, Instant now) {
    return decide(facts, SafetyChecks.none(), now);
  }

  /**
   * Decides what to do now.
   *
   * @param defect why the certificate in service is not usable, see {@link IssueRules#defect}
   */
  static LeafDecision decide(
      LeafFacts facts, Optional<Finding> defect, SafetyChecks safety, Instant now) {
    LeafDecision decision = unchecked(facts, defect, now);
    if (decision instanceof LeafDecision.Issue issue && safety.defer(issue.premises())) {
      return orTrust(facts, new LeafDecision.Pause(issue.why(), now.plus(safety.untried())));
    }
    return safety
        .against(decision.premises())
        .map(why -> orTrust(facts, new LeafDecision.Blocked(why)))
        .orElse(decision);
  }

  private static LeafDecision unchecked(LeafFacts facts, Optional<Finding> defect, Instant now) {
    if (facts.revocation() == LeafRevocation.ALL) {
      return facts.state().managed().isPresent()
          ? new LeafDecision.Revoke(
              new Finding(Reason.Revoked, "spec.revoked takes the certificate out of service"))
          : new LeafDecision.StayRevoked();
    }
    if (facts.state() instanceof SecretState.Unmanaged unmanaged) {
      return new LeafDecision.Refuse(LeafAssessment.conflict(unmanaged));
    }
    Optional<LeafDecision> stopped = stopped(facts);
    if (stopped.isPresent()) {
      return orTrust(facts, stopped.get());
    }
    Optional<LeafDecision> confused = namesakes(facts, now);
    if (confused.isPresent()) {
      return confused.get();
    }
    Optional<Finding> issue = defect.or(() -> IssueRules.routine(facts, now));
    if (issue.isPresent()) {
      return unlessPaused(facts, issue.get(), new LeafDecision.Issue(issue.get()), now);
    }
    Optional<Finding> republish = ContentRules.layoutChanged(facts);
    if (republish.isPresent()) {
      return unlessPaused(facts, republish.get(), new LeafDecision.Republish(republish.get()), now);
    }
    Optional<Finding> retrust = ContentRules.trustChanged(facts);
    if (retrust.isPresent()) {
      return new LeafDecision.Retrust(retrust.get(), LeafDecision.Truststore.ENCODED);
    }
    Optional<Finding> relabel = ContentRules.metadataChanged(facts);
    if (relabel.isPresent()) {
      return paced(facts, relabel.get(), new LeafDecision.Relabel(relabel.get()), now);
    }
    return wouldBeRefused(facts)
        .<LeafDecision>map(LeafDecision.Blocked::new)
        .orElseGet(() -> new LeafDecision.Keep(facts.renewalTime().orElseThrow()));
  }

  // why no certificate can be issued, whatever the Secret holds
  private static Optional<LeafDecision> stopped(LeafFacts facts) {
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return Optional.of(new LeafDecision.Refuse(invalid.finding()));
    }
    if (facts.signer() instanceof Signer.Pending) {
      return Optional.of(new LeafDecision.Await());
    }
    if (facts.signer() instanceof Signer.Missing missing) {
      return Optional.of(new LeafDecision.Blocked(missing.finding()));
    }
    return facts.missingInput().map(LeafDecision.Blocked::new);
  }

  // OpenSSL refuses some peers with such a bundle: who asks for it learns so, unless something
  // distrusted has to leave. A rotation of one of the CAs asks nobody: it stops no certificate
  private static Optional<LeafDecision> namesakes(LeafFacts facts, Instant now) {
    boolean asked =
        facts.state().managed().isEmpty() || ContentRules.layoutChanged(facts).isPresent();
    return facts.newNamesakes(now).stream()
        .filter(pair -> asked)
        .findFirst()
        .map(pair -> new LeafDecision.Blocked(together(pair)))
        .map(blocked -> facts.trust().withdrawn().isEmpty() ? blocked : orTrust(facts, blocked));
  }

  private static Finding together(Namesakes.Pair pair) {
    return new Finding(
        Reason.InvalidSpec,
        "the RootCAs that this certificate's holder trusts (spec.trustedCARefs, else spec.rootCARef) cannot be trusted together: "
            + pair.message()
            + ". Name only one of them, or have one replaced by a CA of another subject or with a subjectKeyIdentifier");
  }

  // the policy, or the signing CA, may have changed since the certificate was issued: that is
  // reported before a renewal fails
  private static Optional<Finding> wouldBeRefused(LeafFacts facts) {
    return facts.signer() instanceof Signer.Available signer
        ? facts
            .certificate()
            .flatMap(c -> facts.issuancePolicy().refusal(c, signer.certificate()))
            .or(
                () ->
                    facts.desired() instanceof DesiredCertificate.Valid valid
                        ? Issuance.notAllowed(valid.template(), signer.signing().path())
                        : Optional.empty())
        : Optional.empty();
  }

  // what delays a certificate does not delay trust
  private static LeafDecision orTrust(LeafFacts facts, LeafDecision decision) {
    return trustMeanwhile(facts).<LeafDecision>map(retrust -> retrust).orElse(decision);
  }

  private static LeafDecision unlessPaused(
      LeafFacts facts, Finding why, LeafDecision decision, Instant now) {
    LeafDecision paced = paced(facts, why, decision, now);
    return paced instanceof LeafDecision.Pause ? orTrust(facts, paced) : paced;
  }

  /**
   * The trust to write for a leaf that cannot have a certificate, or not yet; empty if its bundle
   * is up to date, or the operator does not manage it.
   */
  public static Optional<LeafDecision.Retrust> trustMeanwhile(LeafFacts facts) {
    return ContentRules.trustChanged(facts)
        .filter(why -> facts.state().untampered().isPresent())
        .map(
            why ->
                new LeafDecision.Retrust(
                    why,
                    // regardless of other spec changes, the truststore is
                    // encoded as before
                    facts.missingInput().isEmpty() && ContentRules.layoutChanged(facts).isEmpty()
                        ? LeafDecision.Truststore.ENCODED
                        : withoutEncoding(facts)));
  }

  /** What to do with a truststore that cannot be encoded as the spec asks. */
  public static LeafDecision.Truststore withoutEncoding(LeafFacts facts) {
    return facts.trust().withdrawn().isEmpty()
        ? LeafDecision.Truststore.LEFT
        : LeafDecision.Truststore.PURGED;
  }

  private static LeafDecision paced(
      LeafFacts facts, Finding why, LeafDecision decision, Instant now) {
    Optional<Instant> tamper =
        why.reason() == Reason.SecretTampered
            ? facts.lastTamperRepair().map(at -> at.plus(TAMPER_PACE))
            : Optional.empty();
    return Stream.of(facts.nextTry(), tamper)
        .flatMap(Optional::stream)
        .filter(now::isBefore)
        // ignore a later time: a clock that was ahead recorded it
        .filter(until -> !until.isAfter(now.plus(LONGEST_PAUSE)))
        .max(Instant::compareTo)
        .<LeafDecision>map(until -> new LeafDecision.Pause(why, until))
        .orElse(decision);
  }
}
