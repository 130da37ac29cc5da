package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import dev.mtlsoperator.rotation.revocation.CrlRules;
import dev.mtlsoperator.rotation.revocation.RevocationFacts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The facts about one RootCA from which the rules decide.
 *
 * @param generations the generations that count as this CA's own
 * @param unsealed how many Secrets of a CA's type have the name of a generation but are not one
 * @param highestKnown the highest generation number found in Secrets, status and leaves; 0 if there
 *     is none
 * @param traces descriptions of what shows that this CA existed before
 * @param adoptable the Secret whose certificate has the fingerprint of the {@code adopt} annotation
 * @param metadataCurrent whether owner and labels of each generation's Secret follow the spec
 * @param bundle state of the trust ConfigMap
 * @param distribution state of the further copies of the trust bundle
 * @param incomplete descriptions of why these facts may be incomplete; unless empty, no rotation
 *     advances and no new CA is created
 * @param revocation what concerns its CRLs
 */
public record CaFacts(
    DesiredCertificate desired,
    RotationPlan plan,
    CaRequests requests,
    CaGenerations generations,
    int unsealed,
    int highestKnown,
    List<String> traces,
    Optional<String> adoptable,
    boolean metadataCurrent,
    Bundle bundle,
    Distribution distribution,
    DistributionState copies,
    List<String> incomplete,
    RevocationFacts revocation) {

  public CaFacts {
    traces = List.copyOf(traces);
    incomplete = List.copyOf(incomplete);
  }

  /** State of the object that has the name of the trust ConfigMap. */
  public enum Bundle {
    ABSENT,
    CURRENT,
    OUTDATED,
    /** Not current, and cannot be written at present. */
    REFUSED,
    /** Not managed by this operator. */
    FOREIGN
  }

  /** The generation that signs. */
  public Optional<CaGeneration> signer() {
    return generations.signer();
  }

  /** How many copies of the trust bundle are not current. */
  public int copiesBehind() {
    return distribution.due().size() + copies.excused().size() + (bundle == Bundle.CURRENT ? 0 : 1);
  }

  /** Whether trust bundles are still to be written that can be. */
  public boolean isDelivering() {
    return bundle == Bundle.ABSENT || bundle == Bundle.OUTDATED || !distribution.due().isEmpty();
  }

  /** The rules for the CRLs; they know whether the trust bundles are still to be written. */
  public CrlRules crlRules(Instant now) {
    return new CrlRules(
        revocation, now, isDelivering() ? CrlRules.Timing.DELIVERING : CrlRules.Timing.PACED);
  }

  /** The same facts, restricted to generations that are proven. */
  CaFacts proven() {
    return new CaFacts(
        desired,
        plan,
        requests,
        generations.proven(),
        unsealed,
        highestKnown,
        traces,
        adoptable,
        metadataCurrent,
        bundle,
        distribution,
        copies,
        incomplete,
        revocation);
  }

  /** When the successor of a generation is due to be created or imported. */
  Instant successorDue(CaGeneration generation) {
    return plan.successorDue(generation, copies.longestLeaf());
  }

  /**
   * Whether the rotation may advance this generation, automatically or because a person approved
   * it.
   */
  boolean isTold(CaGeneration generation) {
    return plan.advance() == Advance.Automatic
        || requests.advance().filter(generation.fingerprint()::equals).isPresent();
  }

  /**
   * When trust in any copy changed last, capped at one overlap after {@code since}: a copy that
   * keeps changing, or keeps being reported as changed, delays a rotation only once. {@link
   * Instant#MIN} if none changed.
   */
  Instant trustChangedLast(Instant since, Instant now) {
    Instant latest = since.plus(plan.overlap());
    return copies.changedLast(now).map(at -> at.isAfter(latest) ? latest : at).orElse(Instant.MIN);
  }

  /** Whether the annotation {@code rotate} has a value that no generation honours yet. */
  boolean isRotateRequested() {
    Optional<String> asked = requests.rotate();
    // compare with the newest generation only: what it honours was requested earlier
    return asked.isPresent()
        && !asked.equals(generations.newest().flatMap(g -> g.milestones().rotate()));
  }
}
