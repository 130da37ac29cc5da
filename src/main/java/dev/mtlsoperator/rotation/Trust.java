package dev.mtlsoperator.rotation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Rotation.Reissue;
import dev.mtlsoperator.pki.Pem;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
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
 */
public record Trust(
    List<X509Certificate> certificates,
    Reissue removal,
    String additional,
    SortedSet<CAName> admittedBy) {

  public Trust {
    certificates = List.copyOf(new LinkedHashSet<>(certificates));
    admittedBy = Collections.unmodifiableSortedSet(new TreeSet<>(admittedBy));
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
  public Trust beside(List<X509Certificate> others, String digest) {
    return new Trust(
        Stream.concat(certificates.stream(), others.stream()).toList(),
        removal,
        digest,
        admittedBy);
  }

  /** Given by these CAs of other namespaces. */
  public Trust admittedBy(SortedSet<CAName> others) {
    return new Trust(certificates, removal, additional, others);
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
  public Trust plus(List<X509Certificate> bundle, Reissue ofThatCA) {
    return new Trust(
        Stream.concat(certificates.stream(), bundle.stream()).toList(),
        ofThatCA == Reissue.Immediately ? Reissue.Immediately : removal,
        additional,
        admittedBy);
  }

  boolean isKnown() {
    return !certificates.isEmpty();
  }

  /** A PEM block each. */
  List<String> blocks() {
    return certificates.stream().map(Pem::write).toList();
  }
}
