package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.util.Optional;
import java.util.Set;

/**
 * A generation that the operator created, but whose state since then cannot be proven.
 *
 * @param generation the generation as far as it is proven; empty if its Secret is gone or was
 *     replaced
 * @param secretName the Secret that holds it, or held it
 * @param why description of the problem
 */
public record Suspect(
    int number,
    Fingerprint fingerprint,
    Optional<CaGeneration> generation,
    String secretName,
    Kind kind,
    String why) {

  /** What is wrong with a generation. */
  public enum Kind {
    /** Somebody changed what the operator recorded on its Secret. */
    TAMPERED,
    /** Status does not list it: somebody restored a generation that had left. */
    RETURNED,
    /** Its Secret is missing. */
    GONE
  }

  /** Whether {@code some} names its certificate or one above it. */
  public boolean contains(Set<Fingerprint> some) {
    return generation.map(g -> g.contains(some)).orElseGet(() -> some.contains(fingerprint));
  }
}
