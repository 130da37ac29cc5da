package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision.Completeness;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How one generation that is there follows another, wherever it comes from: it is trusted before it
 * signs, and the former one until nothing that it signed is in use. Pure; time is an argument.
 */
final class RolloverRules {
  private final CaFacts facts;
  private final Instant now;

  RolloverRules(CaFacts facts, Instant now) {
    this.facts = facts;
    this.now = now;
  }

  /** The next step of a rotation that is under way. */
  Optional<CaDecision> next() {
    CaGeneration signer = facts.signer().orElseThrow();
    if (!facts.safety().isEmpty() && !signer.isExpired(now)) {
      return Optional.empty();
    }
    return Stream.<Optional<CaDecision>>of(
            facts.generations().replacedTooEarly().map(astray -> reinstate(signer, astray)),
            facts.generations().successor().flatMap(successor -> forward(signer, successor)),
            facts.generations().former().stream()
                .findFirst()
                .flatMap(former -> away(signer, former)),
            facts.generations().leaving().stream()
                .filter(leaving -> !isKept(leaving))
                .findFirst()
                .map(this::delete))
        .flatMap(Optional::stream)
        .findFirst();
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

  private Optional<CaDecision> forward(CaGeneration signer, CaGeneration successor) {
    if (successor.isExpired(now)) {
      return Optional.empty();
    }
    int number = successor.number();
    boolean everybody = facts.copies().lacking(successor).isEmpty();
    if (signer.isExpired(now)) {
      return Optional.of(
          start(
              successor,
              Completeness.INCOMPLETE,
              "generation " + signer.number() + " expired on " + signer.end()));
    }
    if (isTold(successor) && isKnownAlready(successor)) {
      return Optional.of(
          start(
              successor,
              Completeness.COMPLETE,
              "whoever trusts the generation before verifies what it signs"));
    }
    Optional<Instant> ready = readyToSign(successor);
    if (isTold(successor) && everybody && ready.filter(at -> !now.isBefore(at)).isPresent()) {
      return Optional.of(
          start(successor, Completeness.COMPLETE, "every trust bundle holds it for the overlap"));
    }
    Instant lastCall = facts.plan().lastCall(signer, successor);
    if (isTold(successor) && !now.isBefore(lastCall)) {
      return Optional.of(
          start(
              successor,
              Completeness.INCOMPLETE,
              "generation " + signer.number() + " ends on " + signer.end()));
    }
    return everybody && successor.milestones().distributedAt().isEmpty()
        ? Optional.of(
            new CaDecision.MarkDistributed(
                number,
                new Finding(Reason.Distributed, "every trust bundle holds generation " + number)))
        : Optional.empty();
  }

  /** Nobody has to learn anything new: it stands under a root that everybody holds. */
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

  /** From when on a successor may sign; empty while some copy of the bundle lacks it. */
  Optional<Instant> readyToSign(CaGeneration successor) {
    return successor
        .milestones()
        .distributedAt()
        .filter(at -> facts.copies().lacking(successor).isEmpty())
        .map(at -> later(at, changedLast(at)))
        .map(this::overlapAfter);
  }

  private Optional<CaDecision> away(CaGeneration signer, CaGeneration former) {
    int number = former.number();
    if (former.isExpired(now)) {
      Finding expired =
          new Finding(
              Reason.CAExpired,
              "generation " + number + " leaves the trust bundles: it expired on " + former.end());
      return Optional.of(
          former.seenExpired().isPresent()
              ? new CaDecision.Retire(number, expired)
              : new CaDecision.MarkExpired(number, expired));
    }
    if (!facts.copies().signedBy(former, now).isEmpty()
        || !facts.copies().lacking(signer).isEmpty()) {
      return Optional.empty();
    }
    if (former.milestones().unusedSince().isEmpty()) {
      return Optional.of(
          new CaDecision.MarkUnused(
              number,
              new Finding(
                  Reason.Unused,
                  "no certificate in service is signed by generation " + number + " any more")));
    }
    return isTold(former)
            && readyToLeave(signer, former).filter(at -> !now.isBefore(at)).isPresent()
        ? Optional.of(retire(former, "nothing that it signed is in use any more"))
        : Optional.empty();
  }

  /** From when on a former signer may leave; empty while a certificate of it is in service. */
  Optional<Instant> readyToLeave(CaGeneration signer, CaGeneration former) {
    Optional<Instant> unused =
        former
            .milestones()
            .unusedSince()
            .filter(since -> facts.copies().signedBy(former, now).isEmpty())
            // it may have signed again since
            .map(since -> later(since, signer.milestones().signingSince().orElse(since)));
    if (!former.isBegun(now)) {
      // nothing that it signed is valid, unless the clock is behind
      return unused.map(since -> later(overlapAfter(since), since.plus(former.grace())));
    }
    return unused
        .map(since -> overlapAfter(later(since, knownSince(signer, former, since))))
        .map(
            at ->
                signer.milestones().reissue() == Reissue.Immediately && !isNotedTooEarly(former)
                    ? at
                    : later(at, former.milestones().lastLeafNotAfter().orElse(former.end())));
  }

  // that nothing of it was in service was noted by a clock that was behind, and it signed again
  // since: what is noted once says nothing of the time after that
  private static boolean isNotedTooEarly(CaGeneration former) {
    return former.milestones().unusedSince().filter(former.start()::isAfter).isPresent();
  }

  // one that signed at once, under its former's root, may have been distributed later than that
  private Instant knownSince(CaGeneration signer, CaGeneration former, Instant since) {
    return !signer.anchor().equals(former.anchor()) && signer.path().isVerifiedBy(former.path())
        ? changedLast(since)
        : Instant.MIN;
  }

  // whoever changes a copy, or says that it was changed, again and again is given the overlap once
  // more and not for ever
  private Instant changedLast(Instant since) {
    Instant latest = since.plus(facts.plan().overlap());
    return facts
        .copies()
        .changedLast(now)
        .map(at -> at.isAfter(latest) ? latest : at)
        .orElse(Instant.MIN);
  }

  private static CaDecision retire(CaGeneration former, String because) {
    return new CaDecision.Retire(
        former.number(),
        new Finding(
            Reason.Retiring,
            "generation " + former.number() + " leaves the trust bundles: " + because));
  }

  /**
   * Whether the key of a generation that is in no bundle any more is kept all the same: it left
   * because of the time, and the clock may have been wrong. One that is distrusted goes at once.
   */
  private boolean isKept(CaGeneration leaving) {
    if (leaving.contains(facts.generations().distrusted())) {
      return false;
    }
    Optional<Instant> since =
        hasExpired(leaving)
            // times to come were noted by a clock that was ahead
            ? leaving
                .seenExpired()
                .filter(at -> !at.isAfter(now))
                .or(() -> Optional.of(leaving.end()))
            : replacedByTime(leaving);
    return since.filter(at -> now.isBefore(at.plus(leaving.grace()))).isPresent();
  }

  /** Since when another one signs that may have been due; empty: it was made early, on purpose. */
  private Optional<Instant> replacedByTime(CaGeneration leaving) {
    return facts
        .signer()
        .filter(signer -> !signer.made().isBefore(RotationPlan.soonestSuccessor(leaving)))
        .flatMap(signer -> signer.milestones().signingSince());
  }

  private boolean hasExpired(CaGeneration generation) {
    return generation.isExpired(now) || generation.seenExpired().isPresent();
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

  /** Whether a person has to say that a generation may go on, and did. */
  boolean isTold(CaGeneration generation) {
    return facts.plan().advance() == Advance.Automatic
        || facts.requests().advance().filter(generation.fingerprint()::equals).isPresent();
  }

  // times are noted in whole seconds: one more, so that nobody is given less
  private Instant overlapAfter(Instant noted) {
    return noted.plus(facts.plan().overlap()).plusSeconds(1);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
