package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.RotationPhase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What status reports about a {@link Phase}.
 *
 * @param since when the phase began
 * @param next what happens next, when, and what it waits for
 * @param deadline when the next step that depends only on the clock happens
 * @param pending how many certificates or trust bundles are not updated yet
 * @param blockedBy what blocks the rotation, or is excluded from it
 */
public record RotationProgress(
    RotationPhase phase,
    Instant since,
    String next,
    Optional<Instant> deadline,
    int pending,
    List<String> blockedBy) {

  public RotationProgress {
    blockedBy = List.copyOf(blockedBy);
  }
}
