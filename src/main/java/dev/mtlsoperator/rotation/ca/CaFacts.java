package dev.mtlsoperator.rotation.ca;

import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.request.DesiredCertificate;
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
 * @param safety in words, why what is known may not be all: while there are any, no rotation
 *     advances, and no new CA is made
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
    List<String> safety) {

  public CaFacts {
    traces = List.copyOf(traces);
    safety = List.copyOf(safety);
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
        safety);
  }

  /** Whether all this was asked of the API server a moment ago. */
  boolean isFresh() {
    return copies.evidence() == DistributionState.Evidence.FRESH;
  }
}
