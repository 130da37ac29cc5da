package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.Fingerprint;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** What is to be done for a RootCA. */
public sealed interface CaDecision {

  /** Whether it takes something for expired, or for not valid yet: by a wrong clock it is wrong. */
  default boolean restsOnTime() {
    return false;
  }

  /** Whether a person asked for it, whatever the time. */
  default boolean isAskedFor() {
    return false;
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
    Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now);
  }

  /** All that is known comes from the caches; it is asked of the API server, and decided anew. */
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
    public boolean restsOnTime() {
      return why.reason() == Reason.NotYetValid;
    }

    @Override
    public boolean isAskedFor() {
      return why.reason() == Reason.Created || distrusts.isPresent();
    }

    /** What is noted on it from the beginning. */
    public Latches latches(CaFacts facts, CaPath path, Instant now) {
      Lineage lineage = facts.lineage();
      Latches latches =
          Latches.none()
              .with(
                  it ->
                      it.lastLeafNotAfter(LeafHorizon.first(now, path))
                          .reissue(reissue)
                          .rotate(facts.requests().rotate())
                          .distrusts(
                              distrusts.map(lineage::distrusting).orElseGet(lineage::distrusted))
                          .retires(lineage.retired()));
      return switch (begins) {
        case WHEN_DISTRIBUTED -> latches;
        case AT_ONCE -> latches.with(it -> it.signingSince(now));
      };
    }
  }

  /** When a new generation signs. */
  enum Begins {
    /** When everybody knows it. */
    WHEN_DISTRIBUTED,
    /** At once: nobody else can. */
    AT_ONCE
  }

  /** A generation that is on its way already counts as what was asked for. */
  record Honour(int number, Finding why) implements Note {
    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
      return on.rotate(facts.requests().rotate()).reissue(Reissue.Immediately);
    }
  }

  /** A generation that never signed is taken back. */
  record Withdraw(int number, Finding why) implements CaDecision {}

  /** Every copy of the bundle holds a generation. */
  record MarkDistributed(int number, Finding why) implements Note {
    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
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
    public boolean isAskedFor() {
      return distrusts.isPresent();
    }

    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
      Latches.Edit signing = on.signingSince(now).retires(facts.lineage().retired());
      return distrusts.map(another -> without(another, signing, facts)).orElse(signing);
    }
  }

  /** Whether everybody knows a generation that begins to sign. */
  enum Completeness {
    COMPLETE,
    /** Somebody may not. */
    INCOMPLETE
  }

  /** A generation leaves at once, though there is no other one. */
  record Condemn(int number, Fingerprint distrusts, Finding why) implements Note {
    @Override
    public boolean isAskedFor() {
      return true;
    }

    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
      return without(distrusts, on, facts);
    }
  }

  /**
   * Status remembers who is distrusted: where others cannot be proven there is no generation on
   * which it could be noted, nor a new one.
   *
   * @param distrusts all that may never be trusted again
   * @param others what keeps everything else from being done
   */
  record Distrust(Set<Fingerprint> distrusts, Finding why, Finding others) implements CaDecision {
    public Distrust {
      distrusts = Set.copyOf(distrusts);
    }

    @Override
    public boolean isAskedFor() {
      return true;
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
    public boolean restsOnTime() {
      return true;
    }

    @Override
    public int on(CaFacts facts) {
      return by;
    }

    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
      return on.reinstates(number);
    }
  }

  /** No certificate in service is signed by a generation any more. */
  record MarkUnused(int number, Finding why) implements Note {
    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
      return on.unusedSince(now);
    }
  }

  /**
   * A generation was seen to have expired: nothing that it signed is valid after that. It is noted
   * as the end of its last certificate, since when its key is kept for its time of grace.
   */
  record MarkExpired(int number, Finding why) implements Note {
    @Override
    public boolean restsOnTime() {
      return true;
    }

    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
      return facts.lineage().generations().stream()
          .filter(g -> g.number() == number)
          .findFirst()
          .map(g -> on.lastLeafNotAfter(g.expiryNotedAt(now)))
          .orElse(on);
    }
  }

  /** A generation, and all before it, leave the trust bundles: the signer remembers. */
  record Retire(int number, Finding why) implements Note {
    @Override
    public boolean restsOnTime() {
      return why.reason() == Reason.CAExpired;
    }

    @Override
    public int on(CaFacts facts) {
      return facts.signer().orElseThrow().number();
    }

    @Override
    public Latches.Edit note(Latches.Edit on, CaFacts facts, Instant now) {
      return on.retires(number);
    }
  }

  /** The Secret of a generation that no bundle holds any more is deleted, and with it its key. */
  record Delete(int number, Finding why) implements CaDecision {
    @Override
    public boolean restsOnTime() {
      return why.reason() == Reason.CAExpired;
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

  /** Further copies that nobody asks for any more are removed. */
  record Recall(Finding why) implements CaDecision {}

  /** All is well. */
  record Keep() implements CaDecision {}

  /** Something was to be done, but it is not certain enough that it is right. */
  record Hold(Finding why) implements CaDecision {}

  /** A person must act; nothing is touched. */
  record Refuse(Finding why) implements CaDecision {}

  // certificates then move at once
  private static Latches.Edit without(Fingerprint another, Latches.Edit on, CaFacts facts) {
    return on.distrusts(facts.lineage().distrusting(another))
        .retires(facts.lineage().retired())
        .reissue(Reissue.Immediately);
  }
}
