package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Premise;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.generation.GenerationMilestones;
import java.time.Instant;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** The next step for a RootCA. */
public sealed interface CaDecision {

  /** The premises that must hold before this decision is carried out. */
  default Set<Premise> premises() {
    return Set.of();
  }

  /** A milestone that is recorded on a generation; nothing else changes. */
  sealed interface Note extends CaDecision {
    /** The generation that this decision concerns. */
    int number();

    Finding why();

    /** The generation on which the milestone is recorded. */
    default int on(CaFacts facts) {
      return number();
    }

    /** The milestones to record. */
    GenerationMilestones.Edit note(GenerationMilestones.Edit on, CaFacts facts, Instant now);
  }

  /**
   * The facts do not suffice: read them again and decide again.
   *
   * @param evidence where they must come from
   */
  record LookAgain(DistributionState.Evidence evidence, Finding why) implements CaDecision {}

  /**
   * Creates generation {@code number}.
   *
   * @param begins when the generation starts to sign
   * @param distrusts the generation that leaves the trust bundles at the same moment
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
  }

  /** When a new generation starts to sign. */
  enum Begins {
    /** Once every trust bundle holds it. */
    WHEN_DISTRIBUTED,
    /** Immediately: no other generation can sign. */
    AT_ONCE
  }

  /** Counts a successor that is already being distributed as the requested rotation. */
  record Honour(int number, Finding why) implements Note {
    @Override
    public GenerationMilestones.Edit note(
        GenerationMilestones.Edit on, CaFacts facts, Instant now) {
      return on.rotate(facts.requests().rotate()).reissue(Reissue.Immediately);
    }
  }

  /** Withdraws a generation that never signed. */
  record Withdraw(int number, Finding why) implements CaDecision {
    @Override
    public Set<Premise> premises() {
      return Premise.OF_A_STEP;
    }
  }

  /** Records that every copy of the trust bundle holds a generation. */
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
   * Makes a generation the signer.
   *
   * @param distrusts the generation that leaves the trust bundles at the same moment
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

  /** Whether every copy of the trust bundle holds the new signer. */
  enum Completeness {
    COMPLETE,
    /** Some copies may lack it. */
    INCOMPLETE
  }

  /** Removes a generation from the trust bundles immediately, although no other can replace it. */
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
   * Records distrusted fingerprints in status: unproven generations cannot carry the record, and no
   * new generation can be created.
   *
   * @param distrusts every fingerprint that may never be trusted again
   * @param others the finding that blocks everything else
   */
  record Distrust(Set<Fingerprint> distrusts, Finding why, Finding others) implements CaDecision {
    public Distrust {
      distrusts = Set.copyOf(distrusts);
    }
  }

  /**
   * Reinstates a retired generation as the signer, because a clock that was ahead created its
   * replacement. Once the replacement signs, this one is retired again in the usual way.
   *
   * @param by the generation that recorded the retirement
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

  /** Records that no certificate in service is signed by a generation any more. */
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
   * Records that a generation expired, so nothing that it signed is valid. Stored as the end of its
   * last certificate; the grace period of its key starts then.
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

  /** Retires a generation and all before it from the trust bundles; the signer records this. */
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

  /**
   * Deletes the Secret, and with it the key, of a generation that no trust bundle holds any more.
   */
  record Delete(int number, Finding why) implements CaDecision {
    @Override
    public Set<Premise> premises() {
      return why.reason() == Reason.CAExpired ? Premise.OF_AN_END : Premise.OF_A_STEP;
    }
  }

  /** Seals a Secret that a person vouched for as a generation. */
  record Adopt(String secretName, Finding why) implements CaDecision {}

  /** Updates owner and labels of the generations' Secrets to match the spec. */
  record Relabel(Finding why) implements CaDecision {}

  /**
   * Signs the CRLs of these generations, and records them with all others.
   *
   * @param generations empty: they only have to be recorded
   */
  record SignCrls(SortedSet<Integer> generations, Finding why) implements CaDecision {
    public SignCrls {
      generations = Collections.unmodifiableSortedSet(new TreeSet<>(generations));
    }

    @Override
    public Set<Premise> premises() {
      return Set.of(Premise.AGREED_CLOCK);
    }
  }

  /** Writes the trust ConfigMap. */
  record PublishTrust(Finding why) implements CaDecision {}

  /** Writes further copies of the trust bundle. */
  record Distribute(Finding why) implements CaDecision {}

  /** Removes further copies that the spec no longer asks for. */
  record Recall(Finding why) implements CaDecision {}

  /** Changes nothing: the actual state matches the spec. */
  record Keep() implements CaDecision {}

  /** Postpones a step, because it is not certain enough that the step is safe. */
  record Hold(Finding why) implements CaDecision {}

  /** Changes nothing: a person must act first. */
  record Refuse(Finding why) implements CaDecision {}

  // without the distrusted generation, certificates are reissued immediately
  private static GenerationMilestones.Edit without(
      Fingerprint another, GenerationMilestones.Edit on, CaFacts facts) {
    return on.distrusts(facts.generations().distrusting(another))
        .retires(facts.generations().retired())
        .reissue(Reissue.Immediately);
  }
}
