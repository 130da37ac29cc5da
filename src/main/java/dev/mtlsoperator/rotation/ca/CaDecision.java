package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Premise;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import dev.mtlsoperator.rotation.generation.LastLeafExpiry;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** The next step for a RootCA. */
public sealed interface CaDecision {

  /** What must hold before it is carried out. */
  default Set<Premise> premises() {
    return Set.of();
  }

  /** Something that is noted on a generation, and nothing else. */
  sealed interface Note extends CaDecision {
    /** The generation that it is about. */
    int number();

    Finding why();

    /** The one on which it is noted. */
    default int on(CaFacts facts) {
      return number();
    }

    /** What is noted. */
    GenerationMilestones.Edit note(GenerationMilestones.Edit on, CaFacts facts, Instant now);
  }

  /**
   * The facts come from the caches only: they are read from the API server, then decided upon
   * again.
   */
  record LookAgain(Finding why) implements CaDecision {}

  /**
   * Generation {@code number} is created.
   *
   * @param begins when it signs
   * @param distrusts which generation leaves at the same moment
   */
  record Create(
      int number, Begins begins, Reissue reissue, Optional<Fingerprint> distrusts, Finding why)
      implements CaDecision {
    @Override
    public Set<Premise> premises() {
      if (why.reason() == Reason.NotYetValid && distrusts.isEmpty()) {
        return Set.of(Premise.AGREED_CLOCK, Premise.STEADY_CLOCK, Premise.WATCHED_CLOCK);
      }
      boolean asked = why.reason() == Reason.Created || distrusts.isPresent();
      return asked
          ? Set.of(Premise.AGREED_CLOCK)
          : Set.of(Premise.AGREED_CLOCK, Premise.STEADY_CLOCK);
    }

    /** What is noted on it from the beginning. */
    public GenerationMilestones milestones(CaFacts facts, CaPath path, Instant now) {
      CaGenerations generations = facts.generations();
      GenerationMilestones milestones =
          GenerationMilestones.none()
              .with(
                  it ->
                      it.lastLeafNotAfter(LastLeafExpiry.first(now, path))
                          .reissue(reissue)
                          .rotate(facts.requests().rotate())
                          .distrusts(
                              distrusts
                                  .map(generations::distrusting)
                                  .orElseGet(generations::distrusted))
                          .retires(generations.retired()));
      return switch (begins) {
        case WHEN_DISTRIBUTED -> milestones;
        case AT_ONCE -> milestones.with(it -> it.signingSince(now));
      };
    }
  }

  /** When a new generation signs. */
  enum Begins {
    /** When every trust bundle holds it. */
    WHEN_DISTRIBUTED,
    /** At once: no other generation can sign. */
    AT_ONCE
  }

