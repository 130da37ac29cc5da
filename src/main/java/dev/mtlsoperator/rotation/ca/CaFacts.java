package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that the rules look at for one RootCA.
 *
 * @param generations the generations that count as ours
 * @param unsealed how many Secrets of a CA's type lie under names of its generations that are none
 * @param highestKnown the highest number ever heard of, from Secrets, status and leaves; 0: none
 * @param traces in words, what shows that a CA was here before
 * @param adoptable the Secret whose certificate has the fingerprint of the {@code adopt} annotation
 * @param metadataCurrent whether owner and labels of each generation's Secret follow the spec
 * @param bundle what lies under the name of the trust ConfigMap
 * @param distribution its further copies
 * @param incomplete in words, why these facts may not be all: while there is a line, no rotation
 *     advances, and no new CA is created
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
    List<String> incomplete) {

  public CaFacts {
    traces = List.copyOf(traces);
    incomplete = List.copyOf(incomplete);
  }

  /** What lies under the name of the trust ConfigMap. */
  public enum Bundle {
    ABSENT,
    CURRENT,
    OUTDATED,
    /** Not current, and it cannot be written at present. */
    REFUSED,
    /** Somebody else's. */
    FOREIGN
  }

  /** The generation that signs. */
  public Optional<CaGeneration> signer() {
    return generations.signer();
  }

  /** The same, where nothing counts that is not proven. */
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
        incomplete);
  }

  /** When the successor of a generation is created, or has to be imported. */
  Instant successorDue(CaGeneration generation) {
    return plan.successorDue(generation, copies.longestLeaf());
  }

  /** Whether a generation may go on: by itself, or because a person said so. */
  boolean isTold(CaGeneration generation) {
    return plan.advance() == Advance.Automatic
        || requests.advance().filter(generation.fingerprint()::equals).isPresent();
  }

  /**
   * When trust in some copy was changed last, at most one overlap after a time: a copy that is
   * changed, or said to be changed, again and again delays a rotation once. Long ago: never.
   */
  Instant trustChangedLast(Instant since, Instant now) {
    Instant latest = since.plus(plan.overlap());
    return copies.changedLast(now).map(at -> at.isAfter(latest) ? latest : at).orElse(Instant.MIN);
  }

  /** Whether the annotation {@code rotate} has a value that no generation honours yet. */
  boolean isRotateRequested() {
    Optional<String> asked = requests.rotate();
    // of the newest that is there: what it honours was asked for before
    return asked.isPresent()
        && !asked.equals(generations.newest().flatMap(g -> g.milestones().rotate()));
  }

  /** Whether all this was asked of the API server a moment ago. */
  boolean isFresh() {
    return copies.evidence() == DistributionState.Evidence.FRESH;
  }
}
