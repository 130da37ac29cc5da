package dev.mtlsoperator.secret.trust;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What every copy of a CA's trust bundle holds.
 *
 * @param generations the CA's, by number: what bundles hold for each; several may have one root
 * @param additional certificates of others, none of which is of these
 * @param entries which entry of {@code additionalTrust} brought which of them
 */
public record TrustContent(
    SortedMap<Integer, X509Certificate> generations,
    List<X509Certificate> additional,
    AdditionalEntries entries) {

  // some programs take an empty file for none at all, and then trust whom they please
  private static final String NOBODY = "# no CA is trusted\n";

  public TrustContent {
    SortedMap<Integer, X509Certificate> own =
        Collections.unmodifiableSortedMap(new TreeMap<>(generations));
    generations = own;
    additional = additional.stream().filter(c -> !own.containsValue(c)).toList();
  }

  /** With what the entries of {@code additionalTrust} brought. */
  public TrustContent(SortedMap<Integer, X509Certificate> generations, AdditionalEntries entries) {
    this(generations, entries.certificates(), entries);
  }

  /** Where it is not known what came from which entry. */
  public TrustContent(
      SortedMap<Integer, X509Certificate> generations, List<X509Certificate> additional) {
    this(generations, additional, AdditionalEntries.none());
  }

  /** All certificates, those of the CA first, oldest first. */
  public List<X509Certificate> certificates() {
    return Stream.concat(generations.values().stream().distinct(), additional.stream()).toList();
  }

  /**
   * Whether each certificate in a text is one of these, and there is one. Nothing of the text is
   * parsed: somebody else may have written it.
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

  /** Whether nobody is trusted. */
  public boolean isEmpty() {
    return generations.isEmpty() && additional.isEmpty();
  }

  /** All certificates in PEM. */
  public String pem() {
    return pem(certificates());
  }

  /** Certificates in PEM; where there are none, a line that says so. */
  public static String pem(List<X509Certificate> certificates) {
    return certificates.isEmpty() ? NOBODY : Pem.write(certificates);
  }
}
