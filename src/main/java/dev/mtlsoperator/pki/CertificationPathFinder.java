package dev.mtlsoperator.pki;

import static dev.mtlsoperator.pki.encoding.PkiException.require;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the certification path (RFC 5280 section 6) from a CA's certificate up to a self-signed
 * root.
 *
 * <p>The JDK's {@code CertPathBuilder} is not used because it needs a date and returns any path
 * that is valid then instead of the one that lasts longest, does not bound the number of signatures
 * that it verifies, and does not tell where a path ends.
 */
public final class CertificationPathFinder {
  private static final int MOST_CERTIFICATES = 16;

  /**
   * From the CA to its root, including both; OpenSSL's clients give up at a hundred, nginx at one.
   */
  private static final int LONGEST_PATH = 6;

  /**
   * Signatures that are verified to find the path; each certificate of one name that may have
   * signed another of that name costs one. A path has five, and five more if each root came twice.
   */
  private static final int MOST_VERIFICATIONS = 32;

  private final Set<X509Certificate> all;
  private final List<X509Certificate> roots;

  /** Of each certificate those that signed it; a root needs none. */
  private final Map<X509Certificate, List<X509Certificate>> issuers;

  private CertificationPathFinder(
      Set<X509Certificate> all,
      List<X509Certificate> roots,
      Map<X509Certificate, List<X509Certificate>> issuers) {
    this.all = all;
    this.roots = roots;
    this.issuers = issuers;
  }

  /**
   * The path from a CA's certificate up to a root, with each signature verified; of several paths
   * the one that lasts longest, and of those the shortest.
   *
   * @param pool certificates that may be part of the path, in any order
   * @throws PkiException if there is no path, or if there are too many certificates to search; the
   *     message says where the path ends
   */
  public static CaPath find(X509Certificate ca, Collection<X509Certificate> pool) {
    Set<X509Certificate> all = new LinkedHashSet<>(pool);
    all.add(ca);
    return among(all).path(ca);
  }

  /**
   * Verifies who signed whom.
   *
   * @throws PkiException if there are too many certificates to search
   */
  static CertificationPathFinder among(Collection<X509Certificate> pool) {
    Set<X509Certificate> all = new LinkedHashSet<>(pool);
    requireFew(all);
    return verified(all);
  }

  /** The best path from one of the certificates. */
  CaPath path(X509Certificate ca) {
    List<X509Certificate> found = best().get(ca);
    if (found == null) {
      throw new PkiException(whereItEnds(ca));
    }
    return new CaPath(
        ca,
        found.size() < 3 ? List.of() : found.subList(1, found.size() - 1),
        found.get(found.size() - 1));
  }

  /** All certificates that were searched. */
  Set<X509Certificate> all() {
    return Collections.unmodifiableSet(all);
  }

  /** Those that signed a certificate, and are not it. */
  List<X509Certificate> issuers(X509Certificate certificate) {
    return issuers.getOrDefault(certificate, List.of());
  }

  /** Whether a certificate is signed with its own key. */
  boolean isRoot(X509Certificate certificate) {
    return roots.contains(certificate);
  }

  private static CertificationPathFinder verified(Set<X509Certificate> all) {
    BoundedVerification verification = new BoundedVerification();
    List<X509Certificate> roots = all.stream().filter(c -> verification.signed(c, c)).toList();
    Map<X509Certificate, List<X509Certificate>> issuers = new HashMap<>();
    for (X509Certificate below : all) {
      issuers.put(
          below,
          roots.contains(below)
              ? List.of()
              : all.stream()
                  .filter(c -> !c.equals(below) && verification.signed(below, c))
                  .toList());
    }
    return new CertificationPathFinder(all, roots, issuers);
  }

  // each round extends the best paths that are known so far by the certificates below them
  private Map<X509Certificate, List<X509Certificate>> best() {
    Map<X509Certificate, List<X509Certificate>> best = new HashMap<>();
    roots.forEach(root -> best.put(root, List.of(root)));
    for (int round = 1; round < LONGEST_PATH; round++) {
      for (X509Certificate below : all) {
        for (X509Certificate above : issuers.getOrDefault(below, List.of())) {
          longer(below, best.get(above))
              .filter(path -> isBetter(path, best.get(below)))
              .ifPresent(path -> best.put(below, path));
        }
      }
    }
    return best;
  }

  private static Optional<List<X509Certificate>> longer(
      X509Certificate below, @Nullable List<X509Certificate> above) {
    if (above == null || above.contains(below) || above.size() == LONGEST_PATH) {
      return Optional.empty();
    }
    List<X509Certificate> path = new ArrayList<>(List.of(below));
    path.addAll(above);
    return Optional.of(path);
  }

  private static boolean isBetter(
      List<X509Certificate> path, @Nullable List<X509Certificate> known) {
    if (known == null) {
      return true;
    }
    int longer = end(path).compareTo(end(known));
    return longer > 0 || (longer == 0 && path.size() < known.size());
  }

  private static Instant end(List<X509Certificate> path) {
    return path.stream()
        .map(c -> c.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  /** Refuses to search among more certificates than any certification path needs. */
  static void requireFew(Set<X509Certificate> all) {
    require(
        all.size() <= MOST_CERTIFICATES,
        "tls.crt and ca.crt hold "
            + all.size()
            + " certificates, at most "
            + MOST_CERTIFICATES
            + " are read: keep the CA's certificate and those above it");
  }

  /** Verifies signatures, and refuses to verify more than a bounded number of them. */
  private static final class BoundedVerification {
    private int count;

    boolean signed(X509Certificate below, X509Certificate above) {
      if (!KeyIdentifiers.mayNameIssuer(below, above)) {
        return false;
      }
      require(
          ++count <= MOST_VERIFICATIONS,
          "too many of the certificates in tls.crt and ca.crt have the same name, "
              + named(above)
              + ": keep the CA's certificate and one of each CA above it");
      return KeyIdentifiers.signed(below, above);
    }
  }

  private String whereItEnds(X509Certificate ca) {
    X509Certificate last = ca;
    for (int steps = 0; steps < LONGEST_PATH; steps++) {
      List<X509Certificate> above = issuers.getOrDefault(last, List.of());
      if (above.isEmpty()) {
        return whyItEnds(last);
      }
      last = above.get(0);
    }
    return "there is no certification path of at most "
        + LONGEST_PATH
        + " certificates from "
        + named(ca)
        + " to a self-signed root: remove those that only name each other as issuer";
  }

  private String whyItEnds(X509Certificate last) {
    if (last.getIssuerX500Principal().equals(last.getSubjectX500Principal())) {
      return named(last)
          + " is its own issuer by name, but its signature does not verify with its own key, nor with that of another certificate here: it is damaged, or its issuer is missing";
    }
    String issuer = CaPath.named(last.getIssuerX500Principal().getName());
    return all.stream()
            .anyMatch(c -> c.getSubjectX500Principal().equals(last.getIssuerX500Principal()))
        ? named(last)
            + " names "
            + issuer
            + " as its issuer, but the signature does not verify with the key of the certificate of that name here: replace that one by the certificate whose key signed it"
        : "there is no certification path to a self-signed root: the issuer of "
            + named(last)
            + ", "
            + issuer
            + ", is missing. Add its certificate to tls.crt, or to ca.crt where it is the root";
  }

  private static String named(X509Certificate certificate) {
    return CaPath.named(certificate);
  }
}
