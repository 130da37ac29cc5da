package dev.mtlsoperator.rotation.generation;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The generations of a CA, oldest first: which one signs, which are trusted, which leave. While
 * there are {@link #suspects}, none signs and none counts as trusted: what is in service stays as
 * it is.
 *
 * @param generations of which all that is noted on them is proven
 * @param unproven the others
 * @param astray numbers of those that were made by a wrong clock, see {@link #at}
 * @param history what is remembered of them, though their Secrets may be lost
 */
public record CaGenerations(
    List<CaGeneration> generations, List<Suspect> unproven, Set<Integer> astray, History history) {

  public CaGenerations {
    generations =
        generations.stream().sorted(Comparator.comparingInt(CaGeneration::number)).toList();
    unproven = List.copyOf(unproven);
    astray = Set.copyOf(astray);
  }

  /** Of generations that are all proven, whatever the time: see {@link #at}. */
  public CaGenerations(List<CaGeneration> generations) {
    this(generations, List.of(), Set.of(), History.none());
  }

  /** Whatever the time: nothing is said of whose life has begun. */
  public CaGenerations(List<CaGeneration> generations, List<Suspect> unproven) {
    this(generations, unproven, Set.of(), History.none());
  }

  /**
   * At a time. Of what was made by a wrong clock nothing counts but the trust in it: neither that
   * it signs, nor which ones it let leave.
   */
  public CaGenerations at(Instant now) {
    return new CaGenerations(
        generations,
        unproven,
        WrongClocks.astray(generations, history, distrusted(), now),
        history);
  }

  /** The same, whatever the time: see {@link #at}. */
  public CaGenerations timeless() {
    return new CaGenerations(generations, unproven, Set.of(), history);
  }

  /** The same, with what is remembered of it. */
  public CaGenerations remembering(History remembered) {
    return new CaGenerations(generations, unproven, astray, remembered);
  }

  /** Whether a generation was made by a wrong clock, see {@link #at}. */
  public boolean isAstray(CaGeneration generation) {
    return astray.contains(generation.number());
  }

  /**
   * Those that keep anything from being done. Of one that has left, or is distrusted, by the word
   * of a proven one or by what is remembered, nobody asks what was noted on it.
   */
  public List<Suspect> suspects() {
    return unproven.stream().filter(suspect -> !hasLeft(suspect)).toList();
  }

  private boolean hasLeft(Suspect suspect) {
    return suspect.number() <= retired() || suspect.contains(distrusted());
  }

  /** Whether all is proven that counts. */
  public boolean isProven() {
    return suspects().isEmpty();
  }

  /** The same, as if nothing else were there than what is proven. */
  public CaGenerations proven() {
    return new CaGenerations(generations, List.of(), astray, history);
  }

  public static CaGenerations none() {
    return new CaGenerations(List.of());
  }

  /** Those that may never be trusted again. */
  public Set<Fingerprint> distrusted() {
    return Stream.concat(
            generations.stream().flatMap(g -> g.milestones().distrusts().stream()),
            history.distrusts().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Those that may never be trusted again once another one is distrusted too: with it all that
   * stand under it, or have its key.
   */
  public Set<Fingerprint> distrusting(Fingerprint another) {
    return Distrust.of(there(), distrusted(), another);
  }

  /**
   * What no trust bundle may hold on account of this CA: those that it distrusts, and the roots of
   * generations that are, as far as they are not those of others that it trusts.
   */
  public Set<Fingerprint> banned() {
    Set<Fingerprint> distrusted = distrusted();
    // while one is not there, it is unknown whose root it is too
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
   * What bundles hold, by the numbers of the generations, where not all is proven: those that are
   * there, and neither distrusted, nor known to have left, nor put back by somebody. Where all is
   * proven, the same as {@link #anchors}.
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

  /** Whether some generation has that certificate, or stands under it. */
  public boolean names(Fingerprint fingerprint) {
    return generations.stream().anyMatch(g -> g.contains(Set.of(fingerprint)))
        || unproven.stream().anyMatch(s -> s.contains(Set.of(fingerprint)));
  }

  /** Whether a certificate is the root of a generation that is there, and distrusted. */
  public boolean isAboveDistrusted(X509Certificate root) {
    Set<Fingerprint> distrusted = distrusted();
    return there().stream().anyMatch(g -> g.anchor().equals(root) && g.contains(distrusted));
  }

  /** Whether no generation is there, proven or not. */
  public boolean isEmpty() {
    return there().isEmpty();
  }

  /** All that are there, proven or not, as far as they can be read. */
  public List<CaGeneration> there() {
    return Stream.concat(
            generations.stream(), unproven.stream().flatMap(s -> s.generation().stream()))
        .toList();
  }

  /** Those in every trust bundle, oldest first. */
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

  /** Those whose Secrets are still there, but which no bundle holds any more. */
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

  /** The one that signs: the highest of the trusted with that milestone. */
  public Optional<CaGeneration> signer() {
    return last(trusted().stream().filter(g -> g.isSigning() && !isAstray(g)).toList());
  }

  /** The one that signs next: the highest of the trusted that is newer than the signer. */
  public Optional<CaGeneration> successor() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    return last(trusted().stream().filter(g -> g.number() > signing && !isAstray(g)).toList());
  }

  /** One that never signed, and will not: it was not valid yet when another one was created. */
  public Optional<CaGeneration> superseded() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    int next = successor().map(CaGeneration::number).orElse(0);
    return last(
        trusted().stream()
            .filter(g -> g.number() > signing && g.number() < next)
            .filter(g -> !g.isSigning() && !isAstray(g))
            .toList());
  }

  /** One that was made by a wrong clock, on which it is noted that the signer had left. */
  public Optional<CaGeneration> replacedTooEarly() {
    int signing = signer().map(CaGeneration::number).orElse(Integer.MAX_VALUE);
    return last(
        generations.stream()
            .filter(g -> isAstray(g) && g.milestones().retires() >= signing)
            .toList());
  }

  /** Those that signed before, oldest first. */
  public List<CaGeneration> former() {
    int signing = signer().map(CaGeneration::number).orElse(0);
    return trusted().stream().filter(g -> g.number() < signing).toList();
  }

  /** The one with the highest number, trusted or not. */
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
   * @param noted the number noted next to it
   */
  public Optional<CaGeneration> issuer(X509Certificate leaf, int noted) {
    return CaGeneration.issuer(generations, leaf, noted);
  }

  /** The highest number that left in good order; 0: none. */
  public int retired() {
    int noted =
        generations.stream()
            .filter(g -> !isAstray(g))
            .mapToInt(g -> g.milestones().retires())
            .max()
            .orElse(0);
    // it may have been noted on one that a wrong clock made, which does not count
    return astray.isEmpty() ? Math.max(noted, history.retires()) : noted;
  }

  /** What is to be remembered of it from now on. */
  public History toRemember() {
    return new History(
        distrusted(),
        retired(),
        // what status does not list yet would be taken for one that had left
        isProven()
            ? Math.max(history.highest(), newest().map(CaGeneration::number).orElse(0))
            : history.highest(),
        history.created());
  }

  /** Whether the one that was made last is gone: somebody deleted it, or it was taken back. */
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
