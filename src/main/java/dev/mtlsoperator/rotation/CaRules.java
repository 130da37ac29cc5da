package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.Rotation.Reissue;
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
  public static CaDecision decide(CaFacts facts, Instant now) {
    CaDecision decision = choose(facts, now);
    return facts.isFresh() ? decision : onEvidence(decision);
  }

  private static CaDecision onEvidence(CaDecision decision) {
    if (decision instanceof CaDecision.Keep || decision instanceof CaDecision.Refuse) {
      return decision;
    }
    return new CaDecision.LookAgain(
        new Finding(Reason.Confirming, "a cache is no evidence for: " + decision));
  }

  private static CaDecision choose(CaFacts facts, Instant now) {
    Succession succession = new Succession(facts, now);
    if (facts.adoptable().isPresent()) {
      String name = facts.adoptable().get();
      return new CaDecision.Adopt(
          name,
          new Finding(
              Reason.Adopted,
              "Secret '" + name + "' is adopted, as the annotation mtls-operator.dev/adopt asks"));
    }
    Optional<CaDecision> distrust = succession.distrust();
    if (distrust.isPresent()) {
      return distrust.get();
    }
    if (facts.signer().isEmpty()) {
      return succession.orphaned().orElseGet(() -> withoutGeneration(facts));
    }
    if (!facts.metadataCurrent()) {
      return new CaDecision.Relabel(
          new Finding(
              Reason.MetadataChanged,
              "owner or labels of a generation's Secret are not as asked for"));
    }
    return succession
        .succession()
        .or(() -> publish(facts))
        .or(succession::advance)
        .orElseGet(CaDecision.Keep::new);
  }

  private static Optional<CaDecision> publish(CaFacts facts) {
    return switch (facts.bundle()) {
      case ABSENT, OUTDATED ->
          Optional.of(
              new CaDecision.PublishTrust(
                  new Finding(
                      Reason.TrustChanged, "the trust ConfigMap is missing or not current")));
      case CURRENT, FOREIGN -> Optional.empty();
    };
  }

  private static CaDecision withoutGeneration(CaFacts facts) {
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
                  + " mtls-operator.dev/adopt=sha256:<fingerprint of its certificate>. If it is lost for good, annotate it with"
                  + " mtls-operator.dev/rotate=<any new value>: a new generation then signs at once"));
    }
    if (facts.draft() instanceof Draft.Invalid invalid) {
      return new CaDecision.Refuse(invalid.finding());
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
    if (facts.draft() instanceof Draft.Invalid invalid) {
      return Optional.of(invalid.finding());
    }
    if (signer.isEmpty()) {
      return Optional.of(new Finding(Reason.CANotAvailable, "no generation signs yet"));
    }
    Instant end = signer.get().end();
    if (!now.isBefore(end)) {
      return Optional.of(
          new Finding(
              Reason.CAExpired, "generation " + signer.get().number() + " expired on " + end));
    }
    if (facts.bundle() == CaFacts.Bundle.FOREIGN) {
      return Optional.of(
          new Finding(
              Reason.TrustBundleConflict,
              "the ConfigMap under the name of the trust bundle is not this operator's and is left alone: delete or rename it"));
    }
    return ((Draft.Valid) facts.draft())
        .blueprint()
        .differenceFrom(signer.get().certificate(), Optional.empty())
        .map(difference -> new Finding(Reason.SpecNotInService, difference + onItsWay(facts)));
  }

  private static String onItsWay(CaFacts facts) {
    return facts
        .lineage()
        .successor()
        .map(g -> "; generation " + g.number() + " is as asked for and is being distributed")
        .orElse("");
  }
}
