package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.TrustSources.Given;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Puts together whom the holder of a leaf shall trust, CA by CA. Of a CA that is not to be had,
 * what it gave before stays: trust once given is not taken away by a cache that lacks something.
 * Nothing stays that one of the CAs distrusts, wherever it came from. Pure.
 */
public final class TrustAssembly {
  private final List<Named> named;
  private final Optional<CaGenerations> signer;
  private final Function<CAName, CaGenerations> liveGenerations;
  private final Function<List<X509Certificate>, String> digest;
  private final Optional<SecretState.Managed> before;
  private final TrustSources sources;
  private final List<Optional<X509Certificate>> blocks;
  private final List<X509Certificate> held;
  private final Spec spec;
  private final Instant now;
  private final SortedMap<CAName, Given> given = new TreeMap<>();

  /**
   * One of the CAs that a leaf trusts.
   *
   * @param additional what its {@code additionalTrust} brings; empty: that is not known
   */
  public record Named(
      CAName ca,
      CaGenerations generations,
      Access access,
      Optional<List<X509Certificate>> additional) {
    public Named {
      additional = additional.map(List::copyOf);
      // one that trusts nobody, and distrusts nobody, has not said anything yet
      generations =
          generations.bundle().isEmpty() && generations.distrusted().isEmpty()
              ? CaGenerations.none()
              : generations;
    }

    /** Whether it says itself what it gives, be it nothing: not while that cannot be proven. */
    boolean isThere() {
      return access == Access.GRANTED
          && generations.isProven()
          && !generations.generations().isEmpty();
    }

    Optional<List<X509Certificate>> brought() {
      return access == Access.GRANTED ? additional : Optional.empty();
    }
  }

  /** Whether a CA lets the holder in, or did when it gave its certificates. */
  public enum Access {
    GRANTED,
    DENIED
  }

  /** Whether what a leaf holds was written by what its spec says now, as far as that is known. */
  public enum Spec {
    OBSERVED,
    EDITED
  }

  private TrustAssembly(
      List<Named> named,
      Optional<CaGenerations> signer,
      SecretState state,
      Spec spec,
      Function<CAName, CaGenerations> liveGenerations,
      Function<List<X509Certificate>, String> digest,
      Instant now) {
    this.spec = spec;
    this.now = now;
    this.named = List.copyOf(named);
    this.signer = signer;
    this.liveGenerations = liveGenerations;
    this.digest = digest;
    before =
        state instanceof SecretState.Managed ours
                && ours.integrity() != SecretState.Integrity.TAMPERED
            ? Optional.of(ours)
            : Optional.empty();
    sources = before.map(SecretState.Managed::sources).orElseGet(TrustSources::unknown);
    // one that cannot be read is nothing to keep, and keeps no other from being kept
    blocks = before.map(ours -> Pem.readWritten(ours.trust())).orElseGet(List::of);
    held = blocks.stream().flatMap(Optional::stream).toList();
  }

  /**
   * Whom to trust.
   *
   * @param named all CAs that the leaf trusts
   * @param signer the CA that signs it, be it among them or not: what it distrusts is not trusted
   *     on account of another one
   * @param state what it holds now
   * @param spec of the leaf: an edit takes out at once, also where nothing tells what is from whom
   * @param liveGenerations of CAs that it trusted before
   * @param digest of certificates of others, which is noted beside a bundle
   * @param now what has expired by then need not leave at once
   */
  public static Trust of(
      List<Named> named,
      Optional<CaGenerations> signer,
      SecretState state,
      Spec spec,
      Function<CAName, CaGenerations> liveGenerations,
      Function<List<X509Certificate>, String> digest,
      Instant now) {
    return new TrustAssembly(named, signer, state, spec, liveGenerations, digest, now).assemble();
  }

