package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision.Completeness;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Rules for the rollover from one generation to the next, created or imported: the successor is
 * trusted before it signs, and the former signer stays trusted until nothing that it signed is in
 * use. Pure; time is an argument.
 */
final class RolloverRules {
  private final CaFacts facts;
  private final Phase phase;
  private final Instant now;

  RolloverRules(CaFacts facts, Phase phase, Instant now) {
    this.facts = facts;
    this.phase = phase;
    this.now = now;
  }

  /** The next step of a rotation in progress. */
  Optional<CaDecision> next() {
    CaGeneration signer = facts.signer().orElseThrow();
    if (!facts.incomplete().isEmpty() && !signer.isExpired(now)) {
      return Optional.empty();
    }
    return Stream.<Supplier<Optional<CaDecision>>>of(
            () -> facts.generations().replacedTooEarly().map(astray -> reinstate(signer, astray)),
            () -> arrival().flatMap(this::forward),
            () -> departure().flatMap(this::away),
            this::deletion)
        .map(Supplier::get)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<Arrival> arrival() {
    return phase instanceof Phase.Distributing distributing
        ? Optional.of(distributing.arrival())
        : Optional.empty();
  }

  private Optional<Departure> departure() {
    if (phase instanceof Phase.Distributing distributing) {
      return distributing.departure();
    } else if (phase instanceof Phase.Migrating migrating) {
      return Optional.of(migrating.departure());
    }
    return phase instanceof Phase.Retiring retiring
        ? Optional.of(retiring.departure())
        : Optional.empty();
  }

  private static CaDecision reinstate(CaGeneration signer, CaGeneration astray) {
    return new CaDecision.Reinstate(
        signer.number(),
        astray.number(),
        new Finding(
            Reason.NotYetValid,
            "generation "
                + signer.number()
                + " signs again, for generation "
                + astray.number()
                + ", which had replaced it, is not valid before "
                + astray.start()));
  }

  private Optional<CaDecision> forward(Arrival arrival) {
    CaGeneration signer = arrival.signer();
    CaGeneration successor = arrival.successor();
    if (successor.isExpired(now)) {
      return Optional.empty();
    }
    if (signer.isExpired(now)) {
      return Optional.of(
          start(
              successor,
              Completeness.INCOMPLETE,
              "generation " + signer.number() + " expired on " + signer.end()));
    }
    if (arrival.isTold() && isKnownAlready(successor)) {
      return Optional.of(
          start(
              successor,
              Completeness.COMPLETE,
              "whoever trusts the generation before verifies what it signs"));
    }
    if (arrival.isTold() && arrival.isReady(now)) {
      return Optional.of(
          start(successor, Completeness.COMPLETE, "every trust bundle holds it for the overlap"));
    }
    if (arrival.isTold() && !now.isBefore(arrival.lastCall())) {
      return Optional.of(
          start(
              successor,
              Completeness.INCOMPLETE,
              "generation " + signer.number() + " ends on " + signer.end()));
    }
    return arrival.isEverywhere() && successor.milestones().distributedAt().isEmpty()
        ? Optional.of(distributed(successor))
        : Optional.empty();
  }

  private static CaDecision distributed(CaGeneration successor) {
    return new CaDecision.MarkDistributed(
        successor.number(),
        new Finding(
            Reason.Distributed, "every trust bundle holds generation " + successor.number()));
  }

  /**
   * Whether every copy trusts the successor already, because it chains to a root that each copy
   * holds.
   */
  private boolean isKnownAlready(CaGeneration successor) {
    Instant settled = now.plus(facts.plan().overlap().multipliedBy(2));
    return facts.generations().trusted().stream()
        .filter(g -> g.isSigning() && g.number() < successor.number())
        .filter(g -> successor.path().isVerifiedBy(g.path()))
        .filter(
            g ->
                g.anchor().equals(successor.anchor())
                    || g.anchor().getNotAfter().toInstant().isAfter(settled))
        .anyMatch(g -> facts.copies().lacking(g).isEmpty());
  }

  private static CaDecision start(CaGeneration successor, Completeness trust, String because) {
    return new CaDecision.StartSigning(
        successor.number(),
        Optional.empty(),
        trust,
        new Finding(
            trust == Completeness.COMPLETE ? Reason.Migrating : Reason.TrustIncomplete,
            "generation " + successor.number() + " signs: " + because));
  }

  private Optional<CaDecision> away(Departure departure) {
    CaGeneration former = departure.former();
    if (former.isExpired(now)) {
      return Optional.of(expired(former));
    }
    if (!departure.users().isEmpty() || !departure.lacking().isEmpty()) {
      return Optional.empty();
    }
    if (former.milestones().unusedSince().isEmpty()) {
      return Optional.of(
          new CaDecision.MarkUnused(
              former.number(),
              new Finding(
                  Reason.Unused,
                  "no certificate in service is signed by generation "
                      + former.number()
                      + " any more")));
    }
    return departure.isTold() && departure.isReady(now)
        ? Optional.of(retire(former, "nothing that it signed is in use any more"))
        : Optional.empty();
  }

  private static CaDecision expired(CaGeneration former) {
    Finding expired =
        new Finding(
            Reason.CAExpired,
            "generation "
                + former.number()
                + " leaves the trust bundles: it expired on "
                + former.end());
    return former.seenExpired().isPresent()
        ? new CaDecision.Retire(former.number(), expired)
        : new CaDecision.MarkExpired(former.number(), expired);
  }

  private static CaDecision retire(CaGeneration former, String because) {
    return new CaDecision.Retire(
        former.number(),
        new Finding(
            Reason.Retiring,
            "generation " + former.number() + " leaves the trust bundles: " + because));
  }

  /**
   * Whether to keep the key of a generation that no bundle holds any more: it left because of the
   * time, and the clock may have been wrong. The key of a distrusted generation is deleted
   * immediately.
   */
  private boolean isKept(CaGeneration leaving) {
    if (leaving.contains(facts.generations().distrusted())) {
      return false;
    }
    Optional<Instant> since =
        hasExpired(leaving)
            // times in the future were recorded by a clock that was ahead
            ? leaving
                .seenExpired()
                .filter(at -> !at.isAfter(now))
                .or(() -> Optional.of(leaving.end()))
            : replacedByTime(leaving);
    return since.filter(at -> now.isBefore(at.plus(leaving.grace()))).isPresent();
  }

  /**
   * When the signer started to sign, if it may have been due; empty if it was created early, on
   * purpose.
   */
  private Optional<Instant> replacedByTime(CaGeneration leaving) {
    return facts
        .signer()
        .filter(signer -> !signer.made().isBefore(RotationPlan.soonestSuccessor(leaving)))
        .flatMap(signer -> signer.milestones().signingSince());
  }

  private boolean hasExpired(CaGeneration generation) {
    return generation.isExpired(now) || generation.seenExpired().isPresent();
  }

  private Optional<CaDecision> deletion() {
    return facts.generations().leaving().stream()
        .filter(leaving -> !isKept(leaving))
        .findFirst()
        .map(this::delete);
  }

  private CaDecision delete(CaGeneration leaving) {
    return new CaDecision.Delete(
        leaving.number(),
        new Finding(
            hasExpired(leaving) ? Reason.CAExpired : Reason.Retired,
            "generation "
                + leaving.number()
                + " is in no trust bundle any more; its Secret and key are deleted"));
  }
}
