package dev.mtlsoperator.pki.advice;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.Namesakes;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;

/**
 * A CA, as its verifiers meet it.
 *
 * @param paths of its generations, from its certificate up to the root
 * @param additional certificates of other CAs in its trust bundles
 * @param stayed those of them that verifiers cannot tell from another one in the bundle
 * @param leftOut those that are left out of the bundles for the same reason
 */
public record CaSubject(
    List<CaPath> paths,
    List<X509Certificate> additional,
    List<Namesakes.Pair> stayed,
    List<Namesakes.Pair> leftOut) {

  public CaSubject {
    paths = List.copyOf(paths);
    additional = List.copyOf(additional);
    stayed = List.copyOf(stayed);
    leftOut = List.copyOf(leftOut);
  }

  /** A CA alone. */
  public static CaSubject of(CaPath path) {
    return new CaSubject(List.of(path), List.of(), List.of(), List.of());
  }

  /** Its own certificates, and those above it. */
  Stream<X509Certificate> own() {
    return paths.stream().flatMap(path -> path.all().stream()).distinct();
  }

  /** Those of them that are not roots. */
  Stream<X509Certificate> intermediates() {
    return paths.stream().flatMap(path -> path.chain().stream()).distinct();
  }

  /** All certificates of its trust bundles, and those that peers send. */
  Stream<X509Certificate> all() {
    return Stream.concat(own(), additional.stream()).distinct();
  }
}