  private Trust assemble() {
    Set<Fingerprint> distrusted = distrusted();
    SortedMap<String, X509Certificate> others = new TreeMap<>();
    Trust trust = Trust.unknown();
    for (Named one : named) {
      List<X509Certificate> own =
          one.isThere() ? one.generations().bundle() : keptOwn(one, distrusted);
      List<X509Certificate> additional =
          without(
              one.brought().orElseGet(() -> sources.of(one.ca(), blocks).additional()), distrusted);
      given.put(one.ca(), new Given(own, additional));
      additional.forEach(c -> others.put(Fingerprint.of(c).text(), c));
      trust = trust.plus(own, one.isThere() ? removal(one.generations()) : Reissue.OnRenewal);
    }
    List<X509Certificate> unattributed = unattributed(distrusted);
    if (!unattributed.isEmpty()) {
      String noted = before.map(SecretState.Managed::additional).orElse("");
      trust = trust.plus(unattributed, Reissue.OnRenewal).beside(others.values(), noted);
    } else {
      List<X509Certificate> beside = List.copyOf(others.values());
      trust = trust.beside(beside, digest.apply(beside));
      trust = trust.certificates().isEmpty() ? orphaned(trust) : trust;
      trust = trust.from(TrustSources.of(trust.certificates(), given));
    }
    if (sources.isKnown() ? !given.keySet().containsAll(sources.cas()) : spec == Spec.EDITED) {
      // whom an edit takes out leaves at once
      trust = trust.plus(List.of(), Reissue.Immediately);
    }
    return trust.withdrawing(withdrawn(trust, distrusted));
  }

  private static Reissue removal(CaGenerations generations) {
    return generations.signer().map(g -> g.milestones().reissue()).orElse(Reissue.OnRenewal);
  }

  private List<X509Certificate> keptOwn(Named one, Set<Fingerprint> distrusted) {
    return without(
            without(sources.of(one.ca(), blocks).own(), distrusted), one.generations().banned())
        .stream()
        .filter(c -> !hasLeft(one.generations(), c))
        .toList();
  }

  /**
   * What is kept where nothing tells what came from whom: all that no CA is known to have given up.
   */
  private List<X509Certificate> unattributed(Set<Fingerprint> distrusted) {
    boolean complete = named.stream().allMatch(one -> one.isThere() && one.brought().isPresent());
    return sources.isKnown() || complete
        ? List.of()
        : without(held, distrusted).stream()
            .filter(c -> named.stream().noneMatch(one -> isGivenUp(one.generations(), c)))
            .toList();
  }

  /**
   * An edit that leaves nobody at all is taken for a mistake: those who were trusted before stay,
   * as long as their own CA trusts them and one of the named ones is missing.
   */
  private Trust orphaned(Trust nobody) {
    if (named.stream().allMatch(Named::isThere)) {
      return nobody;
    }
    Trust trust = nobody;
    for (CAName ca : sources.cas()) {
      if (!given.containsKey(ca)) {
        CaGenerations generations = liveGenerations.apply(ca);
        List<X509Certificate> trusted = generations.bundle();
        List<X509Certificate> kept =
            without(sources.of(ca, blocks).own(), generations.banned()).stream()
                .filter(c -> trusted.contains(c) || !generations.isProven())
                .toList();
        if (!kept.isEmpty()) {
          given.put(ca, new Given(kept, List.of()));
          trust = trust.plus(kept, Reissue.OnRenewal);
        }
      }
    }
    return trust;
  }

  // a CA's own word on its own certificate counts for more than another one's
  private Set<Fingerprint> distrusted() {
    Set<Fingerprint> all =
        heeded()
            .flatMap(generations -> generations.distrusted().stream())
            .collect(Collectors.toSet());
    if (all.isEmpty()) {
      return all;
    }
    named.stream()
        .filter(Named::isThere)
        .flatMap(one -> one.generations().bundle().stream())
        .map(Fingerprint::of)
        .forEach(all::remove);
    return all;
  }

  // those that it trusts, the one that signs, and those of whom it holds something
  private Stream<CaGenerations> heeded() {
    Set<CAName> names = new HashSet<>();
    List<CaGenerations> all = new ArrayList<>(signer.stream().toList());
    for (Named one : named) {
      names.add(one.ca());
      if (one.access() == Access.GRANTED || sources.cas().contains(one.ca())) {
        all.add(one.generations());
      }
    }
    sources.cas().stream().filter(ca -> !names.contains(ca)).map(liveGenerations).forEach(all::add);
    return all.stream();
  }

