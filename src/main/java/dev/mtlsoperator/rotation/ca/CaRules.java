package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.Optional;

/** The rules that decide for a RootCA. Pure; time is an argument. */
public final class CaRules {
  private CaRules() {}

  /**
   * Decides what is to be done now. Several decisions may follow each other in one reconciliation,
   * each upon fresh facts. Whatever is written is decided only upon what the API server says: a
   * cache that lags would take a successor out of the bundle again.
   */
  public static CaDecision decide(CaFacts facts, SafetyChecks safety, Instant now) {
    CaDecision decision = choose(facts, now);
    if (safety.defer(decision.premises())) {
      return new CaDecision.Keep();
    }
    return safety
        .against(decision.premises())
        .<CaDecision>map(CaDecision.Hold::new)
        .orElseGet(() -> facts.isFresh() ? decision : onEvidence(decision));
  }

  /** Decides without any doubt. */
  static CaDecision decide(CaFacts facts, Instant now) {
    return decide(facts, SafetyChecks.none(), now);
  }

  private static CaDecision onEvidence(CaDecision decision) {
    if (decision instanceof CaDecision.Keep || decision instanceof CaDecision.Refuse) {
      return decision;
    }
    return new CaDecision.LookAgain(
        new Finding(Reason.Confirming, "a cache is no evidence for: " + decision));
  }

  // whom nobody may trust any more leaves the bundles, whatever a person has to put right first;
  // but where it is not proven who is trusted, and nobody is distrusted, every bundle stays as it
  // is
  private static CaDecision choose(CaFacts facts, Instant now) {
    CaDecision decision = next(facts, now);
    return decision instanceof CaDecision.Refuse
            && (facts.generations().isProven() || !facts.generations().distrusted().isEmpty())
            && !facts.generations().isEmpty()
        ? publish(facts).or(() -> distribute(facts.distribution())).orElse(decision)
        : decision;
  }

  private static CaDecision next(CaFacts facts, Instant now) {
    if (facts.adoptable().isPresent()) {
      String name = facts.adoptable().get();
      return new CaDecision.Adopt(
          name,
          new Finding(
              Reason.Adopted,
              "Secret '" + name + "' is adopted, as the annotation mtls-operator.dev/adopt asks"));
    }
    Optional<CaDecision> unproven = new SuspectRules(facts, now).next();
    if (unproven.isPresent()) {
      return unproven.get();
    }
    DistrustRules emergency = new DistrustRules(facts, now);
    Optional<CaDecision> distrust = emergency.distrust();
    if (distrust.isPresent()) {
      return distrust.get();
    }
    if (facts.signer().isEmpty()) {
      return emergency.orphaned().orElseGet(() -> withoutSigner(facts, now));
    }
    if (!facts.metadataCurrent()) {
      return new CaDecision.Relabel(
          new Finding(
              Reason.MetadataChanged,
              "owner or labels of a generation's Secret are not as asked for"));
    }
    return new SuccessorRules(facts, now)
        .next()
        .or(() -> publish(facts))
        .or(() -> distribute(facts.distribution()))
        .or(() -> new RolloverRules(facts, now).next())
        .orElseGet(CaDecision.Keep::new);
  }

  private static Optional<CaDecision> publish(CaFacts facts) {
    return switch (facts.bundle()) {
      case ABSENT, OUTDATED ->
          Optional.of(
              new CaDecision.PublishTrust(
                  new Finding(
                      Reason.TrustChanged, "the trust ConfigMap is missing or not current")));
      case CURRENT, REFUSED, FOREIGN -> Optional.empty();
    };
  }

