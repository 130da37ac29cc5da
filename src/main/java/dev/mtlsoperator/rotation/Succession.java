package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.Rotation.Advance;
import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.pki.Fingerprint;
import dev.mtlsoperator.rotation.CaDecision.Begins;
import dev.mtlsoperator.rotation.CaDecision.Completeness;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How one generation of a CA follows another: trusted before it signs, and trusted until nothing
 * that it signed is in use. Pure; time is an argument.
 */
final class Succession {
  /** Bounds what an input that changes to and fro can pile up. */
  private static final int MOST_GENERATIONS = 16;

  private static final String NO_SUCCESSOR =
      ". There is no other one, and none that could be made here: certificates stay as they are, and nothing is issued until another CA is imported, which signs at once";

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
                    .filter(g -> g.contains(Set.of(f)))
                    .findFirst()
                    .map(condemned -> distrust(f, condemned)));
  }

  private CaDecision distrust(Fingerprint fingerprint, CaGeneration condemned) {
    Set<Fingerprint> distrusted = facts.lineage().distrusting(fingerprint);
    Finding why =
        new Finding(
            Reason.Distrusted,
            "generation "
                + condemned.number()
                + " leaves every trust bundle at once, as the annotation mtls-operator.dev/distrust asks; until everybody has taken this up, handshakes may fail"
                + rootStays(condemned, distrusted));
    return heir(distrusted)
        .<CaDecision>map(
            heir ->
                new CaDecision.StartSigning(
                    heir.number(), Optional.of(fingerprint), Completeness.INCOMPLETE, why))
        .or(() -> create(Begins.AT_ONCE, Reissue.Immediately, Optional.of(fingerprint), why))
        .or(() -> signsAgain(fingerprint, distrusted, why))
        .orElseGet(
            () ->
                new CaDecision.Condemn(
                    condemned.number(),
                    fingerprint,
                    new Finding(why.reason(), why.message() + NO_SUCCESSOR)));
  }

  // who signs goes on; where it is the condemned itself, its successor: never one that signed
  // before, for what is known of its end does not count any more
  private Optional<CaGeneration> heir(Set<Fingerprint> distrusted) {
    return Stream.of(facts.signer(), facts.lineage().successor())
        .flatMap(Optional::stream)
        .filter(g -> !g.contains(distrusted) && !g.isExpired(now))
        .findFirst();
  }

  // a former one is better than none, where none can be made; it remembers who is distrusted
  private Optional<CaDecision> signsAgain(
      Fingerprint fingerprint, Set<Fingerprint> distrusted, Finding why) {
    return facts.lineage().former().stream()
        .filter(g -> !g.contains(distrusted) && !g.isExpired(now))
        .reduce((before, after) -> after)
        .map(
            g ->
                new CaDecision.StartSigning(
                    g.number(),
                    Optional.of(fingerprint),
                    Completeness.INCOMPLETE,
                    new Finding(
                        why.reason(),
                        why.message()
                            + ". Generation "
                            + g.number()
                            + " signs again: none can be made here")));
  }

  private String rootStays(CaGeneration condemned, Set<Fingerprint> distrusted) {
    return facts.lineage().trusted().stream()
        .filter(g -> !g.contains(distrusted) && g.anchor().equals(condemned.anchor()))
        .findFirst()
        .map(
            other ->
                ". Its root stays trusted, for it is that of generation "
                    + other.number()
                    + " too: what its key signs is accepted until the root's owner revokes it; to be rid of both, distrust the root by its fingerprint "
                    + Fingerprint.of(other.anchor()))
        .orElse("");
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
        : create(
            Begins.AT_ONCE,
            Reissue.Immediately,
            Optional.empty(),
            new Finding(Reason.CAExpired, "all generations have expired or are distrusted"));
  }

  /** A generation that is to be made, taken back, or taken for what was asked. */
  Optional<CaDecision> succession() {
    CaGeneration signer = facts.signer().orElseThrow();
    Optional<CaGeneration> successor = facts.lineage().successor();
    CaGeneration latest = successor.orElse(signer);
    if (successor.isPresent() && latest.isExpired(now) && !signer.isExpired(now)) {
      return Optional.of(
          new CaDecision.Withdraw(
              latest.number(),
              new Finding(
                  Reason.CAExpired,
                  "generation "
                      + latest.number()
                      + " expired on "
                      + latest.end()
                      + " before it was let to sign")));
    }
    if (latest.isExpired(now)) {
      return create(
          Begins.AT_ONCE,
          Reissue.Immediately,
          Optional.empty(),
          new Finding(
              Reason.CAExpired,
              "generation "
                  + latest.number()
                  + " expired on "
                  + latest.end()
                  + " without a successor; a new one signs at once, and until everybody has its certificate, handshakes may fail"));
    }
    if (!canCreate()) {
      return Optional.empty();
    }
    Optional<String> different = difference(facts.draft(), latest);
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
    boolean full = successor.isEmpty() && full().isPresent();
    if (isRotateRequested() && !full) {
      Finding why =
          new Finding(
              Reason.RotationRequested, "asked for by the annotation mtls-operator.dev/rotate");
      if (successor.isPresent()) {
        return Optional.of(new CaDecision.Honour(latest.number(), why));
      }
      if (!isImported() || different.isPresent()) {
        return create(Begins.WHEN_DISTRIBUTED, Reissue.Immediately, Optional.empty(), why);
      }
    }
    if (different.isPresent() && !full) {
      Reason reason = isImported() ? Reason.Imported : Reason.SpecChanged;
      return successor(new Finding(reason, different.get()));
    }
    Instant due = due(latest);
    return successor.isEmpty() && !now.isBefore(due) && !isImported()
        ? successor(new Finding(Reason.RenewalDue, "a successor was due on " + due))
        : Optional.empty();
  }

  /** In what a generation differs from what is asked for, in words; empty: in nothing. */
  static Optional<String> difference(Draft draft, CaGeneration generation) {
    if (draft instanceof Draft.Import wanted) {
      return wanted.path().equals(generation.path())
          ? Optional.empty()
          : Optional.of(
              "Secret '"
                  + wanted.secretName()
                  + "' holds another CA than generation "
                  + generation.number()
                  + ": "
                  + Fingerprint.of(wanted.path().certificate()));
    }
    if (!(draft instanceof Draft.Valid valid)) {
      return Optional.empty();
    }
    return generation.importedFrom().isPresent()
        ? Optional.of(
            "generation "
                + generation.number()
                + " was imported, asked for is one that is made here")
        : valid.blueprint().differenceFrom(generation.certificate(), Optional.empty());
  }

  /** Why an import does not get on, or will not, unless somebody acts; empty: nothing is amiss. */
  Optional<Finding> importStuck() {
    if (facts.draft() instanceof Draft.Unusable unusable) {
      return Optional.of(unusable.finding());
    }
    if (!(facts.draft() instanceof Draft.Import wanted)) {
      return Optional.empty();
    }
    Optional<CaGeneration> latest = facts.lineage().successor().or(facts::signer);
    boolean isThere = latest.filter(g -> g.path().equals(wanted.path())).isPresent();
    if (!isThere) {
      return wanted.refusal(facts.lineage(), now).or(this::tooMany);
    }
    String write = "Write another CA's certificate and key to Secret '" + wanted.secretName() + "'";
    if (isRotateRequested() && facts.lineage().successor().isEmpty()) {
      return Optional.of(
          new Finding(
              Reason.RotationRequested,
              "the annotation mtls-operator.dev/rotate asks for a rotation, but an imported CA has no successor that could be made here. "
                  + write
                  + ", and it begins"));
    }
    CaGeneration last = latest.orElseThrow();
    Instant due = due(last);
    return now.isBefore(due)
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.RenewalDue,
                "the imported generation "
                    + last.number()
                    + " ends on "
                    + last.end()
                    + ", and its certificates with it; a successor was due on "
                    + due
                    + " and cannot be made here. "
                    + write
                    + "; it is distributed for the overlap before it signs"));
  }

  private Optional<Finding> tooMany() {
    return full().map(why -> new Finding(Reason.InvalidInput, why));
  }

  /** Why no further generation is made before its time, in words; empty: one may be. */
  Optional<String> full() {
    int there = facts.lineage().generations().size();
    return there < MOST_GENERATIONS
        ? Optional.empty()
        : Optional.of(
            "there are "
                + there
                + " generations already, which leave when what they signed has expired: no further one is made before that, unless the last one ends");
  }

  private boolean isImported() {
    return facts.draft() instanceof Draft.Import;
  }

  // what is imported has to be there, and to be another one
  private boolean canCreate() {
    return facts.draft() instanceof Draft.Import wanted
        ? wanted.refusal(facts.lineage(), now).isEmpty() && tooMany().isEmpty()
        : facts.draft() instanceof Draft.Valid;
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

  private Optional<CaDecision> successor(Finding why) {
    return create(Begins.WHEN_DISTRIBUTED, facts.plan().reissue(), Optional.empty(), why);
  }

  private Optional<CaDecision> create(
      Begins begins, Reissue reissue, Optional<Fingerprint> distrusts, Finding why) {
    if (facts.draft() instanceof Draft.Invalid invalid) {
      return Optional.of(
          new CaDecision.Refuse(
              new Finding(
                  invalid.finding().reason(),
                  invalid.finding().message()
                      + "; until this is corrected, nothing is done about: "
                      + why.message())));
    }
    boolean condemned =
        facts.draft() instanceof Draft.Import wanted
            && distrusts
                .map(facts.lineage()::distrusting)
                .filter(
                    all ->
                        wanted.path().all().stream().map(Fingerprint::of).anyMatch(all::contains))
                .isPresent();
    return canCreate() && !condemned
        ? Optional.of(
            new CaDecision.Create(facts.highestKnown() + 1, begins, reissue, distrusts, why))
        : Optional.empty();
  }

  /** The next step of a rotation that is under way. */
  Optional<CaDecision> advance() {
    CaGeneration signer = facts.signer().orElseThrow();
    if (!facts.doubts().isEmpty() && !signer.isExpired(now)) {
      return Optional.empty();
    }
    return Stream.<Optional<CaDecision>>of(
            facts.lineage().successor().flatMap(successor -> forward(signer, successor)),
            facts.lineage().former().stream().findFirst().flatMap(former -> away(signer, former)),
            facts.lineage().leaving().stream().findFirst().map(this::delete))
        .flatMap(Optional::stream)
        .findFirst();
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
    return everybody && successor.latches().distributedAt().isEmpty()
        ? Optional.of(
            new CaDecision.MarkDistributed(
                number,
                new Finding(Reason.Distributed, "every trust bundle holds generation " + number)))
        : Optional.empty();
  }

  /** Nobody has to learn anything new: it stands under a root that everybody holds. */
  private boolean isKnownAlready(CaGeneration successor) {
    Instant settled = now.plus(facts.plan().overlap().multipliedBy(2));
    return facts.lineage().trusted().stream()
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
    if (!facts.copies().signedBy(former, now).isEmpty()
        || !facts.copies().lacking(signer).isEmpty()) {
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
        // it may have signed again since
        .map(since -> later(since, signer.latches().signingSince().orElse(since)))
        .map(since -> overlapAfter(later(since, knownSince(signer, former))))
        .map(
            at ->
                signer.latches().reissue() == Reissue.Immediately
                    ? at
                    : later(at, former.latches().lastLeafNotAfter().orElse(former.end())));
  }

  // one that signed at once, under its former's root, may have been distributed later than that
  private Instant knownSince(CaGeneration signer, CaGeneration former) {
    return !signer.anchor().equals(former.anchor()) && signer.path().isVerifiedBy(former.path())
        ? facts.copies().changedLast(now).orElse(Instant.MIN)
        : Instant.MIN;
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
