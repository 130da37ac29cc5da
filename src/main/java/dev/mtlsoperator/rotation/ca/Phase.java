package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.Suspect;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The phase of a CA's rotation. It is derived once per decision; the rules and status both use the
 * same value, so the report cannot differ from the decision.
 */
public sealed interface Phase {

  /** Derives the phase from the facts at a time. */
  static Phase of(CaFacts facts, Instant now) {
    return new PhaseRules(facts, now).phase();
  }

  /** What temporarily prevents another generation from being created. */
  CreationLimits limits();

  /** What status reports about this phase; empty if status keeps its previous content. */
  Optional<RotationProgress> progress();

  /**
   * The state of some generations cannot be proven: the rotation does not advance.
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
   * A successor is being distributed to every trust bundle.
   *
   * @param departure the departure of the oldest former signer that is still trusted; it may leave
   *     during this phase
   */
  record Distributing(
      Arrival arrival,
      Optional<Departure> departure,
      CreationLimits limits,
      Optional<RotationProgress> progress)
      implements Phase {}

  /** Certificates of a former signer are in use, or were until just now. */
  record Migrating(Departure departure, CreationLimits limits, Optional<RotationProgress> progress)
      implements Phase {}

  /** A former signer may leave the trust bundles. */
  record Retiring(Departure departure, CreationLimits limits, Optional<RotationProgress> progress)
      implements Phase {}

  /**
   * One generation is trusted, but copies of the trust bundle still hold retired or distrusted
   * ones.
   */
  record CleaningUp(CaGeneration signer, CreationLimits limits, Optional<RotationProgress> progress)
      implements Phase {}

  /**
   * One generation is trusted and signs.
   *
   * @param successorDue when its successor is due to be created or imported
   */
  record Stable(
      CaGeneration signer,
      Instant successorDue,
      CreationLimits limits,
      Optional<RotationProgress> progress)
      implements Phase {}
}
