package dev.mtlsoperator.rotation;

import java.time.Instant;
import java.util.Optional;

/** The rules that decide for a RootCA. Pure; time is an argument. */
public final class CaRules {
  private CaRules() {}

  /**
   * Decides what is to be done now. Several decisions may follow each other in one reconciliation,
   * each upon fresh facts.
   */
  public static CaDecision decide(CaFacts facts) {
    if (facts.adoptable().isPresent()) {
      String name = facts.adoptable().get();
      return new CaDecision.Adopt(
          name,
          new Finding(
              Reason.Adopted,
              "Secret '" + name + "' is adopted, as the annotation mtls-operator.dev/adopt asks"));
    }
    if (facts.signer().isEmpty()) {
      return withoutSigner(facts);
    }
    if (!facts.metadataCurrent()) {
      return new CaDecision.Relabel(
          new Finding(
              Reason.MetadataChanged,
              "owner or labels of a generation's Secret are not as asked for"));
    }
    return switch (facts.bundle()) {
      case ABSENT, OUTDATED ->
          new CaDecision.PublishTrust(
              new Finding(Reason.TrustChanged, "the trust ConfigMap is missing or not current"));
      case CURRENT, FOREIGN -> new CaDecision.Keep();
    };
  }

  private static CaDecision withoutSigner(CaFacts facts) {
    if (!facts.traces().isEmpty()) {
      return new CaDecision.Refuse(
          new Finding(
              Reason.CAKeyMissing,
              "no generation of this CA with a valid seal and a key is left, but traces of it are ("
                  + String.join(", ", facts.traces())
                  + "): a new CA is not made silently. Restore the generation's Secret from a backup; if it comes from"
                  + " another cluster or the seal's key is lost, annotate this RootCA with"
                  + " mtls-operator.dev/adopt=sha256:<fingerprint of its certificate>"));
    }
    if (facts.draft() instanceof Draft.Invalid invalid) {
      return new CaDecision.Refuse(invalid.finding());
    }
    return new CaDecision.Create(
        facts.highestKnown() + 1, new Finding(Reason.Created, "a new CA was asked for"));
  }

  /** Why the CA in service is not a valid one as the spec asks; empty: the RootCA is ready. */
  public static Optional<Finding> notReady(CaFacts facts, Instant now) {
    Optional<CaFacts.Known> signer = facts.signer();
    if (facts.draft() instanceof Draft.Invalid invalid) {
      return Optional.of(invalid.finding());
    }
    if (signer.isEmpty()) {
      return Optional.of(new Finding(Reason.CANotAvailable, "no generation signs yet"));
    }
    Instant end = signer.get().certificate().getNotAfter().toInstant();
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
        .map(
            difference ->
                new Finding(
                    Reason.SpecNotInService,
                    difference
                        + "; a CA in service is not changed by an edit. Take the edit back, or create a RootCA of another name"));
  }
}
