package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.util.Optional;
import java.util.Set;

/**
 * A generation that was made here, but it cannot be proven what has happened to it since.
 *
 * @param generation as far as it is proven; empty: its Secret is gone, or not the one it was
 * @param secretName the Secret in which it lies, or lay
 * @param why in words
 */
public record Suspect(
    int number,
    Fingerprint fingerprint,
    Optional<CaGeneration> generation,
    String secretName,
    Kind kind,
    String why) {

  /** What is wrong with it. */
  public enum Kind {
    /** Somebody changed what the operator noted on its Secret. */
    TAMPERED,
    /** Status does not know of it: somebody put back what had left. */
    RETURNED,
    /** Its Secret is not there. */
    GONE
  }

  /** Whether its certificate, or one above it, is among some. */
  public boolean contains(Set<Fingerprint> some) {
    return generation.map(g -> g.contains(some)).orElseGet(() -> some.contains(fingerprint));
  }
}
