package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.pki.Fingerprint;
import java.util.Optional;

/** What is to be done for a RootCA. */
public sealed interface CaDecision {

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
      implements CaDecision {}

  /** When a new generation signs. */
  enum Begins {
    /** When everybody knows it. */
    WHEN_DISTRIBUTED,
    /** At once: nobody else can. */
    AT_ONCE
  }

  /** A generation that is on its way already counts as what was asked for. */
  record Honour(int number, Finding why) implements CaDecision {}

  /** A generation that never signed is taken back. */
  record Withdraw(int number, Finding why) implements CaDecision {}

  /** Every copy of the bundle holds a generation: noted. */
  record MarkDistributed(int number, Finding why) implements CaDecision {}

  /**
   * A generation signs from now on.
   *
   * @param distrusts which generation leaves at the same moment
   */
  record StartSigning(int number, Optional<Fingerprint> distrusts, Completeness trust, Finding why)
      implements CaDecision {}

  /** Whether everybody knows a generation that begins to sign. */
  enum Completeness {
    COMPLETE,
    /** Somebody may not. */
    INCOMPLETE
  }

  /** A generation leaves at once, though there is no other one: noted. */
  record Condemn(int number, Fingerprint distrusts, Finding why) implements CaDecision {}

  /** No certificate in service is signed by a generation any more: noted. */
  record MarkUnused(int number, Finding why) implements CaDecision {}

  /** A generation, and all before it, leave the trust bundles. */
  record Retire(int number, Finding why) implements CaDecision {}

  /** The Secret of a generation that no bundle holds any more is deleted, and with it its key. */
  record Delete(int number, Finding why) implements CaDecision {}

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
}
