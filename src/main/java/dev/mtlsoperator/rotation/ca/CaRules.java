package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.ca.DistributionState.Evidence;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** The rules that decide for a RootCA. Pure; time is an argument. */
public final class CaRules {
  private final CaFacts facts;
  private final Phase phase;
  private final Instant now;

  private CaRules(CaFacts facts, Phase phase, Instant now) {
    this.facts = facts;
    this.phase = phase;
    this.now = now;
  }

  /**
   * Decides the next step. One reconciliation may take several steps, each decided from fresh
   * facts. What a write relies on is decided from what the API server returns, because a stale
   * cache could remove a successor from the trust bundle.
   *
   * @param phase the phase of the facts at that time
   */
  public static CaDecision decide(CaFacts facts, Phase phase, SafetyChecks safety, Instant now) {
    CaRules rules = new CaRules(facts, phase, now);
    CaDecision possible = rules.possible(rules.choose(), safety);
    return rules.onEvidence(possible);
  }

  private CaDecision possible(CaDecision decision, SafetyChecks safety) {
    if (safety.defer(decision.premises())) {
      return meanwhile(safety).orElseGet(CaDecision.Keep::new);
    }
    Optional<Finding> doubt = safety.against(decision.premises());
    return doubt.isEmpty()
        ? decision
        : meanwhile(safety).orElseGet(() -> new CaDecision.Hold(doubt.get()));
  }

  // what waits concerns a successor or an end: the CRLs of those that are trusted go on reaching
  // every copy
  private Optional<CaDecision> meanwhile(SafetyChecks safety) {
    return mayPublish()
        ? Stream.of(signCrls(), publishTrust(), distribute())
            .flatMap(Optional::stream)
            .filter(other -> safety.against(other.premises()).isEmpty())
            .findFirst()
        : Optional.empty();
  }

  private CaDecision onEvidence(CaDecision decision) {
    Evidence needed = needed(decision);
    // declared from the least to the most
    return facts.copies().evidence().compareTo(needed) >= 0
        ? decision
        : new CaDecision.LookAgain(
            needed, new Finding(Reason.Confirming, "a cache is no evidence for: " + decision));
  }

  private static Evidence needed(CaDecision decision) {
    // a CRL never takes anything back, and its record is not written over a newer one
    if (decision instanceof CaDecision.Keep
        || decision instanceof CaDecision.Hold
        || decision instanceof CaDecision.Refuse
        || decision instanceof CaDecision.SignCrls) {
      return Evidence.CACHED;
    }
    // no leaf decides what a copy is to hold
    return decision instanceof CaDecision.PublishTrust
            || decision instanceof CaDecision.Distribute
            || decision instanceof CaDecision.Recall
        ? Evidence.LEAVES_CACHED
        : Evidence.FRESH;
  }

  // a distrusted generation leaves the bundles even if a person must fix something else first
  private CaDecision choose() {
    CaDecision decision = next();
    return decision instanceof CaDecision.Refuse && mayPublish()
        ? publish().or(this::distribute).orElse(decision)
        : decision;
  }

  // if it is not proven which generations are trusted, and none is distrusted, no bundle changes
  private boolean mayPublish() {
    return (facts.generations().isProven() || !facts.generations().distrusted().isEmpty())
        && !facts.generations().isEmpty();
  }

  private CaDecision next() {
    if (facts.adoptable().isPresent()) {
      return adopt(facts.adoptable().get());
    }
    if (phase instanceof Phase.Unproven unproven) {
      return new SuspectRules(facts, unproven.suspects(), now).decide();
    }
    DistrustRules distrust = new DistrustRules(facts, phase.limits(), now);
    return distrust
        .distrust()
        .orElseGet(
            () ->
                phase instanceof Phase.NoSigner
                    ? distrust.orphaned().orElseGet(this::withoutSigner)
                    : withSigner());
  }

  private static CaDecision adopt(String name) {
    return new CaDecision.Adopt(
        name,
        new Finding(
            Reason.Adopted,
            "Secret '" + name + "' is adopted, as the annotation mtls-operator.dev/adopt asks"));
  }

