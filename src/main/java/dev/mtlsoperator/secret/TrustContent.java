package dev.mtlsoperator.secret;

import dev.mtlsoperator.pki.Pem;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What every copy of a CA's trust bundle holds.
 *
 * @param generations numbers of the CA's generations
 * @param bundle their certificates, oldest first
 * @param additional those of others, none of which is in {@code bundle}
 */
public record TrustContent(
    SortedSet<Integer> generations,
    List<X509Certificate> bundle,
    List<X509Certificate> additional) {

  // some programs take an empty file for none at all, and then trust whom they please
  private static final String NOBODY = "# no CA is trusted\n";

  public TrustContent {
    generations = new TreeSet<>(generations);
    List<X509Certificate> own = List.copyOf(bundle);
    bundle = own;
    additional = additional.stream().filter(c -> !own.contains(c)).toList();
  }

  /** All certificates, those of the CA first. */
  public List<X509Certificate> certificates() {
    return Stream.concat(bundle.stream(), additional.stream()).toList();
  }

  /** Whether nobody is trusted. */
  public boolean isEmpty() {
    return bundle.isEmpty() && additional.isEmpty();
  }

  /** All certificates in PEM. */
  public String pem() {
    return isEmpty() ? NOBODY : Pem.write(certificates());
  }
}
