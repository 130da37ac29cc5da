package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.Rotation.Advance;
import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.rotation.CaDecision.Begins;
import dev.mtlsoperator.rotation.CaDecision.Completeness;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How one generation of a CA follows another: trusted before it signs, and trusted until nothing
 * that it signed is in use. Pure; time is an argument.
 */
final class Succession {
  private final CaFacts facts;
  private final Instant now;

  Succession(CaFacts facts, Instant now) {
    this.facts = facts;
    this.now = now;
  }

  /** What a person's emergency brake asks for. */
  Optional<CaDecision> distrust() {
    return facts
        .requests()
        .distrust()
        .filter(f -> !facts.lineage().distrusted().contains(f))
        .flatMap(
            f ->
                facts.lineage().trusted().stream()
                    .filter(g -> g.fingerprint().equals(f))
                    .findFirst())
        .map(this::distrust);
  }

  private CaDecision distrust(CaGeneration condemned) {
    Fingerprint fingerprint = condemned.fingerprint();
    Finding why =
        new Finding(
            Reason.Distrusted,
            "generation "
                + condemned.number()
                + " leaves every trust bundle at once, as the annotation mtls-operator.dev/distrust asks; until everybody has taken this up, handshakes may fail");
    return heir(condemned)
        .<CaDecision>map(
            heir ->
                new CaDecision.StartSigning(
                    heir.number(), Optional.of(fingerprint), Completeness.INCOMPLETE, why))
        .orElseGet(
            () -> create(Begins.AT_ONCE, Reissue.Immediately, Optional.of(fingerprint), why));
  }

  // who signs goes on; where it is the condemned itself, its successor: never one that signed
  // before, for what is known of its end does not count any more
  private Optional<CaGeneration> heir(CaGeneration condemned) {
    return Stream.of(facts.signer(), facts.lineage().successor())
        .flatMap(Optional::stream)
        .filter(g -> g.number() != condemned.number() && !g.isExpired(now))
        .findFirst();
  }

  /** When generations are there, but none of them signs. */
  Optional<CaDecision> orphaned() {
    List<CaGeneration> usable =
        facts.lineage().trusted().stream().filter(g -> !g.isExpired(now)).toList();
    if (!usable.isEmpty()) {
      int number = usable.get(usable.size() - 1).number();
      return Optional.of(
          new CaDecision.StartSigning(
              number,
              Optional.empty(),
              Completeness.INCOMPLETE,
              new Finding(
                  Reason.TrustIncomplete,
                  "generation " + number + " signs at once: there is no other one")));
    }
    return facts.lineage().generations().isEmpty()
        ? Optional.empty()
        : Optional.of(
            create(
                Begins.AT_ONCE,
                Reissue.Immediately,
                Optional.empty(),
                new Finding(Reason.CAExpired, "all generations have expired or are distrusted")));
  }

  /** A generation that is to be made, taken back, or taken for what was asked. */
  Optional<CaDecision> succession() {
    CaGeneration signer = facts.signer().orElseThrow();
    Optional<CaGeneration> successor = facts.lineage().successor();
    CaGeneration latest = successor.orElse(signer);
    if (latest.isExpired(now)) {
      return Optional.of(
          create(
              Begins.AT_ONCE,
              Reissue.Immediately,
              Optional.empty(),
              new Finding(
                  Reason.CAExpired,
                  "generation "
                      + latest.number()
                      + " expired on "
                      + latest.end()
                      + " without a successor; a new one signs at once, and until everybody has its certificate, handshakes may fail")));
    }
    if (!(facts.draft() instanceof Draft.Valid valid)) {
      return Optional.empty();
    }
    Optional<String> different =
        valid.blueprint().differenceFrom(latest.certificate(), Optional.empty());
    if (different.isPresent() && successor.isPresent()) {
      return Optional.of(
          new CaDecision.Withdraw(
              latest.number(),
              new Finding(
                  Reason.SpecChanged,
                  "generation "
                      + latest.number()
                      + " never signed and is not what the spec asks for: "
                      + different.get())));
    }
    if (isRotateRequested()) {
      Finding why =
          new Finding(
              Reason.RotationRequested, "asked for by the annotation mtls-operator.dev/rotate");
      return Optional.of(
          successor.isPresent()
              ? new CaDecision.Honour(latest.number(), why)
              : create(Begins.WHEN_DISTRIBUTED, Reissue.Immediately, Optional.empty(), why));
    }
    if (different.isPresent()) {
      return Optional.of(successor(new Finding(Reason.SpecChanged, different.get())));
    }
    Instant due = due(latest);
    return successor.isEmpty() && !now.isBefore(due)
        ? Optional.of(successor(new Finding(Reason.RenewalDue, "a successor was due on " + due)))
        : Optional.empty();
  }

