package dev.mtlsoperator.pki;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * A CA's certificate and the way from it up to what verifiers trust.
 *
 * @param certificate the CA's own
 * @param intermediates between it and the anchor, the one that signed it first
 * @param anchor the self-signed root; the CA's own certificate where it is one
 */
public record CaPath(
    X509Certificate certificate, List<X509Certificate> intermediates, X509Certificate anchor) {

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
}
