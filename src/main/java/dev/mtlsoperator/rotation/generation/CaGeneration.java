package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.SafetyChecks;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A generation of a CA.
 *
 * @param path its certificate, and the certification path to the root that trust bundles hold
 * @param cross a certificate for the same name and key, signed by the previous generation, for
 *     verifiers that know only that one
 * @param importedFrom the Secret that it was imported from; empty if the operator created it
 */
public record CaGeneration(
    int number,
    CaPath path,
    Optional<X509Certificate> cross,
    Optional<String> importedFrom,
    GenerationMilestones milestones) {

  private static final int GRACE_PART_OF_LIFE = 10;
  private static final Duration LONGEST_GRACE = Duration.ofDays(30);

  /** Creates a generation that is its own root, as the operator makes it. */
  public CaGeneration(
      int number,
      X509Certificate certificate,
      Optional<X509Certificate> cross,
      GenerationMilestones milestones) {
    this(number, CaPath.root(certificate), cross, Optional.empty(), milestones);
  }

  /** Creates the only generation of a CA without history. */
  public static CaGeneration alone(CaPath path) {
    return new CaGeneration(
        1, path, Optional.empty(), Optional.empty(), GenerationMilestones.none());
  }

  public CaGeneration withMilestones(GenerationMilestones other) {
    return new CaGeneration(number, path, cross, importedFrom, other);
  }

  public X509Certificate certificate() {
    return path.certificate();
  }

  /** The trust anchor that trust bundles hold for it: the self-signed root. */
  public X509Certificate anchor() {
    return path.anchor();
  }

  /** The intermediate certificates that are sent after a leaf that it signed; empty for a root. */
  public List<X509Certificate> chain() {
    return path.chain();
  }

  public Fingerprint fingerprint() {
    return Fingerprint.of(certificate());
  }

  /** Whether {@code some} names its certificate or one above it. */
  public boolean contains(Set<Fingerprint> some) {
    return path.contains(some);
  }

  /** When it expires, and everything that it signed: the earliest end on the path to its root. */
  public Instant end() {
    return path.end();
  }

  /** When it was created. */
  public Instant made() {
    return Validity.issuedAt(certificate().getNotBefore().toInstant(), end());
  }

  public boolean isExpired(Instant now) {
    return !now.isBefore(end());
  }

  /** When it becomes valid: the latest start on the path to its root. */
  public Instant start() {
    return path.start();
  }

  /**
   * Whether it is valid already, within the tolerated clock skew. If it is not, a clock that was
   * ahead created it, and what it signs fails verification.
   */
  public boolean isBegun(Instant now) {
    return !start().isAfter(now.plus(SafetyChecks.MOST_SKEW));
  }

  /**
   * When it was found to have expired, by the clock of that time; empty if it was not. Nothing that
   * it signed outlives it, so a later end was recorded on purpose, see {@link
   * CaDecision.MarkExpired}.
   */
  public Optional<Instant> seenExpired() {
    return milestones.lastLeafNotAfter().filter(end()::isBefore);
  }

  /** The time to record if the expiry is found now. */
  public Instant expiryNotedAt(Instant now) {
    Instant soonest = end().plusSeconds(1);
    return now.isBefore(soonest) ? soonest : now;
  }

  /**
   * How long its key is kept after it left because of the time: a tenth of its lifetime, at most
   * thirty days. If the clock was wrong, it can sign again.
   */
  public Duration grace() {
    Duration tenth = Duration.between(made(), end()).dividedBy(GRACE_PART_OF_LIFE);
    return tenth.compareTo(LONGEST_GRACE) < 0 ? tenth : LONGEST_GRACE;
  }

  /** Whether it is marked as having started to sign. */
  public boolean isSigning() {
    return milestones.signingSince().isPresent();
  }

  /** Whether a leaf names it as its issuer. */
  public boolean signed(X509Certificate leaf) {
    return KeyIdentifiers.namesIssuer(leaf, certificate());
  }

  /**
   * Which of several generations signed a leaf. Generations that share name and key identifier are
   * told apart by the signature; those that also share the key, by the number noted next to the
   * leaf.
   */
  static Optional<CaGeneration> issuer(List<CaGeneration> among, X509Certificate leaf, int noted) {
    List<CaGeneration> named = among.stream().filter(g -> g.signed(leaf)).toList();
    boolean severalKeys =
        named.stream().map(g -> g.certificate().getPublicKey()).distinct().count() > 1;
    List<CaGeneration> signers =
        severalKeys
            ? named.stream().filter(g -> KeyIdentifiers.signed(leaf, g.certificate())).toList()
            : named;
    return signers.stream()
        .filter(g -> g.number() == noted)
        .findFirst()
        .or(() -> signers.stream().reduce((before, after) -> after));
  }
}