  /** When the successor of a generation is made. */
  Instant due(CaGeneration generation) {
    return facts.plan().successorDue(generation, facts.copies().longestLeaf());
  }

  // of the newest that is there: what it honours was asked for before
  private boolean isRotateRequested() {
    Optional<String> asked = facts.requests().rotate();
    return asked.isPresent()
        && !asked.equals(facts.lineage().newest().flatMap(g -> g.latches().rotate()));
  }

  private CaDecision successor(Finding why) {
    return create(Begins.WHEN_DISTRIBUTED, facts.plan().reissue(), Optional.empty(), why);
  }

  private CaDecision create(
      Begins begins, Reissue reissue, Optional<Fingerprint> distrusts, Finding why) {
    if (facts.draft() instanceof Draft.Invalid invalid) {
      return new CaDecision.Refuse(
          new Finding(
              invalid.finding().reason(),
              invalid.finding().message()
                  + "; until this is corrected, nothing is done about: "
                  + why.message()));
    }
    return new CaDecision.Create(facts.highestKnown() + 1, begins, reissue, distrusts, why);
  }

  /** The next step of a rotation that is under way. */
  Optional<CaDecision> advance() {
    CaGeneration signer = facts.signer().orElseThrow();
    return Stream.<Optional<CaDecision>>of(
            facts.lineage().successor().flatMap(successor -> forward(signer, successor)),
            facts.lineage().former().stream().findFirst().flatMap(former -> away(signer, former)),
            facts.lineage().leaving().stream().findFirst().map(this::delete))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<CaDecision> forward(CaGeneration signer, CaGeneration successor) {
    int number = successor.number();
    boolean everybody = facts.copies().lacking(successor).isEmpty();
    if (signer.isExpired(now)) {
      return Optional.of(
          start(
              successor,
              Completeness.INCOMPLETE,
              "generation " + signer.number() + " expired on " + signer.end()));
    }
    Optional<Instant> ready = readyToSign(successor);
    if (isTold(successor) && everybody && ready.filter(at -> !now.isBefore(at)).isPresent()) {
      return Optional.of(
          start(successor, Completeness.COMPLETE, "every trust bundle holds it for the overlap"));
    }
    Instant lastCall = facts.plan().lastCall(signer, successor);
    if (facts.plan().advance() == Advance.Automatic && !now.isBefore(lastCall)) {
      return Optional.of(
          start(
              successor,
              Completeness.INCOMPLETE,
              "generation " + signer.number() + " ends on " + signer.end()));
    }
    return everybody && successor.latches().distributedAt().isEmpty()
        ? Optional.of(
            new CaDecision.MarkDistributed(
                number,
                new Finding(Reason.Distributed, "every trust bundle holds generation " + number)))
        : Optional.empty();
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
        .latches()
        .distributedAt()
        .filter(at -> facts.copies().lacking(successor).isEmpty())
        .map(at -> later(at, facts.copies().changedLast(now).orElse(at)))
        .map(this::overlapAfter);
  }

  private Optional<CaDecision> away(CaGeneration signer, CaGeneration former) {
    int number = former.number();
    if (former.isExpired(now)) {
      return Optional.of(retire(former, "it expired on " + former.end()));
    }
    if (!facts.copies().signedBy(former, now).isEmpty()) {
      return Optional.empty();
    }
    if (former.latches().unusedSince().isEmpty()) {
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
    return former
        .latches()
        .unusedSince()
        .filter(since -> facts.copies().signedBy(former, now).isEmpty())
        .map(this::overlapAfter)
        .map(
            at ->
                signer.latches().reissue() == Reissue.Immediately
                    ? at
                    : later(at, former.latches().lastLeafNotAfter().orElse(former.end())));
  }

  private static CaDecision retire(CaGeneration former, String because) {
    return new CaDecision.Retire(
        former.number(),
        new Finding(
            Reason.Retiring,
            "generation " + former.number() + " leaves the trust bundles: " + because));
  }

  private CaDecision delete(CaGeneration leaving) {
    return new CaDecision.Delete(
        leaving.number(),
        new Finding(
            Reason.Retired,
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
