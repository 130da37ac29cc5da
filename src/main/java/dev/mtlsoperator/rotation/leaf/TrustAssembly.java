package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.TrustSources.Given;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Assembles the trust bundle of a leaf, RootCA by RootCA. What a RootCA gave before stays while
 * that RootCA is not available, so an incomplete cache never removes trust. Nothing that one of the
 * RootCAs distrusts stays, whichever RootCA it came from. Pure.
 */
public final class TrustAssembly {
  private final List<Named> named;
  private final Optional<CaGenerations> signer;
  private final Function<CAName, CaGenerations> liveGenerations;
  private final Function<List<X509Certificate>, String> digest;
  private final HeldTrust held;
  private final Spec spec;
  private final Instant now;
  private final SortedMap<CAName, Given> given = new TreeMap<>();

  /**
   * One of the RootCAs that a leaf trusts.
   *
   * @param additional the certificates that its {@code additionalTrust} adds; empty if not known
   */
  public record Named(
      CAName ca,
      CaGenerations generations,
      Access access,
      Optional<List<X509Certificate>> additional) {
    public Named {
      additional = additional.map(List::copyOf);
      // a RootCA without trusted or distrusted certificates has not reported anything yet
      generations =
          generations.bundle().isEmpty() && generations.distrusted().isEmpty()
              ? CaGenerations.none()
              : generations;
    }

    /**
     * Whether it reports what it gives, even if that is nothing; false while that cannot be proven.
     */
    boolean isThere() {
      return access == Access.GRANTED
          && generations.isProven()
          && !generations.generations().isEmpty();
    }

    Optional<List<X509Certificate>> brought() {
      return access == Access.GRANTED ? additional : Optional.empty();
    }
  }

  /** Whether a RootCA admits the leaf, or did when it gave its certificates. */
  public enum Access {
    GRANTED,
    DENIED
  }