  private Set<Fingerprint> withdrawn(Trust trust, Set<Fingerprint> distrusted) {
    Set<Fingerprint> gone = gone(trust);
    if (gone.isEmpty()) {
      return Set.of();
    }
    Set<Fingerprint> banned =
        heeded().flatMap(generations -> generations.banned().stream()).collect(Collectors.toSet());
    Set<Fingerprint> all = new HashSet<>();
    gone.stream().filter(f -> distrusted.contains(f) || banned.contains(f)).forEach(all::add);
    held.stream()
        .filter(c -> isOfTheForgotten(c) || isTakenOut(trust, c))
        .map(Fingerprint::of)
        .filter(gone::contains)
        .forEach(all::add);
    return all;
  }

  // a truststore that could not be encoded may hold what the bundle beside it has lost long ago
  private Set<Fingerprint> gone(Trust trust) {
    if (before.isEmpty()) {
      return Set.of();
    }
    SecretState.Managed ours = before.get();
    if (ours.truststore().isEmpty() && ours.trust().equals(Pem.write(trust.certificates()))) {
      return Set.of();
    }
    Set<Fingerprint> gone = new HashSet<>(Pem.fingerprints(ours.trust()));
    ours.truststore().ifPresent(gone::addAll);
    trust.certificates().forEach(c -> gone.remove(Fingerprint.of(c)));
    return gone;
  }

  /**
   * Whether a spec asked for one, of all that has left, and does not any more: it was of a CA that
   * is not named now, or additional. What a CA retired, and what has expired, nobody took out; and
   * an edit that leaves nobody is a mistake.
   */
  private boolean isTakenOut(Trust trust, X509Certificate certificate) {
    return !trust.certificates().isEmpty()
        && now.isBefore(certificate.getNotAfter().toInstant())
        && (sources.isKnown() ? isTakenOut(certificate) : isStrange(certificate));
  }

  // before it was noted what is from whom
  private boolean isStrange(X509Certificate certificate) {
    return spec == Spec.EDITED
        && named.stream()
            .flatMap(one -> one.generations().generations().stream())
            .noneMatch(g -> g.anchor().equals(certificate));
  }

  private boolean isTakenOut(X509Certificate certificate) {
    return sources.cas().stream()
        .anyMatch(
            ca -> {
              Given former = sources.of(ca, blocks);
              return former.additional().contains(certificate)
                  || (!given.containsKey(ca) && former.own().contains(certificate));
            });
  }

  // once the Secret of an imported generation is deleted, nothing tells that a root stood above it:
  // what such a CA gave and does not know any more may be just that
  private boolean isOfTheForgotten(X509Certificate certificate) {
    return sources.cas().stream()
        .filter(ca -> sources.of(ca, blocks).own().contains(certificate))
        .map(ca -> generations(ca))
        .filter(generations -> !generations.distrusted().isEmpty())
        .filter(
            generations ->
                generations.generations().stream().anyMatch(g -> g.importedFrom().isPresent()))
        .anyMatch(
            generations ->
                generations.generations().stream().noneMatch(g -> g.anchor().equals(certificate)));
  }

  private CaGenerations generations(CAName ca) {
    return named.stream()
        .filter(one -> one.ca().equals(ca))
        .map(Named::generations)
        .findFirst()
        .orElseGet(() -> liveGenerations.apply(ca));
  }

  private static boolean isGivenUp(CaGenerations generations, X509Certificate certificate) {
    return hasLeft(generations, certificate)
        || generations.banned().contains(Fingerprint.of(certificate));
  }

  private static boolean hasLeft(CaGenerations generations, X509Certificate certificate) {
    return generations.isProven()
        && generations.generations().stream().anyMatch(g -> g.anchor().equals(certificate))
        && !generations.bundle().contains(certificate);
  }

  private static List<X509Certificate> without(
      Collection<X509Certificate> some, Set<Fingerprint> distrusted) {
    return some.stream().filter(c -> !distrusted.contains(Fingerprint.of(c))).toList();
  }
}