  private static CaDecision withoutSigner(CaFacts facts, Instant now) {
    if (facts.generations().isEmpty()) {
      return withoutGeneration(facts, now);
    }
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return new CaDecision.Refuse(invalid.finding());
    }
    return publish(facts)
        .or(() -> distribute(facts.distribution()))
        .orElseGet(
            () ->
                new CaDecision.Refuse(
                    new Finding(
                        Reason.Distrusted,
                        "every generation is distrusted, has expired or is not valid yet, and none can be made here: nothing is issued, certificates stay as they are. Another CA in the Secret that is imported signs at once"
                            + new ImportRules(facts, now)
                                .stuck()
                                .map(why -> ". At present: " + why.message())
                                .orElse(""))));
  }

  private static Optional<CaDecision> distribute(Distribution distribution) {
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

  private static CaDecision withoutGeneration(CaFacts facts, Instant now) {
    Optional<String> rotate = facts.requests().rotate();
    boolean asked = rotate.isPresent() && !rotate.equals(facts.requests().rotateReported());
    if (!facts.traces().isEmpty() && !asked) {
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
    Optional<Finding> stuck = new ImportRules(facts, now).stuck();
    if (stuck.isPresent()) {
      return new CaDecision.Refuse(stuck.get());
    }
    if (!facts.safety().isEmpty()) {
      return new CaDecision.Refuse(
          new Finding(Reason.OutOfWatchScope, String.join("; ", facts.safety())));
    }
    return new CaDecision.Create(
        facts.highestKnown() + 1,
        CaDecision.Begins.AT_ONCE,
        facts.traces().isEmpty() ? facts.plan().reissue() : Reissue.Immediately,
        Optional.empty(),
        new Finding(Reason.Created, "a new CA was asked for"));
  }

  /** Why the CA in service is not a valid one as the spec asks; empty: the RootCA is ready. */
  public static Optional<Finding> notReady(CaFacts facts, Instant now) {
    Optional<CaGeneration> signer = facts.signer();
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return Optional.of(invalid.finding());
    }
    if (signer.isEmpty()) {
      return Optional.of(
          new DistrustRules(facts, now)
              .notBegun()
              .orElseGet(() -> new Finding(Reason.CANotAvailable, "no generation signs yet")));
    }
    Instant end = signer.get().end();
    if (!now.isBefore(end)) {
      return Optional.of(
          new Finding(
              Reason.CAExpired,
              "generation "
                  + signer.get().number()
                  + " expired on "
                  + end
                  + new ImportRules(facts, now).onceExpired()));
    }
    if (facts.bundle() == CaFacts.Bundle.FOREIGN) {
      return Optional.of(
          new Finding(
              Reason.TrustBundleConflict,
              "the ConfigMap under the name of the trust bundle is not this operator's and is left alone: delete or rename it"));
    }
    // new content of the same Secret is a rotation like any other
    Optional<String> source = facts.desired().source();
    if (source.isPresent() && source.equals(signer.get().importedFrom())) {
      return Optional.empty();
    }
    if (facts.desired() instanceof DesiredCertificate.Unusable unusable) {
      return Optional.of(unusable.finding());
    }
    return facts
        .desired()
        .differenceFrom(signer.get())
        .map(
            difference ->
                new ImportRules(facts, now)
                    .stuck()
                    .orElseGet(
                        () ->
                            new Finding(
                                Reason.SpecNotInService, difference + onItsWay(facts, now))));
  }

  /**
   * What will keep the CA in service from being followed by another one, unless somebody acts;
   * empty: nothing.
   */
  public static Optional<Finding> renewalBlocked(CaFacts facts, Instant now) {
    return facts
        .signer()
        .flatMap(
            signer ->
                new ImportRules(facts, now)
                    .stuck()
                    .map(
                        why ->
                            new Finding(
                                why.reason(),
                                why.message()
                                    + ". Generation "
                                    + signer.number()
                                    + " stays in service until "
                                    + signer.end())));
  }

  /**
   * Until when no generation is made that nobody asks for anew, though one may be due; empty: there
   * is no such time.
   */
  public static Optional<Instant> pausedUntil(CaFacts facts, Instant now) {
    return new SuccessorRules(facts, now).pausedUntil();
  }

  private static String onItsWay(CaFacts facts, Instant now) {
    return facts
        .generations()
        .successor()
        .map(g -> "; generation " + g.number() + " is as asked for and is being distributed")
        .or(() -> new SuccessorRules(facts, now).full().map(why -> "; " + why))
        .or(
            () ->
                pausedUntil(facts, now)
                    .map(
                        at ->
                            "; the generation that was made last is gone: another one is made on "
                                + at))
        .orElse("");
  }
}