  /** Whether the leaf's Secret was written from this spec, as far as is known. */
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
    held = HeldTrust.of(state);
  }

  /**
   * The trust bundle that a leaf should hold.
   *
   * @param named all RootCAs that the leaf trusts
   * @param signer the RootCA that signs the leaf, listed or not: what it distrusts is not trusted
   *     through another RootCA
   * @param state what the leaf holds now
   * @param spec of the leaf: an edit takes effect immediately, even if nothing tells which RootCA a
   *     certificate came from
   * @param liveGenerations of RootCAs that it trusted before
   * @param digest of additional certificates, as noted on the Secret
   * @param now what has expired by then need not leave immediately
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
    Map<CAName, List<X509Certificate>> owns = new HashMap<>();
    named.forEach(
        one ->
            owns.put(
                one.ca(), one.isThere() ? one.generations().bundle() : keptOwn(one, distrusted)));
    AdditionalNamesakes namesakes = new AdditionalNamesakes(owns, held.certificates(), now);
    Map<CAName, List<X509Certificate>> offered = offered(namesakes, distrusted);
    AdditionalRoom room = new AdditionalRoom(offered, held.certificates());
    Trust trust = Trust.unknown();
    for (Named one : named) {
      List<X509Certificate> own = owns.getOrDefault(one.ca(), List.of());
      List<X509Certificate> additional =
          room.fitting(one.ca(), offered.getOrDefault(one.ca(), List.of()));
      given.put(one.ca(), new Given(own, additional));
      additional.forEach(c -> others.put(Fingerprint.of(c).text(), c));
      trust = trust.plus(own, one.isThere() ? removal(one.generations()) : Reissue.OnRenewal);
    }
    List<X509Certificate> unattributed = unattributed(distrusted);
    if (!unattributed.isEmpty()) {
      trust =
          trust.plus(unattributed, Reissue.OnRenewal).beside(others.values(), held.additional());
    } else {
      List<X509Certificate> beside = List.copyOf(others.values());
      trust = trust.beside(beside, digest.apply(beside));
      trust = trust.certificates().isEmpty() ? orphaned(trust) : trust;
      trust = trust.from(TrustSources.of(trust.certificates(), given));
    }
    if (held.sources().isKnown()
        ? !given.keySet().containsAll(held.sources().cas())
        : spec == Spec.EDITED) {
      // what an edit removes leaves immediately
      trust = trust.plus(List.of(), Reissue.Immediately);
    }
    return trust
        .withdrawing(withdrawn(trust, distrusted))
        .leavingOut(new AdditionalLeftOut(namesakes.leftOut(), room.leftOut()));
  }

  private Map<CAName, List<X509Certificate>> offered(
      AdditionalNamesakes namesakes, Set<Fingerprint> distrusted) {
    Map<CAName, List<X509Certificate>> offered = new HashMap<>();
    for (Named one : named) {
      List<X509Certificate> brought =
          without(one.brought().orElseGet(() -> held.from(one.ca()).additional()), distrusted);
      offered.put(one.ca(), namesakes.admitted(one.ca(), brought));
    }
    return offered;
  }

  private static Reissue removal(CaGenerations generations) {
    return generations.signer().map(g -> g.milestones().reissue()).orElse(Reissue.OnRenewal);
  }

  private List<X509Certificate> keptOwn(Named one, Set<Fingerprint> distrusted) {
    return without(without(held.from(one.ca()).own(), distrusted), one.generations().banned())
        .stream()
        .filter(c -> !hasLeft(one.generations(), c))
        .toList();
  }

  /**
   * What is kept if nothing tells which RootCA a certificate came from: everything that no RootCA
   * is known to have dropped.
   */
  private List<X509Certificate> unattributed(Set<Fingerprint> distrusted) {
    boolean complete = named.stream().allMatch(one -> one.isThere() && one.brought().isPresent());
    return held.sources().isKnown() || complete
        ? List.of()
        : without(held.certificates(), distrusted).stream()
            .filter(c -> named.stream().noneMatch(one -> isGivenUp(one.generations(), c)))
            .toList();
  }

  /**
   * Treats an edit that leaves nothing to trust as a mistake: what was trusted before stays as long
   * as its own RootCA trusts it and one of the named ones is missing.
   */
  private Trust orphaned(Trust nobody) {
    if (named.stream().allMatch(Named::isThere)) {
      return nobody;
    }
    Trust trust = nobody;
    for (CAName ca : held.sources().cas()) {
      if (!given.containsKey(ca)) {
        CaGenerations generations = liveGenerations.apply(ca);
        List<X509Certificate> trusted = generations.bundle();
        List<X509Certificate> kept =
            without(held.from(ca).own(), generations.banned()).stream()
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

  // a RootCA's statement about its own certificate overrides that of another RootCA
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

  // the RootCAs that the leaf trusts, the one that signs it, and those whose certificates it
  // holds
  private Stream<CaGenerations> heeded() {
    Set<CAName> names = new HashSet<>();
    List<CaGenerations> all = new ArrayList<>(signer.stream().toList());
    for (Named one : named) {
      names.add(one.ca());
      if (one.access() == Access.GRANTED || held.sources().cas().contains(one.ca())) {
        all.add(one.generations());
      }
    }
    held.sources().cas().stream()
        .filter(ca -> !names.contains(ca))
        .map(liveGenerations)
        .forEach(all::add);
    return all.stream();
  }

  private Set<Fingerprint> withdrawn(Trust trust, Set<Fingerprint> distrusted) {
    Set<Fingerprint> gone = held.without(trust.certificates());
    if (gone.isEmpty()) {
      return Set.of();
    }
    Set<Fingerprint> unwanted = new HashSet<>(distrusted);
    heeded().forEach(generations -> unwanted.addAll(generations.banned()));
    return new TrustWithdrawal(held, named, given.keySet(), spec, liveGenerations, now)
        .of(trust.certificates(), gone, unwanted);
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
