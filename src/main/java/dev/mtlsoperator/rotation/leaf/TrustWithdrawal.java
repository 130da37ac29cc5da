package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.leaf.TrustAssembly.Named;
import dev.mtlsoperator.rotation.leaf.TrustAssembly.Spec;
import dev.mtlsoperator.rotation.leaf.TrustSources.Given;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Tells which of the certificates that a leaf holds must leave its bundle immediately: those that
 * are distrusted, and those that an edit of a spec removed. Certificates that a CA retired or that
 * have expired can wait for the next write.
 *
 * @param held what the leaf holds now
 * @param named the RootCAs that it trusts now
 * @param given the RootCAs from which the new bundle is assembled
 * @param liveGenerations of RootCAs that it trusted before
 */
record TrustWithdrawal(
    HeldTrust held,
    List<Named> named,
    Set<CAName> given,
    Spec spec,
    Function<CAName, CaGenerations> liveGenerations,
    Instant now) {

  TrustWithdrawal {
    named = List.copyOf(named);
    given = Set.copyOf(given);
  }

  /**
   * The fingerprints that leave.
   *
   * @param bundle the new bundle
   * @param gone the certificates that the leaf holds and the new bundle does not
   * @param distrusted the certificates that no bundle may hold
   */
  Set<Fingerprint> of(
      List<X509Certificate> bundle, Set<Fingerprint> gone, Set<Fingerprint> distrusted) {
    Set<Fingerprint> all = new HashSet<>(gone);
    all.retainAll(distrusted);
    held.certificates().stream()
        .filter(c -> isOfTheForgotten(c) || isTakenOut(bundle, c))
        .map(Fingerprint::of)
        .filter(gone::contains)
        .forEach(all::add);
    return all;
  }

  /**
   * Whether a spec asked for a certificate and no longer does: its RootCA is no longer named, or
   * the certificate was in {@code additionalTrust}. An edit that leaves nothing to trust is treated
   * as a mistake.
   */
  private boolean isTakenOut(List<X509Certificate> bundle, X509Certificate certificate) {
    return !bundle.isEmpty()
        && now.isBefore(certificate.getNotAfter().toInstant())
        && (held.sources().isKnown() ? isTakenOut(certificate) : isStrange(certificate));
  }

  // for a bundle written before sources were recorded: no named RootCA has this certificate as a
  // root
  private boolean isStrange(X509Certificate certificate) {
    return spec == Spec.EDITED
        && named.stream()
            .flatMap(one -> one.generations().generations().stream())
            .noneMatch(g -> g.anchor().equals(certificate));
  }

  private boolean isTakenOut(X509Certificate certificate) {
    return held.sources().cas().stream()
        .anyMatch(
            ca -> {
              Given former = held.from(ca);
              return former.additional().contains(certificate)
                  || (!given.contains(ca) && former.own().contains(certificate));
            });
  }

  // once the Secret of an imported generation is deleted, nothing records its root: a certificate
  // that such a CA gave and no longer knows may be that root
  private boolean isOfTheForgotten(X509Certificate certificate) {
    return held.sources().cas().stream()
        .filter(ca -> held.from(ca).own().contains(certificate))
        .map(this::generations)
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
}
