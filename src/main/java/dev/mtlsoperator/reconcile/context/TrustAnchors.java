package dev.mtlsoperator.reconcile.context;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.Suspect;
import java.security.cert.X509Certificate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Determines which certificates of its generations a CA's trust bundles hold. */
public final class TrustAnchors {
  private TrustAnchors() {}

  /**
   * The CA's own certificates in its bundles, by generation number. If some generation is not
   * proven, these are the ones that the bundles held before, without those distrusted since; if
   * nothing is distrusted, the bundles stay as they are.
   *
   * @param own reads the CA's own certificates in its trust ConfigMap, oldest first; called only if
   *     some generation is not proven
   */
  public static SortedMap<Integer, X509Certificate> of(
      CaGenerations generations, ReportedStatus reported, Supplier<List<X509Certificate>> own) {
    if (generations.isProven() || generations.distrusted().isEmpty()) {
      return generations.anchors();
    }
    List<X509Certificate> held = own.get();
    SortedMap<Integer, X509Certificate> anchors = new TreeMap<>(generations.standing());
    Set<Fingerprint> banned = generations.banned();
    List<Suspect> unread =
        generations.suspects().stream().filter(suspect -> suspect.generation().isEmpty()).toList();
    unread.forEach(
        suspect ->
            ownRoot(suspect, reported)
                .or(() -> ownRoot(suspect, held))
                .ifPresent(root -> anchors.put(suspect.number(), root)));
    // the root above a generation: a certificate that no other generation accounts for
    for (Suspect suspect : unread) {
      if (!anchors.containsKey(suspect.number())) {
        held.stream()
            .filter(c -> !anchors.containsValue(c) && !banned.contains(Fingerprint.of(c)))
            .min(Comparator.comparingInt(c -> farness(c, suspect, generations, reported)))
            .ifPresent(root -> anchors.put(suspect.number(), root));
      }
    }
    return anchors;
  }

  // prefers the issuer, then a certificate that is not the root of a distrusted generation
  private static int farness(
      X509Certificate root, Suspect suspect, CaGenerations generations, ReportedStatus reported) {
    boolean issuedIt =
        told(suspect, reported).filter(c -> KeyIdentifiers.signed(c, root)).isPresent();
    return issuedIt ? 0 : generations.isAboveDistrusted(root) ? 2 : 1;
  }

  private static Optional<X509Certificate> ownRoot(Suspect suspect, List<X509Certificate> held) {
    return held.stream().filter(c -> Fingerprint.of(c).equals(suspect.fingerprint())).findFirst();
  }

  private static Optional<X509Certificate> ownRoot(Suspect suspect, ReportedStatus reported) {
    return told(suspect, reported).filter(c -> KeyIdentifiers.signed(c, c));
  }

  private static Optional<X509Certificate> told(Suspect suspect, ReportedStatus reported) {
    return reported
        .generation(suspect.number())
        .map(Generation::certificate)
        .flatMap(pem -> Pem.readWritten(pem).stream().flatMap(Optional::stream).findFirst())
        .filter(c -> Fingerprint.of(c).equals(suspect.fingerprint()));
  }
}
