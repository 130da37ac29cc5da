package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.pki.Fingerprint;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What of a generation's life cannot be derived: noted on its Secret, each once, and never taken
 * back. What is absent has not happened yet.
 *
 * @param distributedAt when every copy of the trust bundle was seen to hold it
 * @param signingSince since when it signs
 * @param unusedSince since when no certificate in service is signed by it
 * @param lastLeafNotAfter no certificate that it signed is valid after that
 * @param reissue how certificates move to it
 * @param rotate value of the {@code rotate} annotation that it honours
 * @param distrusts fingerprints of those that its CA distrusts
 * @param retires the highest number that has left the trust bundles in good order; 0: none
 */
public record Latches(
    Optional<Instant> distributedAt,
    Optional<Instant> signingSince,
    Optional<Instant> unusedSince,
    Optional<Instant> lastLeafNotAfter,
    Reissue reissue,
    Optional<String> rotate,
    Set<Fingerprint> distrusts,
    int retires) {

  public Latches {
    distrusts = Set.copyOf(distrusts);
  }

  /** Of a generation to which nothing has happened yet. */
  public static Latches none() {
    return new Latches(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Reissue.OnRenewal,
        Optional.empty(),
        Set.of(),
        0);
  }

  public Latches withDistributedAt(Instant at) {
    return new Latches(
        distributedAt.or(() -> Optional.of(at)),
        signingSince,
        unusedSince,
        lastLeafNotAfter,
        reissue,
        rotate,
        distrusts,
        retires);
  }

  public Latches withSigningSince(Instant at) {
    return new Latches(
        distributedAt,
        signingSince.or(() -> Optional.of(at)),
        unusedSince,
        lastLeafNotAfter,
        reissue,
        rotate,
        distrusts,
        retires);
  }

  public Latches withUnusedSince(Instant at) {
    return new Latches(
        distributedAt,
        signingSince,
        unusedSince.or(() -> Optional.of(at)),
        lastLeafNotAfter,
        reissue,
        rotate,
        distrusts,
        retires);
  }

  /** The later one counts: the mark never goes back. */
  public Latches withLastLeafNotAfter(Instant at) {
    return new Latches(
        distributedAt,
        signingSince,
        unusedSince,
        lastLeafNotAfter.filter(noted -> noted.isAfter(at)).or(() -> Optional.of(at)),
        reissue,
        rotate,
        distrusts,
        retires);
  }

  /** What was asked for while it was on its way: certificates then move at once. */
  public Latches withRotate(Optional<String> asked) {
    return new Latches(
        distributedAt,
        signingSince,
        unusedSince,
        lastLeafNotAfter,
        Reissue.Immediately,
        asked,
        distrusts,
        retires);
  }

  public Latches withDistrusts(Set<Fingerprint> all) {
    return new Latches(
        distributedAt,
        signingSince,
        unusedSince,
        lastLeafNotAfter,
        Reissue.Immediately,
        rotate,
        all,
        retires);
  }

  public Latches withRetires(int number) {
    return new Latches(
        distributedAt,
        signingSince,
        unusedSince,
        lastLeafNotAfter,
        reissue,
        rotate,
        distrusts,
        Math.max(retires, number));
  }
}
