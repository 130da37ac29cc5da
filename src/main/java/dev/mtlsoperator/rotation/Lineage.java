package dev.mtlsoperator.rotation;

import dev.mtlsoperator.pki.Fingerprint;
import java.security.cert.X509Certificate;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The generations of a CA, oldest first, and what each is to the others. Everybody who asks who
 * signs and who is trusted asks here.
 */
public record Lineage(List<CaGeneration> generations) {

  public Lineage {
    generations =
        generations.stream().sorted(Comparator.comparingInt(CaGeneration::number)).toList();
  }

  public static Lineage none() {
    return new Lineage(List.of());
  }

  /** Those that may never be trusted again. */
  public Set<Fingerprint> distrusted() {
    return generations.stream()
        .flatMap(g -> g.latches().distrusts().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Those that may never be trusted again once another one is distrusted too: with it all that
   * stand under it, or have its key.
   */
  public Set<Fingerprint> distrusting(Fingerprint another) {
    Set<Fingerprint> all = new HashSet<>(distrusted());
    all.add(another);
    List<CaGeneration> condemned =
        generations.stream().filter(g -> g.contains(Set.of(another))).toList();
    generations.stream()
        .filter(
            g ->
                condemned.stream()
                    .anyMatch(
                        c -> c.certificate().getPublicKey().equals(g.certificate().getPublicKey())))
        .forEach(g -> all.add(g.fingerprint()));
    return all;
  }

  /** Those in every trust bundle, oldest first. */
  public List<CaGeneration> trusted() {
    Set<Fingerprint> distrusted = distrusted();
    int retired = retired();
    return generations.stream()
        .filter(g -> g.number() > retired)
        .filter(g -> distrusted.isEmpty() || !g.contains(distrusted))
        .toList();
  }

  /** Those whose Secrets are still there, but which no bundle holds any more. */
  public List<CaGeneration> leaving() {
    List<CaGeneration> trusted = trusted();
    return generations.stream().filter(g -> !trusted.contains(g)).toList();
  }

  /** Who signs: the highest of the trusted whose latch says so. */
  public Optional<CaGeneration> signer() {
    return last(trusted().stream().filter(CaGeneration::isSigning).toList());
  }

  /** Who will sign next: the highest of the trusted that is newer than the signer. */
  public Optional<CaGeneration> successor() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    return last(trusted().stream().filter(g -> g.number() > signing).toList());
  }

  /** Those that signed before, oldest first. */
  public List<CaGeneration> former() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    return trusted().stream().filter(g -> g.number() < signing).toList();
  }

  /** The highest number that is there, trusted or not. */
  public Optional<CaGeneration> newest() {
    return last(generations);
  }

  /** What every trust bundle holds; several generations may have one root. */
  public List<X509Certificate> bundle() {
    return anchors().values().stream().distinct().toList();
  }

  /** The same, by the numbers of the generations. */
  public SortedMap<Integer, X509Certificate> anchors() {
    SortedMap<Integer, X509Certificate> anchors = new TreeMap<>();
    trusted().forEach(g -> anchors.put(g.number(), g.anchor()));
    return anchors;
  }

  /**
   * Which generation signed a leaf.
   *
   * @param noted the number noted beside it
   */
  public Optional<CaGeneration> issuer(X509Certificate leaf, int noted) {
    return CaGeneration.issuer(generations, leaf, noted);
  }

  /** The highest number that left in good order; 0: none. */
  public int retired() {
    return generations.stream().mapToInt(g -> g.latches().retires()).max().orElse(0);
  }

  private static Optional<CaGeneration> last(List<CaGeneration> some) {
    return some.isEmpty() ? Optional.empty() : Optional.of(some.get(some.size() - 1));
  }
}
