package dev.mtlsoperator.rotation;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * All that the rules look at for one RootCA.
 *
 * @param generations those that count as ours, oldest first
 * @param highestKnown the highest number ever heard of, from Secrets, status and leaves; 0: none
 * @param traces in words, what shows that a CA was here before
 * @param adoptable the Secret whose certificate has the fingerprint of the {@code adopt} annotation
 * @param metadataCurrent whether owner and labels of each generation's Secret follow the spec
 * @param bundle what lies under the name of the trust ConfigMap
 */
public record CaFacts(
    Draft draft,
    List<Known> generations,
    int highestKnown,
    List<String> traces,
    Optional<String> adoptable,
    boolean metadataCurrent,
    Bundle bundle) {

  public CaFacts {
    generations = List.copyOf(generations);
    traces = List.copyOf(traces);
  }

  /**
   * A generation with certificate and key.
   *
   * @param signing whether its latch {@code signing-since} is set
   */
  public record Known(int number, X509Certificate certificate, boolean signing) {}

  /** What lies under the name of the trust ConfigMap. */
  public enum Bundle {
    ABSENT,
    CURRENT,
    OUTDATED,
    /** Somebody else's. */
    FOREIGN
  }

  /** The generation that signs: the highest whose latch says so. */
  public Optional<Known> signer() {
    return generations.stream()
        .filter(Known::signing)
        .reduce((a, b) -> a.number() > b.number() ? a : b);
  }
}
