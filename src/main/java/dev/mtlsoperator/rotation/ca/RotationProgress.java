package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.RotationPhase;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What status says of a {@link Phase}.
 *
 * @param since when the phase began
 * @param next what happens next, when, and what it waits for
 * @param deadline when something happens by the clock alone
 * @param pending how many certificates or trust bundles are still to follow
 * @param blockedBy what keeps the rotation from going on, or is left out of it
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
