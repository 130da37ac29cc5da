package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A former signer that stays trusted until nothing that it signed is in use.
 *
 * @param signer the current signer
 * @param users the copies whose certificate the former signer signed
 * @param lacking the copies that do not hold the current signer
 * @param readyAt when the former signer may leave the trust bundles; empty while one of its
 *     certificates is in service, or was until this run
 * @param isTold whether it may leave: {@code rotation.advance} is {@code Automatic}, or a person
 *     approved it
 */
public record Departure(
    CaGeneration signer,
    CaGeneration former,
    List<Copy> users,
    List<Copy> lacking,
    Optional<Instant> readyAt,
    boolean isTold) {

  public Departure {
    users = List.copyOf(users);
    lacking = List.copyOf(lacking);
  }

  static Departure of(CaFacts facts, CaGeneration signer, CaGeneration former, Instant now) {
    List<Copy> users = facts.copies().signedBy(former, now);
    return new Departure(
        signer,
        former,
        users,
        facts.copies().lacking(signer),
        former
            .milestones()
            .unusedSince()
            .filter(since -> users.isEmpty())
            // the former generation may have signed again since it was recorded as
            // unused
            .map(since -> later(since, signer.milestones().signingSince().orElse(since)))
            .map(since -> readyAt(facts, signer, former, since, now)),
        facts.isTold(former));
  }

  boolean isReady(Instant now) {
    return readyAt.filter(at -> !now.isBefore(at)).isPresent();
  }

  private static Instant readyAt(
      CaFacts facts, CaGeneration signer, CaGeneration former, Instant since, Instant now) {
    if (!former.isBegun(now)) {
      // nothing that it signed is valid yet, unless the clock is behind
      return later(facts.plan().overlapAfter(since), since.plus(former.grace()));
    }
    Instant at =
        facts.plan().overlapAfter(later(since, knownSince(facts, signer, former, since, now)));
    return signer.milestones().reissue() == Reissue.Immediately && !isNotedTooEarly(former)
        ? at
        : later(at, former.milestones().lastLeafNotAfter().orElse(former.end()));
  }

  // a clock that was behind recorded "unused", and the generation signed again since; a milestone
  // is recorded only once, so it says nothing about the time after that
  private static boolean isNotedTooEarly(CaGeneration former) {
    return former.milestones().unusedSince().filter(former.start()::isAfter).isPresent();
  }

  // a generation that signed immediately, under its predecessor's root, may have been distributed
  // later
  private static Instant knownSince(
      CaFacts facts, CaGeneration signer, CaGeneration former, Instant since, Instant now) {
    return !signer.anchor().equals(former.anchor()) && signer.path().isVerifiedBy(former.path())
        ? facts.trustChangedLast(since, now)
        : Instant.MIN;
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
