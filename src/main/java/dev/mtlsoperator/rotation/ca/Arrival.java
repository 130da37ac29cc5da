package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.ca.DistributionState.Copy;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A successor that is being distributed to every trust bundle before it becomes the signer.
 *
 * @param signer the current signer
 * @param lacking the copies that do not hold the successor yet
 * @param readyAt when the successor may start to sign; empty while a copy lacks it, or lacked it
 *     until this run
 * @param lastCall when the successor starts to sign at the latest, even if copies still lack it
 * @param isTold whether the rotation may advance: {@code rotation.advance} is {@code Automatic}, or
 *     a person approved it
 */
public record Arrival(
    CaGeneration signer,
    CaGeneration successor,
    List<Copy> lacking,
    Optional<Instant> readyAt,
    Instant lastCall,
    boolean isTold) {

  public Arrival {
    lacking = List.copyOf(lacking);
  }

  static Arrival of(CaFacts facts, CaGeneration signer, CaGeneration successor, Instant now) {
    List<Copy> lacking = facts.copies().lacking(successor);
    return new Arrival(
        signer,
        successor,
        lacking,
        successor
            .milestones()
            .distributedAt()
            .filter(at -> lacking.isEmpty())
            .map(at -> later(at, facts.trustChangedLast(at, now)))
            .map(facts.plan()::overlapAfter),
        facts.plan().lastCall(signer, successor),
        facts.isTold(successor));
  }

  /** Whether every copy holds the successor. */
  boolean isEverywhere() {
    return lacking.isEmpty();
  }

  boolean isReady(Instant now) {
    return isEverywhere() && readyAt.filter(at -> !now.isBefore(at)).isPresent();
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }
}
