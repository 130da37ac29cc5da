package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.Namesakes;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Leaves out of a leaf's trust bundle what one RootCA brings by {@code additionalTrust} and
 * verifiers cannot tell from a certificate of another RootCA. Whoever owns such an input would
 * otherwise stop the certificates of others. What the leaf holds already stays.
 */
final class AdditionalNamesakes {
  private final Map<CAName, List<X509Certificate>> taken;
  private final Collection<X509Certificate> held;
  private final Instant now;
  private final List<Namesakes.Pair> leftOut = new ArrayList<>();

  /**
   * @param own the certificates of each RootCA's generations
   * @param held what the leaf's bundle holds now
   */
  AdditionalNamesakes(
      Map<CAName, List<X509Certificate>> own, Collection<X509Certificate> held, Instant now) {
    this.taken = new HashMap<>(own);
    this.held = held;
    this.now = now;
  }

  /** Those of a RootCA's additional certificates that the bundle may hold. */
  List<X509Certificate> admitted(CAName ca, List<X509Certificate> additional) {
    List<X509Certificate> admitted = new ArrayList<>();
    for (X509Certificate candidate : additional) {
      Optional<Namesakes.Pair> pair =
          held.contains(candidate) ? Optional.empty() : namesake(ca, candidate);
      pair.ifPresentOrElse(leftOut::add, () -> admitted.add(candidate));
    }
    taken.merge(ca, admitted, (own, more) -> Stream.concat(own.stream(), more.stream()).toList());
    return admitted;
  }

  /** The pairs whose second one was left out. */
  List<Namesakes.Pair> leftOut() {
    return List.copyOf(leftOut);
  }

  private Optional<Namesakes.Pair> namesake(CAName ca, X509Certificate candidate) {
    return taken.entrySet().stream()
        .filter(others -> !others.getKey().equals(ca))
        .flatMap(others -> others.getValue().stream())
        .flatMap(other -> Namesakes.among(List.of(other, candidate), now).stream())
        .findFirst();
  }
}
