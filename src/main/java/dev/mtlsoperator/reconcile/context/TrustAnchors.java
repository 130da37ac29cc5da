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

/** Which certificates a CA's trust bundles hold on account of its generations. */
public final class TrustAnchors {
  private TrustAnchors() {}

  /**
   * What the CA's bundles hold of it, by the numbers of its generations. Where not all is proven
   * that is what they held, without what a person distrusts since; where nothing is distrusted,
   * they are left alone.
   *
   * @param own reads the CA's own certificates in its trust ConfigMap, oldest first; asked only
   *     where not all is proven
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
    // the root of one that stands under another one: what no other one accounts for
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

  // the one that issued it, or else one that is not the root of somebody distrusted
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
