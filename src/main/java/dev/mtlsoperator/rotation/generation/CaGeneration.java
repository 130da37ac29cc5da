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
 * @param path its certificate, and the way from it to the root that trust bundles hold
 * @param cross the same name and key, signed by the generation before, for verifiers that know only
 *     that one
 * @param importedFrom the Secret that it was imported from; empty: it was made here
 */
public record CaGeneration(
    int number,
    CaPath path,
    Optional<X509Certificate> cross,
    Optional<String> importedFrom,
    GenerationMilestones milestones) {

  private static final int GRACE_PART_OF_LIFE = 10;
  private static final Duration LONGEST_GRACE = Duration.ofDays(30);

  /** One that was made here: its own root. */
  public CaGeneration(
      int number,
      X509Certificate certificate,
      Optional<X509Certificate> cross,
      GenerationMilestones milestones) {
    this(number, CaPath.root(certificate), cross, Optional.empty(), milestones);
  }

  /** The only one that a CA ever had. */
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

  /** What trust bundles hold for it: the self-signed root. */
  public X509Certificate anchor() {
    return path.anchor();
  }

  /** What is sent after a leaf that it signed; none for a root. */
  public List<X509Certificate> chain() {
    return path.chain();
  }

  public Fingerprint fingerprint() {
    return Fingerprint.of(certificate());
  }

  /** Whether its certificate, or one above it, is among some. */
  public boolean contains(Set<Fingerprint> some) {
    return path.contains(some);
  }

  /** End of its life, and of all that it signed: that of whatever ends first up to its root. */
  public Instant end() {
    return path.end();
  }

  /** When it was made. */
  public Instant made() {
    return Validity.issuedAt(certificate().getNotBefore().toInstant(), end());
  }

  public boolean isExpired(Instant now) {
    return !now.isBefore(end());
  }

  /** From when on it is valid, and all above it. */
  public Instant start() {
    return path.start();
  }

  /**
   * Whether its life has begun, as far as clocks that differ within bounds can tell. One whose life
   * has not was made by a clock that was ahead: what it signs fails verification.
   */
  public boolean isBegun(Instant now) {
    return !start().isAfter(now.plus(SafetyChecks.MOST_SKEW));
  }

  /**
   * When it was seen to have expired, by the clock of that time; empty: it was not seen. Nothing
   * that it signed outlives it: a later end was noted on purpose, see {@link
   * CaDecision.MarkExpired}.
   */
  public Optional<Instant> seenExpired() {
    return milestones.lastLeafNotAfter().filter(end()::isBefore);
  }

  /** As what the expiry is noted, when it is seen now. */
  public Instant expiryNotedAt(Instant now) {
    Instant soonest = end().plusSeconds(1);
    return now.isBefore(soonest) ? soonest : now;
  }

  /**
   * For how long its key is kept after it left because of the time: a tenth of its life, thirty
   * days at most. If the clock was wrong, it can sign again.
   */
  public Duration grace() {
    Duration tenth = Duration.between(made(), end()).dividedBy(GRACE_PART_OF_LIFE);
    return tenth.compareTo(LONGEST_GRACE) < 0 ? tenth : LONGEST_GRACE;
  }

  /** Whether it may sign, now or at some time. */
  public boolean isSigning() {
    return milestones.signingSince().isPresent();
  }

  /** Whether a leaf names it as its issuer. */
  public boolean signed(X509Certificate leaf) {
    return KeyIdentifiers.namesIssuer(leaf, certificate());
  }

  /**
   * Which of several generations signed a leaf. Those that share name and key identifier are told
   * apart by the signature, and those that share the key too by the number noted next to the leaf.
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
