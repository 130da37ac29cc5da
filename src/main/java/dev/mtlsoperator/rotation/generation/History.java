package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * The history of a CA's generations in its status, which outlives their Secrets. Only the operator
 * writes it.
 *
 * @param distrusts fingerprints that are never trusted again
 * @param retires the highest generation number retired in the usual way; 0 if there is none
 * @param highest the highest number that a generation ever had; 0 if none is known
 * @param created the generation that was created last; empty if none is known
 */
public record History(
    Set<Fingerprint> distrusts, int retires, int highest, Optional<Created> created) {

  /** The creation of a generation. */
  public record Created(int number, Instant at) {}

  public History {
    distrusts = Set.copyOf(distrusts);
  }

  /** Creates a history that does not tell when a generation was created. */
  public History(Set<Fingerprint> distrusts, int retires, int highest) {
    this(distrusts, retires, highest, Optional.empty());
  }

  /** The empty history. */
  public static History none() {
    return new History(Set.of(), 0, 0);
  }

  /** The same history with these distrusted fingerprints. */
  public History distrusting(Set<Fingerprint> others) {
    return new History(others, retires, highest, created);
  }
}