  private CaDecision withSigner() {
    return signCrls()
        .or(() -> new SuccessorRules(facts, phase.limits(), now).next())
        .or(this::publishTrust)
        .or(this::distribute)
        .or(() -> new RolloverRules(facts, phase, now).next())
        .or(this::relabel)
        .orElseGet(CaDecision.Keep::new);
  }

  // last: whoever changes labels back at each write holds up nothing else
  private Optional<CaDecision> relabel() {
    return facts.metadataCurrent()
        ? Optional.empty()
        : Optional.of(
            new CaDecision.Relabel(
                new Finding(
                    Reason.MetadataChanged,
                    "owner, labels or annotations of a generation's Secret are not as asked for")));
  }

  // before the trust bundles, which hold them
  private Optional<CaDecision> signCrls() {
    return facts
        .crlRules(now)
        .due()
        .map(due -> new CaDecision.SignCrls(due.generations(), due.why()));
  }

  private Optional<CaDecision> publish() {
    return signCrls().or(this::publishTrust);
  }

  private Optional<CaDecision> publishTrust() {
    return switch (facts.bundle()) {
      case ABSENT, OUTDATED ->
          Optional.of(
              new CaDecision.PublishTrust(
                  new Finding(
                      Reason.TrustChanged, "the trust ConfigMap is missing or not current")));
      case CURRENT, REFUSED, FOREIGN -> Optional.empty();
    };
  }

  private CaDecision withoutSigner() {
    if (facts.generations().isEmpty()) {
      return withoutGeneration();
    }
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return new CaDecision.Refuse(invalid.finding());
    }
    return publish()
        .or(this::distribute)
        .orElseGet(
            () ->
                new CaDecision.Refuse(
                    new Finding(
                        Reason.Distrusted,
                        "every generation is distrusted, has expired or is not valid yet, and none can be made here: nothing is issued, certificates stay as they are. Another CA in the Secret that is imported signs at once"
                            + stuckImport()
                                .map(why -> ". At present: " + why.message())
                                .orElse(""))));
  }

  private Optional<Finding> stuckImport() {
    return new ImportRules(facts, phase.limits(), now).stuck();
  }

  private Optional<CaDecision> distribute() {
    Distribution distribution = facts.distribution();
    if (!distribution.due().isEmpty()) {
      return Optional.of(
          new CaDecision.Distribute(
              new Finding(
                  Reason.TrustChanged,
                  "missing or not current: " + Distribution.named(distribution.due()))));
    }
    return distribution.surplus().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new CaDecision.Recall(
                new Finding(
                    Reason.TrustChanged,
                    "no longer asked for, or no longer taken: "
                        + Distribution.named(distribution.surplus()))));
  }

  private CaDecision withoutGeneration() {
    if (!facts.traces().isEmpty() && !facts.requests().isRotateNew()) {
      return new CaDecision.Refuse(
          new Finding(
              Reason.CAKeyMissing,
              "no generation of this CA with a valid seal and a key is left, but traces of it are ("
                  + String.join(", ", facts.traces())
                  + "): a new CA is not made silently. Restore the generation's Secret from a backup; if it comes from"
                  + " another cluster or the seal's key is lost, annotate this RootCA with"
                  + " mtls-operator.dev/adopt=sha256:<fingerprint of its certificate>"
                  + " (if that annotation is there already and was honoured before, remove it first)."
                  + " A Secret without a seal that is not this CA's is to be deleted. If the CA is lost for good, annotate it with"
                  + " mtls-operator.dev/rotate=<any new value>: a new generation then signs at once"));
    }
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return new CaDecision.Refuse(invalid.finding());
    }
    Optional<Finding> stuck = stuckImport();
    if (stuck.isPresent()) {
      return new CaDecision.Refuse(stuck.get());
    }
    if (!facts.incomplete().isEmpty()) {
      return new CaDecision.Refuse(
          new Finding(Reason.OutOfWatchScope, String.join("; ", facts.incomplete())));
    }
    return new CaDecision.Create(
        facts.highestKnown() + 1,
        CaDecision.Begins.AT_ONCE,
        facts.traces().isEmpty() ? facts.plan().reissue() : Reissue.Immediately,
        Optional.empty(),
        new Finding(Reason.Created, "a new CA was asked for"));
  }
}
