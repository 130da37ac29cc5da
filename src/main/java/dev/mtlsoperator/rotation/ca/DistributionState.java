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
 * @param evidence where this is known from
 * @param all of the trust bundle's copies, in the trust ConfigMap and in leaves' Secrets
 * @param excused in words, what cannot be written and is therefore not waited for
 * @param longestLeaf the longest life that a leaf asks for
 * @param notRid in words, those that hold what the CA distrusts and can be rid of it
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

  /** None of which holds what is distrusted. */
  public DistributionState(
      Evidence evidence, List<Copy> all, List<String> excused, Duration longestLeaf) {
    this(evidence, all, excused, longestLeaf, List.of());
  }

  /** Where facts are known from. What a cache lacks is no evidence. */
  public enum Evidence {
    /** From the caches: good enough to see that something is still to be done. */
    CACHED,
    /** From the API server, a moment ago: good enough to take away trust or a key. */
    FRESH
  }

  /**
   * One copy.
   *
   * @param name in words, such as {@code ServerCert 'web'}
   * @param trusts numbers of the generations that it holds
   * @param trustSince when what it holds was changed last; empty: it was never changed
   * @param surplus whether it holds more than the CA's bundle
   * @param signedBy the generation that signed the certificate next to it
   * @param notAfter end of that certificate
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

  /** Those that lack a generation. */
  List<Copy> lacking(CaGeneration generation) {
    return all.stream().filter(copy -> !copy.trusts().contains(generation.number())).toList();
  }

  /** Those whose certificate is in use and signed by a generation. */
  List<Copy> signedBy(CaGeneration generation, Instant now) {
    return all.stream().filter(copy -> copy.isSignedBy(generation.number(), now)).toList();
  }

  /** Those that hold more than they should. */
  List<Copy> withSurplus() {
    return all.stream().filter(Copy::surplus).toList();
  }

  /** When a copy was changed last; times in the future are ignored. */
  Optional<Instant> changedLast(Instant now) {
    return all.stream()
        .flatMap(copy -> copy.trustSince().stream())
        .filter(at -> !at.isAfter(now))
        .max(Instant::compareTo);
  }
}
