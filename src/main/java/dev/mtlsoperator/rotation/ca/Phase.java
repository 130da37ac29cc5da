package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.Suspect;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where a CA's rotation stands. It is derived once for each decision: the rules take the next step
 * from it, and status is told from the same value, so that the report cannot differ from the
 * decision.
 */
public sealed interface Phase {

  /** What the facts amount to at a time. */
  static Phase of(CaFacts facts, Instant now) {
    return new PhaseRules(facts, now).phase();
  }

  /** What keeps another generation from being created for a while. */
  CreationLimits limits();

  /** What status says of it; empty: what it said before. */
  Optional<RotationProgress> progress();

  /**
   * It cannot be proven what has become of some generations: nothing goes on.
   *
   * @param suspects those generations; at least one
   */
  record Unproven(
      List<Suspect> suspects, CreationLimits limits, Optional<RotationProgress> progress)
      implements Phase {
    public Unproven {
      suspects = List.copyOf(suspects);
    }
  }

  /**
   * No generation signs: there is none yet, or each has expired, is distrusted or is not valid yet.
   */
  record NoSigner(CreationLimits limits, Optional<RotationProgress> progress) implements Phase {}

  /**
   * A successor is on its way into every trust bundle.
   *
   * @param departure of the oldest generation that signed before the present one and is still
   *     trusted; it may leave meanwhile
   */
  record Distributing(
      Arrival arrival,
      Optional<Departure> departure,
      CreationLimits limits,
      Optional<RotationProgress> progress)
      implements Phase {}

  /** Certificates of a former signer are in use, or were a moment ago. */
  record Migrating(Departure departure, CreationLimits limits, Optional<RotationProgress> progress)
      implements Phase {}

  /** A former signer may leave the trust bundles. */
  record Retiring(Departure departure, CreationLimits limits, Optional<RotationProgress> progress)
      implements Phase {}

  /**
   * One generation is trusted, but copies of the trust bundle still hold others, which left or are
   * distrusted.
   */
  record CleaningUp(CaGeneration signer, CreationLimits limits, Optional<RotationProgress> progress)
      implements Phase {}

  /**
   * One generation is trusted and signs.
   *
   * @param successorDue when its successor is created, or has to be imported
   */
  record Stable(
      CaGeneration signer,
      Instant successorDue,
      CreationLimits limits,
      Optional<RotationProgress> progress)
      implements Phase {}
}
