package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The generations of a CA, oldest first: which one signs, which are trusted, which leave. While
 * there are {@link #suspects}, none signs and none counts as trusted, so nothing in service
 * changes.
 *
 * @param generations those whose recorded milestones are all proven
 * @param unproven the others
 * @param astray numbers of those that a wrong clock created, see {@link #at}
 * @param history what status remembers of them, even if their Secrets are lost
 */
public record CaGenerations(
    List<CaGeneration> generations, List<Suspect> unproven, Set<Integer> astray, History history) {

  public CaGenerations {
    generations =
        generations.stream().sorted(Comparator.comparingInt(CaGeneration::number)).toList();
    unproven = List.copyOf(unproven);
    astray = Set.copyOf(astray);
  }

  /** Creates a set of proven generations, regardless of time: see {@link #at}. */
  public CaGenerations(List<CaGeneration> generations) {
    this(generations, List.of(), Set.of(), History.none());
  }

  /** Creates a set regardless of time: it does not tell which generations are valid yet. */
  public CaGenerations(List<CaGeneration> generations, List<Suspect> unproven) {
    this(generations, unproven, Set.of(), History.none());
  }

  /**
   * The same set at a time. A generation that a wrong clock created is trusted, but neither its
   * signing nor the retirements that it recorded count.
   */
  public CaGenerations at(Instant now) {
    return new CaGenerations(
        generations,
        unproven,
        WrongClocks.astray(generations, history, distrusted(), now),
        history);
  }

  /** The same set, regardless of time: see {@link #at}. */
  public CaGenerations timeless() {
    return new CaGenerations(generations, unproven, Set.of(), history);
  }

  /** The same set with this history. */
  public CaGenerations remembering(History remembered) {
    return new CaGenerations(generations, unproven, astray, remembered);
  }

  /** Whether a wrong clock created a generation, see {@link #at}. */
  public boolean isAstray(CaGeneration generation) {
    return astray.contains(generation.number());
  }

  /**
   * The unproven generations that block everything. One that has left or is distrusted, according
   * to a proven generation or the history, does not block.
   */
  public List<Suspect> suspects() {
    return unproven.stream().filter(suspect -> !hasLeft(suspect)).toList();
  }

  private boolean hasLeft(Suspect suspect) {
    return suspect.number() <= retired() || suspect.contains(distrusted());
  }

  /** Whether every generation that counts is proven. */
  public boolean isProven() {
    return unproven.isEmpty() || suspects().isEmpty();
  }

  /** The same set, restricted to proven generations. */
  public CaGenerations proven() {
    return new CaGenerations(generations, List.of(), astray, history);
  }

  public static CaGenerations none() {
    return new CaGenerations(List.of());
  }

  /** The fingerprints that may never be trusted again. */
  public Set<Fingerprint> distrusted() {
    Set<Fingerprint> all = new HashSet<>(history.distrusts());
    generations.forEach(g -> all.addAll(g.milestones().distrusts()));
    return Collections.unmodifiableSet(all);
  }

  /**
   * The fingerprints that may never be trusted again if another one is distrusted too, which
   * includes every generation below it or with its key.
   */
  public Set<Fingerprint> distrusting(Fingerprint another) {
    return Distrust.of(there(), distrusted(), another);
  }

  /**
   * The certificates that this CA bans from every trust bundle: the distrusted ones, and the roots
   * of distrusted generations unless a trusted generation shares the root.
   */
  public Set<Fingerprint> banned() {
    Set<Fingerprint> distrusted = distrusted();
    // if a generation is missing, its root is unknown, and another generation may share it
    if (distrusted.isEmpty() || suspects().stream().anyMatch(s -> s.generation().isEmpty())) {
      return distrusted;
    }
    Set<Fingerprint> banned = new HashSet<>(distrusted);
    there().stream()
        .filter(g -> g.contains(distrusted))
        .map(g -> Fingerprint.of(g.anchor()))
        .forEach(banned::add);
    standing().values().stream().map(Fingerprint::of).forEach(banned::remove);
    return banned;
  }

  /**
   * The anchors that bundles keep, by generation number, while not everything is proven: those of
   * generations that exist and are not distrusted, retired, or put back by somebody. If everything
   * is proven, the same as {@link #anchors}.
   */
  public SortedMap<Integer, X509Certificate> standing() {
    Set<Fingerprint> distrusted = distrusted();
    int retired = retired();
    SortedMap<Integer, X509Certificate> anchors = new TreeMap<>();
    Stream.concat(
            generations.stream(),
            suspects().stream()
                .filter(suspect -> suspect.kind() != Suspect.Kind.RETURNED)
                .flatMap(suspect -> suspect.generation().stream()))
        .filter(g -> g.number() > retired && !g.contains(distrusted))
        .forEach(g -> anchors.put(g.number(), g.anchor()));
    return anchors;
  }

  /** Whether a generation has that certificate, or chains to it. */
  public boolean names(Fingerprint fingerprint) {
    return generations.stream().anyMatch(g -> g.contains(Set.of(fingerprint)))
        || unproven.stream().anyMatch(s -> s.contains(Set.of(fingerprint)));
  }

  /** Whether a certificate is the root of an existing generation that is distrusted. */
  public boolean isAboveDistrusted(X509Certificate root) {
    Set<Fingerprint> distrusted = distrusted();
    return there().stream().anyMatch(g -> g.anchor().equals(root) && g.contains(distrusted));
  }

  /** Whether no generation exists, proven or not. */
  public boolean isEmpty() {
    return there().isEmpty();
  }

  /** All existing generations, proven or not, that can be read. */
  public List<CaGeneration> there() {
    return Stream.concat(
            generations.stream(), unproven.stream().flatMap(s -> s.generation().stream()))
        .toList();
  }

  /** The generations that every trust bundle should hold, oldest first. */
  public List<CaGeneration> trusted() {
    if (!isProven()) {
      return List.of();
    }
    Set<Fingerprint> distrusted = distrusted();
    int retired = retired();
    return generations.stream()
        .filter(g -> g.number() > retired)
        .filter(g -> distrusted.isEmpty() || !g.contains(distrusted))
        .toList();
  }

  /** The generations whose Secrets exist, but which no bundle holds any more. */
  public List<CaGeneration> leaving() {
    if (!isProven()) {
      return List.of();
    }
    List<CaGeneration> trusted = trusted();
    return there().stream()
        .filter(g -> !trusted.contains(g))
        .sorted(Comparator.comparingInt(CaGeneration::number))
        .toList();
  }

  /** The signer: the highest trusted generation that is marked as signing. */
  public Optional<CaGeneration> signer() {
    return last(trusted().stream().filter(g -> g.isSigning() && !isAstray(g)).toList());
  }

  /** The successor: the highest trusted generation that is newer than the signer. */
  public Optional<CaGeneration> successor() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    return last(trusted().stream().filter(g -> g.number() > signing && !isAstray(g)).toList());
  }

  /** A generation that will never sign: it was not valid yet when another one was created. */
  public Optional<CaGeneration> superseded() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    int next = successor().map(CaGeneration::number).orElse(0);
    return last(
        trusted().stream()
            .filter(g -> g.number() > signing && g.number() < next)
            .filter(g -> !g.isSigning() && !isAstray(g))
            .toList());
  }

  /** A generation from a wrong clock that recorded the retirement of the signer. */
  public Optional<CaGeneration> replacedTooEarly() {
    int signing = signer().map(CaGeneration::number).orElse(Integer.MAX_VALUE);
    return last(
        generations.stream()
            .filter(g -> isAstray(g) && g.milestones().retires() >= signing)
            .toList());
  }

  /** The former signers that are still trusted, oldest first. */
  public List<CaGeneration> former() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    return trusted().stream().filter(g -> g.number() < signing).toList();
  }

  /** The generation with the highest number, trusted or not. */
  public Optional<CaGeneration> newest() {
    return last(generations);
  }

  /** The certificates of the trust bundle; several generations may share a root. */
  public List<X509Certificate> bundle() {
    return anchors().values().stream().distinct().toList();
  }

  /** The same certificates, by generation number. */
  public SortedMap<Integer, X509Certificate> anchors() {
    SortedMap<Integer, X509Certificate> anchors = new TreeMap<>();
    trusted().forEach(g -> anchors.put(g.number(), g.anchor()));
    return anchors;
  }

  /**
   * Which generation signed a leaf.
   *
   * @param noted the generation number noted next to the leaf
   */
  public Optional<CaGeneration> issuer(X509Certificate leaf, int noted) {
    return CaGeneration.issuer(generations, leaf, noted);
  }

  /** The highest generation number that was retired in the usual way; 0 if none was. */
  public int retired() {
    int noted =
        generations.stream()
            .filter(g -> !isAstray(g))
            .mapToInt(g -> g.milestones().retires())
            .max()
            .orElse(0);
    // a generation from a wrong clock, which does not count, may have recorded it
    return astray.isEmpty() ? Math.max(noted, history.retires()) : noted;
  }

  /** The history that status records from now on. */
  public History toRemember() {
    return new History(
        distrusted(),
        retired(),
        // a generation that status does not list yet would count as retired
        isProven()
            ? Math.max(history.highest(), newest().map(CaGeneration::number).orElse(0))
            : history.highest(),
        history.created());
  }

  /** Whether the newest generation is gone because somebody deleted it or it was withdrawn. */
  public boolean isLastGone() {
    return history
        .created()
        .filter(last -> there().stream().noneMatch(g -> g.number() >= last.number()))
        .isPresent();
  }

  private static Optional<CaGeneration> last(List<CaGeneration> some) {
    return some.isEmpty() ? Optional.empty() : Optional.of(some.get(some.size() - 1));
  }
}
