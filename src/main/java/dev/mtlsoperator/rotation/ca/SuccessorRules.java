package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.ca.CaDecision.Begins;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a further generation of a CA is made: when it is due, asked for, or not what is there.
 * Pure; time is an argument.
 */
final class SuccessorRules {
  /** Bounds what an input that changes to and fro can pile up. */
  private static final int MOST_GENERATIONS = 16;

  /** Bounds what is made beside Secrets that look like generations, whatever became of them. */
  private static final int MOST_UNSEALED = 100;

  /**
   * Between two generations that nobody asked for lies at least that part of the first one's life.
   */
  private static final int SHORTEST_PART_OF_LIFE = 10;

  private static final Duration SHORTEST_INTERVAL = Duration.ofMinutes(1);

  /** Why a generation is made that nobody asked for. */
  private static final Set<Reason> BY_ITSELF = Set.of(Reason.RenewalDue, Reason.CAExpired);

  private final CaFacts facts;
  private final Instant now;

  SuccessorRules(CaFacts facts, Instant now) {
    this.facts = facts;
    this.now = now;
  }

  /** A generation that is to be made, taken back, or taken for what was asked. */
  Optional<CaDecision> next() {
    CaGeneration signer = facts.signer().orElseThrow();
    Optional<CaGeneration> successor = facts.generations().successor();
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
    Optional<CaGeneration> superseded = facts.generations().superseded();
    if (superseded.isPresent()) {
      return Optional.of(
          new CaDecision.Withdraw(
              superseded.get().number(),
              new Finding(
                  Reason.NotYetValid,
                  "generation "
                      + superseded.get().number()
                      + " never signed: it was made by a clock that was ahead, and generation "
                      + latest.number()
                      + " follows instead")));
    }
    if (!canCreate()) {
      return Optional.empty();
    }
    Optional<String> different = facts.desired().differenceFrom(latest);
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

  /** Why nothing is imported at present; empty: there is room. */
  Optional<Finding> tooMany() {
    return full().map(why -> new Finding(Reason.InvalidInput, why));
  }

  /** Why no further generation is made before its time, in words; empty: one may be. */
  Optional<String> full() {
    return full(facts.generations().distrusted());
  }

  // what has expired, or leaves at once, makes room: who ends without a successor gets one
  private Optional<String> full(Set<Fingerprint> distrusted) {
    long there =
        facts.generations().generations().stream()
            .filter(g -> !g.isExpired(now) && !g.contains(distrusted))
            .count();
    if (there >= MOST_GENERATIONS) {
      return Optional.of(
          "there are "
              + there
              + " generations already, which leave when what they signed has expired: no further one is made before that, unless the last one ends");
    }
    return facts.unsealed() < MOST_UNSEALED
        ? Optional.empty()
        : Optional.of(
            "there are "
                + facts.unsealed()
                + " Secrets of a CA's type under names of generations, which are none: no further one is made before they are deleted");
  }

  /**
   * Until when none is made that nobody asks for anew: the last one was made a moment ago, and is
   * gone. Whoever deletes each of them, or changes what is imported to and fro, shall not have
   * another one made each time. Empty: there is nothing to wait for.
   */
  Optional<Instant> pausedUntil() {
    return facts.generations().isLastGone()
        ? facts
            .generations()
            .history()
            .created()
            // by a clock that was ahead: nobody waits for that
            .filter(last -> !last.at().isAfter(now.plus(SafetyChecks.MOST_SKEW)))
            .map(last -> last.at().plus(SHORTEST_INTERVAL))
            .filter(now::isBefore)
        : Optional.empty();
  }

  // what was honoured once is asked for no more
  private boolean isAskedForAnew(Finding why, Optional<Fingerprint> distrusts) {
    return distrusts.isPresent()
        || (why.reason() == Reason.RotationRequested
            && !facts.requests().rotate().equals(facts.requests().rotateReported()));
  }

  // by a wrong clock, or by what somebody wrote, no generation follows upon the other in no time;
  // but what a clock that was ahead made keeps nobody waiting until then
  private boolean isTooSoon(Finding why) {
    return BY_ITSELF.contains(why.reason())
        && facts.generations().trusted().stream()
            .filter(g -> g.isBegun(now))
            .reduce((before, after) -> after)
            .filter(newest -> !newest.isExpired(now))
            .map(SuccessorRules::nextOne)
            .filter(now::isBefore)
            .isPresent();
  }

  private static Instant nextOne(CaGeneration newest) {
    Duration part = Duration.between(newest.made(), newest.end()).dividedBy(SHORTEST_PART_OF_LIFE);
    return newest.made().plus(part.compareTo(SHORTEST_INTERVAL) < 0 ? SHORTEST_INTERVAL : part);
  }

  private boolean isImported() {
    return facts.desired() instanceof DesiredCertificate.Import;
  }

  // what is imported has to be there, and to be another one
  private boolean canCreate() {
    return facts.desired() instanceof DesiredCertificate.Import wanted
        ? wanted.refusal(facts.generations(), now).isEmpty() && tooMany().isEmpty()
        : facts.desired() instanceof DesiredCertificate.Valid;
  }

  /** When the successor of a generation is made. */
  Instant due(CaGeneration generation) {
    return facts.plan().successorDue(generation, facts.copies().longestLeaf());
  }

  // of the newest that is there: what it honours was asked for before
  boolean isRotateRequested() {
    Optional<String> asked = facts.requests().rotate();
    return asked.isPresent()
        && !asked.equals(facts.generations().newest().flatMap(g -> g.milestones().rotate()));
  }

  private Optional<CaDecision> successor(Finding why) {
    return create(Begins.WHEN_DISTRIBUTED, facts.plan().reissue(), Optional.empty(), why);
  }

  /** A new generation, where one can be had. */
  Optional<CaDecision> create(
      Begins begins, Reissue reissue, Optional<Fingerprint> distrusts, Finding why) {
    if (facts.desired() instanceof DesiredCertificate.Invalid invalid) {
      return Optional.of(
          new CaDecision.Refuse(
              new Finding(
                  invalid.finding().reason(),
                  invalid.finding().message()
                      + "; until this is corrected, nothing is done about: "
                      + why.message())));
    }
    boolean condemned =
        facts.desired() instanceof DesiredCertificate.Import wanted
            && distrusts
                .map(facts.generations()::distrusting)
                .filter(wanted.path()::contains)
                .isPresent();
    Set<Fingerprint> distrusted =
        distrusts
            .map(facts.generations()::distrusting)
            .orElseGet(() -> facts.generations().distrusted());
    return canCreate()
            && !condemned
            && full(distrusted).isEmpty()
            && !isTooSoon(why)
            && (isAskedForAnew(why, distrusts) || pausedUntil().isEmpty())
        ? Optional.of(
            new CaDecision.Create(facts.highestKnown() + 1, begins, reissue, distrusts, why))
        : Optional.empty();
  }
}
