package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * The certificates in the files of a CA that was made elsewhere.
 *
 * @param sent of {@code tls.crt}: the CA's own and what belongs to it
 * @param bundle of {@code ca.crt}: its root, and what else the company trusts
 * @param unusable certificates of {@code ca.crt} that cannot be trusted, in words
 */
record CaFiles(List<X509Certificate> sent, List<X509Certificate> bundle, List<String> unusable) {
  /** A chain of the longest certificates that are read has less. */
  private static final int LONGEST_CHAIN = 128 * 1024;

  CaFiles {
    sent = List.copyOf(new LinkedHashSet<>(sent));
    bundle = List.copyOf(new LinkedHashSet<>(bundle));
    unusable = List.copyOf(unusable);
  }

  /**
   * Reads {@code tls.crt}, in which each certificate counts, and {@code ca.crt}, in which each is
   * judged by itself.
   */
  static CaFiles read(SuppliedFile certificates, Optional<SuppliedFile> roots) {
    List<X509Certificate> sent = sent(certificates);
    if (roots.isEmpty()) {
      return new CaFiles(sent, List.of(), List.of());
    }
    CaCertificates.Read bundle = of("ca.crt", () -> CaCertificates.read(roots.get()));
    int count = bundle.certificates().size() + bundle.refused().size();
    return new CaFiles(
        sent,
        bundle.certificates(),
        bundle.refused().stream()
            .map(
                refused ->
                    "ca.crt, certificate "
                        + refused.place()
                        + " of "
                        + count
                        + ", is not trusted: "
                        + refused.why())
            .toList());
  }

  private static List<X509Certificate> sent(SuppliedFile certificates) {
    require(
        certificates.length() <= LONGEST_CHAIN,
        "tls.crt is too long: at most " + LONGEST_CHAIN + " characters are read");
    return of("tls.crt", () -> certificates.certificates().stream().map(Pem::certificate).toList());
  }

  private interface Reading<T> {
    T read();
  }

  private static <T> T of(String file, Reading<T> reading) {
    try {
      return reading.read();
    } catch (PkiException e) {
      throw new PkiException(file + ": " + e.getMessage());
    }
  }

  /**
   * The certificates that may be part of a path: those of {@code tls.crt}, and of {@code ca.crt}
   * those that are named as an issuer. A bundle may hold hundreds of others.
   */
  Set<X509Certificate> pool() {
    Set<X509Certificate> pool = new LinkedHashSet<>(sent);
    Set<X500Principal> asked = new LinkedHashSet<>();
    Deque<X509Certificate> open = new ArrayDeque<>(sent);
    while (!open.isEmpty()) {
      X509Certificate below = open.remove();
      if (asked.add(below.getIssuerX500Principal())) {
        for (X509Certificate above : bundle) {
          if (above.getSubjectX500Principal().equals(below.getIssuerX500Principal())
              && pool.add(above)) {
            open.add(above);
          }
        }
      }
    }
    return pool;
  }

  /** All certificates, each once. */
  List<X509Certificate> all() {
    Set<X509Certificate> all = new LinkedHashSet<>(sent);
    all.addAll(bundle);
    return new ArrayList<>(all);
  }
}
