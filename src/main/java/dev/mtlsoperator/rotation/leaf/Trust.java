package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.Namesakes;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.Signer;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The trust bundle that a leaf should hold: the bundles of all RootCAs that it names, each
 * certificate once.
 *
 * @param certificates empty if not known, in which case nothing changes
 * @param removal when surplus certificates are removed: immediately, or with the next write
 * @param additional digest of those among them that come from {@code additionalTrust}; empty if
 *     there are none
 * @param admittedBy the RootCAs of other namespaces that admit the leaf, or admitted it when it was
 *     given their certificates
 * @param sources which RootCA each certificate came from
 * @param withdrawn certificates that the leaf holds, in its bundle or truststore, and that are
 *     distrusted or were removed from a spec: they leave immediately, whatever blocks the rest
 * @param leftOut additional certificates that it does not hold
 */
public record Trust(
    List<X509Certificate> certificates,
    Reissue removal,
    String additional,
    SortedSet<CAName> admittedBy,
    TrustSources sources,
    Set<Fingerprint> withdrawn,
    AdditionalLeftOut leftOut) {

  public Trust {
    certificates = List.copyOf(new LinkedHashSet<>(certificates));
    admittedBy = Collections.unmodifiableSortedSet(new TreeSet<>(admittedBy));
    withdrawn = Set.copyOf(withdrawn);
  }

  /** Creates a bundle whose certificates have no known source. */
  public Trust(
      List<X509Certificate> certificates,
      Reissue removal,
      String additional,
      SortedSet<CAName> admittedBy) {
    this(
        certificates,
        removal,
        additional,
        admittedBy,
        TrustSources.unknown(),
        Set.of(),
        AdditionalLeftOut.none());
  }

  /** Creates a bundle without additional certificates. */
  public Trust(List<X509Certificate> certificates, Reissue removal) {
    this(certificates, removal, "", Collections.emptySortedSet());
  }

  /**
   * The same bundle followed by additional certificates.
   *
   * @param digest digest of the additional certificates
   */
  Trust beside(Collection<X509Certificate> others, String digest) {
    return new Trust(
        Stream.concat(certificates.stream(), others.stream()).toList(),
        removal,
        digest,
        admittedBy,
        sources,
        withdrawn,
        leftOut);
  }

  /** The same bundle, admitted by these RootCAs of other namespaces. */
  public Trust admittedBy(SortedSet<CAName> others) {
    return new Trust(certificates, removal, additional, others, sources, withdrawn, leftOut);
  }

  /** The same bundle with these sources. */
  Trust from(TrustSources whence) {
    return new Trust(certificates, removal, additional, admittedBy, whence, withdrawn, leftOut);
  }

  /** The same bundle, which replaces one that these certificates leave immediately. */
  Trust withdrawing(Set<Fingerprint> leaving) {
    return new Trust(certificates, removal, additional, admittedBy, sources, leaving, leftOut);
  }

  /** The same bundle, without these additional certificates. */
  Trust leavingOut(AdditionalLeftOut some) {
    return new Trust(certificates, removal, additional, admittedBy, sources, withdrawn, some);
  }

  /** A bundle of which nothing is known. */
  public static Trust unknown() {
    return new Trust(List.of(), Reissue.OnRenewal);
  }

  /** The signer's bundle. */
  public static Trust of(Signer.Available signer) {
    return new Trust(signer.bundle(), signer.reissue());
  }

  /** The same bundle followed by the bundle of one more RootCA. */
  Trust plus(List<X509Certificate> bundle, Reissue ofThatCA) {
    return new Trust(
        Stream.concat(certificates.stream(), bundle.stream()).toList(),
        ofThatCA == Reissue.Immediately ? Reissue.Immediately : removal,
        additional,
        admittedBy,
        sources,
        withdrawn,
        leftOut);
  }

  /**
   * Certificates of different RootCAs that verifiers cannot tell apart; none if it is not known
   * which RootCA they came from. Each RootCA judges what it gives itself.
   */
  List<Namesakes.Pair> namesakes(Instant now) {
    return sources.isKnown()
        ? Namesakes.among(certificates, now).stream()
            .filter(
                pair ->
                    !sources.isOfOne(
                        certificates.indexOf(pair.first()), certificates.indexOf(pair.second())))
            .toList()
        : List.of();
  }

  /** Whether it is known what to trust, even if that is nothing. */
  boolean isKnown() {
    return !certificates.isEmpty() || !withdrawn.isEmpty();
  }
}
