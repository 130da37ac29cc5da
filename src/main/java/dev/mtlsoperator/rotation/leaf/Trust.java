package dev.mtlsoperator.rotation.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.rotation.generation.Signer;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Whom the holder of a leaf shall trust: the bundles of all CAs that it names, each certificate
 * once.
 *
 * @param certificates empty: not known, and then nothing is changed
 * @param removal when what is held beyond that is taken away: at once, or with the next write
 * @param additional digest of those among them that are not of these CAs, but are trusted by their
 *     additionalTrust; empty: there are none
 * @param admittedBy the CAs of other namespaces that let the holder in, now or when it was given
 *     their certificates
 * @param sources which CA each certificate is from
 * @param withdrawn those that are held, in whatever form, and distrusted, or taken out of a spec:
 *     they leave at once, whatever stands in the way of the rest
 */
public record Trust(
    List<X509Certificate> certificates,
    Reissue removal,
    String additional,
    SortedSet<CAName> admittedBy,
    TrustSources sources,
    Set<Fingerprint> withdrawn) {

  public Trust {
    certificates = List.copyOf(new LinkedHashSet<>(certificates));
    admittedBy = Collections.unmodifiableSortedSet(new TreeSet<>(admittedBy));
    withdrawn = Set.copyOf(withdrawn);
  }

  /** Of which it is not known what came from which CA. */
  public Trust(
      List<X509Certificate> certificates,
      Reissue removal,
      String additional,
      SortedSet<CAName> admittedBy) {
    this(certificates, removal, additional, admittedBy, TrustSources.unknown(), Set.of());
  }

  /** Nobody is trusted beside the CAs. */
  public Trust(List<X509Certificate> certificates, Reissue removal) {
    this(certificates, removal, "", Collections.emptySortedSet());
  }

  /**
   * With certificates of others behind it.
   *
   * @param digest of these
   */
  Trust beside(Collection<X509Certificate> others, String digest) {
    return new Trust(
        Stream.concat(certificates.stream(), others.stream()).toList(),
        removal,
        digest,
        admittedBy,
        sources,
        withdrawn);
  }

  /** Given by these CAs of other namespaces. */
  public Trust admittedBy(SortedSet<CAName> others) {
    return new Trust(certificates, removal, additional, others, sources, withdrawn);
  }

  /** Put together from what these gave. */
  Trust from(TrustSources whence) {
    return new Trust(certificates, removal, additional, admittedBy, whence, withdrawn);
  }

  /** In place of what is held, from which these leave at once. */
  Trust withdrawing(Set<Fingerprint> leaving) {
    return new Trust(certificates, removal, additional, admittedBy, sources, leaving);
  }

  /** Nothing is known. */
  public static Trust unknown() {
    return new Trust(List.of(), Reissue.OnRenewal);
  }

  /** The signer's bundle. */
  public static Trust of(Signer.Available signer) {
    return new Trust(signer.bundle(), signer.reissue());
  }

  /** With the bundle of one more CA behind it. */
  Trust plus(List<X509Certificate> bundle, Reissue ofThatCA) {
    return new Trust(
        Stream.concat(certificates.stream(), bundle.stream()).toList(),
        ofThatCA == Reissue.Immediately ? Reissue.Immediately : removal,
        additional,
        admittedBy,
        sources,
        withdrawn);
  }

  /** Nobody may be trusted any more, or nobody is known. */
  boolean isKnown() {
    return !certificates.isEmpty() || !withdrawn.isEmpty();
  }

  /** A PEM block each. */
  List<String> blocks() {
    return certificates.stream().map(Pem::write).toList();
  }
}
