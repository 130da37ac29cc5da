package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Certificates of {@code additionalTrust} that verifiers cannot tell from another CA in the same
 * bundle. One that is new is left out, so that it does not break what is trusted; one that is
 * published already stays, so that nobody loses trust.
 *
 * @param entries without those that are left out
 * @param stayed each that stays although it has a namesake, second of its pair
 * @param leftOut each that is left out, second of its pair
 */
public record TrustNamesakes(
    AdditionalEntries entries, List<Namesakes.Pair> stayed, List<Namesakes.Pair> leftOut) {

  public TrustNamesakes {
    stayed = List.copyOf(stayed);
    leftOut = List.copyOf(leftOut);
  }

  /** No entries at all. */
  public static TrustNamesakes none() {
    return new TrustNamesakes(AdditionalEntries.none(), List.of(), List.of());
  }

  /**
   * Judges the certificates of all entries: those that are published first, then those that last
   * longest.
   *
   * @param found without the CA's own
   * @param generations of the CA itself
   * @param published what the bundles held of other CAs until now
   */
  public static TrustNamesakes of(
      AdditionalEntries found, CaGenerations generations, Collection<X509Certificate> published) {
    List<X509Certificate> certificates = found.certificates();
    if (certificates.isEmpty()) {
      return new TrustNamesakes(found, List.of(), List.of());
    }
    List<X509Certificate> trusted = new ArrayList<>(generations.bundle());
    List<Namesakes.Pair> stayed = new ArrayList<>();
    List<Namesakes.Pair> leftOut = new ArrayList<>();
    Set<Fingerprint> gone = new HashSet<>();
    certificates.stream()
        .sorted(
            Comparator.comparing((X509Certificate ca) -> !published.contains(ca))
                .thenComparing(X509Certificate::getNotAfter, Comparator.reverseOrder()))
        .forEach(
            ca -> {
              Optional<Namesakes.Pair> pair = Namesakes.of(ca, trusted);
              if (pair.isPresent() && !published.contains(ca)) {
                leftOut.add(pair.get());
                gone.add(Fingerprint.of(ca));
              } else {
                pair.ifPresent(stayed::add);
                trusted.add(ca);
              }
            });
    return new TrustNamesakes(without(found, gone), stayed, leftOut);
  }

  private static AdditionalEntries without(AdditionalEntries all, Set<Fingerprint> gone) {
    if (gone.isEmpty()) {
      return all;
    }
    SortedMap<String, List<X509Certificate>> kept = new TreeMap<>();
    all.byEntry()
        .forEach(
            (id, some) ->
                kept.put(
                    id, some.stream().filter(c -> !gone.contains(Fingerprint.of(c))).toList()));
    return new AdditionalEntries(kept);
  }
}
