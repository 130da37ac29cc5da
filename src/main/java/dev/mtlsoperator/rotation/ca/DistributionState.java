package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.generation.CaGeneration;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which generations each copy of a trust bundle holds, and which one signed the certificate next to
 * it.
 *
 * @param evidence the source of these facts
 * @param all all copies of the trust bundle, in the trust ConfigMap and in leaves' Secrets
 * @param excused descriptions of copies that cannot be written and are therefore not waited for
 * @param longestLeaf the longest lifetime that a leaf requests
 * @param notRid descriptions of copies that still hold what the CA distrusts, where it can be
 *     removed
 */
public record DistributionState(
    Evidence evidence,
    List<Copy> all,
    List<String> excused,
    Duration longestLeaf,
    List<String> notRid) {

  public DistributionState {
    all = List.copyOf(all);
    excused = List.copyOf(excused);
    notRid = List.copyOf(notRid);
  }

  /** Creates a state in which no copy holds distrusted generations. */
  public DistributionState(
      Evidence evidence, List<Copy> all, List<String> excused, Duration longestLeaf) {
    this(evidence, all, excused, longestLeaf, List.of());
  }

  /** The source of the facts, from the least to the most. Absence from a cache proves nothing. */
  public enum Evidence {
    /** From the caches: sufficient to see that work remains. */
    CACHED,
    /**
     * The generations and the copies were just read from the API server, except those in leaves'
     * Secrets: sufficient to write and to remove copies, whose content no leaf decides.
     */
    LEAVES_CACHED,
    /**
     * Just read from the API server: sufficient to decide that trust is withdrawn, or a key
     * deleted.
     */
    FRESH
  }

  /**
   * One copy of the trust bundle.
   *
   * @param name display name, such as {@code ServerCert 'web'}
   * @param trusts the numbers of the generations that it holds
   * @param trustSince when its content last changed; empty if it never changed
   * @param surplus whether it holds more than the CA's bundle
   * @param signedBy the generation that signed the certificate next to it
   * @param notAfter when that certificate expires
   */
  public record Copy(
      String name,
      Set<Integer> trusts,
      Optional<Instant> trustSince,
      boolean surplus,
      OptionalInt signedBy,
      Optional<Instant> notAfter) {
    public Copy {
      trusts = Set.copyOf(trusts);
    }

    boolean isSignedBy(int generation, Instant now) {
      return signedBy.isPresent()
          && signedBy.getAsInt() == generation
          && notAfter.filter(now::isBefore).isPresent();
    }
  }

  /** The copies that lack a generation. */
  List<Copy> lacking(CaGeneration generation) {
    return all.stream().filter(copy -> !copy.trusts().contains(generation.number())).toList();
  }

  /** The copies whose certificate is in use and signed by a generation. */
  List<Copy> signedBy(CaGeneration generation, Instant now) {
    return all.stream().filter(copy -> copy.isSignedBy(generation.number(), now)).toList();
  }

  /** The copies that hold more than they should. */
  List<Copy> withSurplus() {
    return all.stream().filter(Copy::surplus).toList();
  }

  /** When a copy last changed; times in the future are ignored. */
  Optional<Instant> changedLast(Instant now) {
    return all.stream()
        .flatMap(copy -> copy.trustSince().stream())
        .filter(at -> !at.isAfter(now))
        .max(Instant::compareTo);
  }
}
