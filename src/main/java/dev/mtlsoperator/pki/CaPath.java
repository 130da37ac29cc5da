package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The certification path from a CA's certificate up to the root that verifiers trust.
 *
 * @param certificate of the CA itself
 * @param intermediates between it and the anchor, starting with its issuer
 * @param anchor the self-signed root; the CA's own certificate if that is a root
 * @param crosses cross-certificates: other certificates of the names and keys on the path, by which
 *     verifiers that know only another root accept what the CA signs, and those above them. They
 *     are sent after the path
 */
public record CaPath(
    X509Certificate certificate,
    List<X509Certificate> intermediates,
    X509Certificate anchor,
    List<X509Certificate> crosses) {

  private static final int LONGEST_NAME = 200;

  /**
   * Extensions by which a root limits certificates below it: RFC 5280 sections 4.2.1.3, 9, 10, 12.
   */
  private static final List<String> LIMITS =
      List.of("2.5.29.15", "2.5.29.19", "2.5.29.30", "2.5.29.37");

  public CaPath {
    intermediates = List.copyOf(intermediates);
    crosses = List.copyOf(crosses);
  }

  /** A path without cross-certificates. */
  public CaPath(
      X509Certificate certificate, List<X509Certificate> intermediates, X509Certificate anchor) {
    this(certificate, intermediates, anchor, List.of());
  }

  /** The same path with cross-certificates. */
  public CaPath withCrosses(List<X509Certificate> others) {
    return new CaPath(certificate, intermediates, anchor, others);
  }

  /** The path of a CA that is its own root. */
  public static CaPath root(X509Certificate certificate) {
    return new CaPath(certificate, List.of(), certificate);
  }

  /** Whether the CA is its own root. */
  public boolean isRoot() {
    return certificate.equals(anchor);
  }

  /** The certificates that a peer sends after a leaf of this CA: all but the root. */
  public List<X509Certificate> chain() {
    if (isRoot()) {
      return List.of();
    }
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(certificate);
    chain.addAll(intermediates);
    return chain;
  }

  /** The cross-certificates that are in force at this time. */
  public List<X509Certificate> crosses(Instant now) {
    return crosses.stream()
        .filter(cross -> !now.isBefore(cross.getNotBefore().toInstant()))
        .filter(cross -> now.isBefore(cross.getNotAfter().toInstant()))
        .toList();
  }

  /** All certificates, from the CA's up to the root. */
  public List<X509Certificate> all() {
    List<X509Certificate> all = new ArrayList<>(chain());
    all.add(anchor);
    return all;
  }

  /** Whether any of its certificates has one of these fingerprints. */
  public boolean contains(Set<Fingerprint> some) {
    // mostly nothing is distrusted: then no digest is needed
    return !some.isEmpty() && all().stream().map(Fingerprint::of).anyMatch(some::contains);
  }

  /** The time from which on all of its certificates are valid. */
  public Instant start() {
    return all().stream()
        .map(c -> c.getNotBefore().toInstant())
        .max(Instant::compareTo)
        .orElseThrow();
  }

  /**
   * The time at which the first of its certificates ends; no leaf of the CA verifies after that.
   */
  public Instant end() {
    return all().stream()
        .map(c -> c.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  /** A message naming a certificate that is not valid at this time; empty if all of them are. */
  public Optional<String> notValid(Instant now) {
    return all().stream()
        .flatMap(
            c -> {
              Instant start = c.getNotBefore().toInstant();
              Instant end = c.getNotAfter().toInstant();
              return now.isBefore(start)
                  ? Stream.of(named(c) + " is not valid before " + start)
                  : now.isBefore(end) ? Stream.of() : Stream.of(named(c) + " expired on " + end);
            })
        .findFirst();
  }

  /**
   * Whether verifiers that hold only the root of another path accept leaves of this CA: the roots
   * are the same, or have the same name, key, key identifier and limits.
   */
  public boolean isVerifiedBy(CaPath other) {
    return anchor.equals(other.anchor)
        || (Arrays.equals(
                anchor.getSubjectX500Principal().getEncoded(),
                other.anchor.getSubjectX500Principal().getEncoded())
            && anchor.getPublicKey().equals(other.anchor.getPublicKey())
            && Arrays.equals(KeyIdentifiers.subject(anchor), KeyIdentifiers.subject(other.anchor))
            && LIMITS.stream()
                .allMatch(
                    limit ->
                        Arrays.equals(
                            anchor.getExtensionValue(limit),
                            other.anchor.getExtensionValue(limit))));
  }

  /** A certificate's subject for messages: bounded, on one line. */
  public static String named(X509Certificate certificate) {
    return named(certificate.getSubjectX500Principal().getName());
  }

  static String named(String subject) {
    String line = subject.replaceAll("\\p{Cntrl}", "?");
    return "'"
        + (line.length() > LONGEST_NAME ? line.substring(0, LONGEST_NAME) + "…" : line)
        + "'";
  }
}
