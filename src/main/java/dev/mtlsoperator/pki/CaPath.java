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
 * A CA's certificate and the way from it up to what verifiers trust.
 *
 * @param certificate the CA's own
 * @param intermediates between it and the anchor, the one that signed it first
 * @param anchor the self-signed root; the CA's own certificate where it is one
 */
public record CaPath(
    X509Certificate certificate, List<X509Certificate> intermediates, X509Certificate anchor) {

  private static final int LONGEST_NAME = 200;

  /** What a root may say of what is below it: RFC 5280 sections 4.2.1.3, 9, 10, 12. */
  private static final List<String> LIMITS =
      List.of("2.5.29.15", "2.5.29.19", "2.5.29.30", "2.5.29.37");

  public CaPath {
    intermediates = List.copyOf(intermediates);
  }

  /** Of a CA that is its own root. */
  public static CaPath root(X509Certificate certificate) {
    return new CaPath(certificate, List.of(), certificate);
  }

  /** Whether the CA is its own root. */
  public boolean isRoot() {
    return certificate.equals(anchor);
  }

  /** What is sent after a leaf that the CA signed: all but the root. */
  public List<X509Certificate> chain() {
    if (isRoot()) {
      return List.of();
    }
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(certificate);
    chain.addAll(intermediates);
    return chain;
  }

  /** All of it, from the CA up to the root. */
  public List<X509Certificate> all() {
    List<X509Certificate> all = new ArrayList<>(chain());
    all.add(anchor);
    return all;
  }

  /** Whether any of it is among some. */
  public boolean contains(Set<Fingerprint> some) {
    return all().stream().map(Fingerprint::of).anyMatch(some::contains);
  }

  /** From when on all of it is valid. */
  public Instant start() {
    return all().stream()
        .map(c -> c.getNotBefore().toInstant())
        .max(Instant::compareTo)
        .orElseThrow();
  }

  /** When the first of it ends: nothing that the CA signed verifies after that. */
  public Instant end() {
    return all().stream()
        .map(c -> c.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  /** Which of it is not valid at some time, in words; empty: all of it is. */
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
   * Whether those who hold only another path's root verify what the CA of this one signs: it is the
   * same root, or the same name, key and key identifier with the same limits.
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
  static String named(X509Certificate certificate) {
    return named(certificate.getSubjectX500Principal().getName());
  }

  static String named(String subject) {
    String line = subject.replaceAll("\\p{Cntrl}", "?");
    return "'"
        + (line.length() > LONGEST_NAME ? line.substring(0, LONGEST_NAME) + "…" : line)
        + "'";
  }
}