  /** A generation that is on its way already counts as what was asked for. */
  record Honour(int number, Finding why) implements Note {
    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return on.rotate(facts.requests().rotate()).reissue(Reissue.Immediately);
    }
  }

  /** A generation that never signed is taken back. */
  record Withdraw(int number, Finding why) implements CaDecision {
    @Override
    public Set<Premise> premises() {
      return Premise.OF_A_STEP;
    }
  }

  /** Every copy of the bundle holds a generation. */
  record MarkDistributed(int number, Finding why) implements Note {
    @Override
    public Set<Premise> premises() {
      return Premise.OF_A_STEP;
    }

    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return on.distributedAt(now);
    }
  }

  /**
   * A generation signs from now on.
   *
   * @param distrusts which generation leaves at the same moment
   */
  record StartSigning(int number, Optional<Fingerprint> distrusts, Completeness trust, Finding why)
      implements Note {
    @Override
    public Set<Premise> premises() {
      return distrusts.isPresent() ? Premise.OF_A_REQUEST : Premise.OF_A_STEP;
    }

    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      GenerationMilestones.Edit signing =
          on.signingSince(now).retires(facts.generations().retired());
      return distrusts.map(another -> without(another, signing, facts)).orElse(signing);
    }
  }

  /** Whether every copy of the trust bundle holds a generation that starts to sign. */
  enum Completeness {
    COMPLETE,
    /** Some may not. */
    INCOMPLETE
  }

  /** A generation leaves at once, though there is no other one. */
  record Condemn(int number, Fingerprint distrusts, Finding why) implements Note {
    @Override
    public Set<Premise> premises() {
      return Premise.OF_A_REQUEST;
    }

    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return without(distrusts, on, facts);
    }
  }

  /**
   * Status remembers what is distrusted: where others cannot be proven, there is no generation on
   * which it could be noted, nor a new one.
   *
   * @param distrusts all that may never be trusted again
   * @param others what keeps everything else from being done
   */
  record Distrust(Set<Fingerprint> distrusts, Finding why, Finding others) implements CaDecision {
    public Distrust {
      distrusts = Set.copyOf(distrusts);
    }
  }

  /**
   * A generation that left signs again: what replaced it was made by a clock that was ahead. When
   * that one signs in its time, this one is in use, and leaves in good order a second time.
   *
   * @param by the one on which it is noted that it had left
   */
  record Reinstate(int number, int by, Finding why) implements Note {
    @Override
    public Set<Premise> premises() {
      return Premise.OF_AN_END;
    }

    @Override
    public int on(CaFacts facts) {
      return by;
    }

    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return on.reinstates(number);
    }
  }

  /** No certificate in service is signed by a generation any more. */
  record MarkUnused(int number, Finding why) implements Note {
    @Override
    public Set<Premise> premises() {
      return Premise.OF_A_STEP;
    }

    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return on.unusedSince(now);
    }
  }

  /**
   * A generation was seen to have expired: nothing that it signed is valid after that. It is noted
   * as the end of its last certificate, since when its key is kept for its time of grace.
   */
  record MarkExpired(int number, Finding why) implements Note {
    @Override
    public Set<Premise> premises() {
      return Premise.OF_AN_END;
    }

    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return facts.generations().generations().stream()
          .filter(g -> g.number() == number)
          .findFirst()
          .map(g -> on.lastLeafNotAfter(g.expiryNotedAt(now)))
          .orElse(on);
    }
  }

  /** A generation, and all before it, leave the trust bundles: the signer remembers. */
  record Retire(int number, Finding why) implements Note {
    @Override
    public Set<Premise> premises() {
      return why.reason() == Reason.CAExpired ? Premise.OF_AN_END : Premise.OF_A_STEP;
    }

    @Override
    public int on(CaFacts facts) {
      return facts.signer().orElseThrow().number();
    }

    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return on.retires(number);
    }
  }

  /** The Secret of a generation that no bundle holds any more is deleted, and with it its key. */
  record Delete(int number, Finding why) implements CaDecision {
    @Override
    public Set<Premise> premises() {
      return why.reason() == Reason.CAExpired ? Premise.OF_AN_END : Premise.OF_A_STEP;
    }
  }

  /** A Secret that a person vouched for is sealed as a generation. */
  record Adopt(String secretName, Finding why) implements CaDecision {}

  /** Owner and labels of the generations' Secrets are brought in line with the spec. */
  record Relabel(Finding why) implements CaDecision {}

  /** The trust ConfigMap is written. */
  record PublishTrust(Finding why) implements CaDecision {}

  /** Further copies of the trust bundle are written. */
  record Distribute(Finding why) implements CaDecision {}

  /** Further copies that the spec does not ask for any more are removed. */
  record Recall(Finding why) implements CaDecision {}

  /** Nothing: all is as it should be. */
  record Keep() implements CaDecision {}

  /** Something was to be done, but it is not certain enough that it is right. */
  record Hold(Finding why) implements CaDecision {}

  /** A person must act; nothing is touched. */
  record Refuse(Finding why) implements CaDecision {}

  // certificates then move at once
  private static GenerationMilestones.Edit without(
      Fingerprint another, GenerationMilestones.Edit on, CaFacts facts) {
    return on.distrusts(facts.generations().distrusting(another))
        .retires(facts.generations().retired())
        .reissue(Reissue.Immediately);
  }
}
