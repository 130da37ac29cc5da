package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a CA's status remembers of its generations, whatever becomes of their Secrets: only the
 * operator writes it.
 *
 * @param distrusts fingerprints of those that are never trusted again
 * @param retires the highest number that has left the trust bundles in good order; 0: none
 * @param highest the highest number that a generation ever had; 0: none is known of
 * @param created the one that was made last; empty: none is known of
 */
public record History(
    Set<Fingerprint> distrusts, int retires, int highest, Optional<Created> created) {

  /** That a generation was made. */
  public record Created(int number, Instant at) {}

  public History {
    distrusts = Set.copyOf(distrusts);
  }

  /** Of a CA of which it is not known when a generation was made. */
  public History(Set<Fingerprint> distrusts, int retires, int highest) {
    this(distrusts, retires, highest, Optional.empty());
  }

  /** Of a CA of which nothing is remembered. */
  public static History none() {
    return new History(Set.of(), 0, 0);
  }

  /** The same of a CA of which these are never trusted again. */
  public History distrusting(Set<Fingerprint> others) {
    return new History(others, retires, highest, created);
  }
}
