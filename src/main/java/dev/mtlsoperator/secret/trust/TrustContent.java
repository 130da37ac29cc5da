package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The certificates in every copy of a CA's trust bundle.
 *
 * @param generations the root of each generation, by number; several may have the same root
 * @param additional certificates of other CAs
 * @param entries the entries of {@code additionalTrust} that brought them
 * @param revocations the CRLs of all these CAs, in PEM; empty: the copies hold none
 */
public record TrustContent(
    SortedMap<Integer, X509Certificate> generations,
    List<X509Certificate> additional,
    AdditionalEntries entries,
    Optional<String> revocations) {

  // some programs treat an empty file like none, and then trust their defaults
  private static final String NOBODY = "# no CA is trusted\n";

  public TrustContent {
    SortedMap<Integer, X509Certificate> own =
        Collections.unmodifiableSortedMap(new TreeMap<>(generations));
    generations = own;
    additional = additional.stream().filter(c -> !own.containsValue(c)).toList();
  }

  /** With the certificates of the entries of {@code additionalTrust}, and without CRLs. */
  public TrustContent(SortedMap<Integer, X509Certificate> generations, AdditionalEntries entries) {
    this(generations, entries.certificates(), entries, Optional.empty());
  }

  /** With additional certificates whose entries are unknown. */
  public TrustContent(
      SortedMap<Integer, X509Certificate> generations, List<X509Certificate> additional) {
    this(generations, additional, AdditionalEntries.none(), Optional.empty());
  }

  /** The same certificates with these CRLs, in PEM; empty: none. */
  public TrustContent with(Optional<String> crls) {
    return new TrustContent(generations, additional, entries, crls);
  }

  /** Of these certificates only one, and no CRLs. */
  TrustContent only(X509Certificate certificate) {
    SortedMap<Integer, X509Certificate> own = new TreeMap<>(generations);
    own.values().removeIf(c -> !c.equals(certificate));
    return new TrustContent(own, additional.stream().filter(certificate::equals).toList());
  }

  /** All certificates, those of the CA first, oldest first. */
  public List<X509Certificate> certificates() {
    return Stream.concat(generations.values().stream().distinct(), additional.stream()).toList();
  }

  /**
   * Whether an untrusted text holds certificates and all of them are among these. Nothing in it is
   * parsed.
   */
  boolean holdsAll(String pem) {
    try {
      return certificates().stream()
          .map(Fingerprint::of)
          .collect(Collectors.toSet())
          .containsAll(Pem.readFingerprints(pem));
    } catch (PkiException e) {
      return false;
    }
  }

  /** Whether it contains no certificate. */
  public boolean isEmpty() {
    return generations.isEmpty() && additional.isEmpty();
  }

  /** All certificates in PEM. */
  public String pem() {
    return pem(certificates());
  }

  /** Certificates in PEM; a comment line if there are none. */
  public static String pem(List<X509Certificate> certificates) {
    return certificates.isEmpty() ? NOBODY : Pem.write(certificates);
  }
}
