package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.PkiException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cross-certificates of a certification path: certificates of a name and key on the path, by
 * another issuer, and those above them that are no roots.
 */
public final class CrossCertificates {
  private static final int MOST_ABOVE = 4;

  private final CaPath path;
  private final CertificationPathFinder finder;
  private final List<X509Certificate> crosses = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();

  private CrossCertificates(CaPath path, CertificationPathFinder finder) {
    this.path = path;
    this.finder = finder;
  }

  /** Those among the certificates that were searched. */
  static CrossCertificates of(CaPath path, CertificationPathFinder finder) {
    CrossCertificates found = new CrossCertificates(path, finder);
    found.search();
    return found;
  }

  /**
   * A path with the cross-certificates that are said to be its own.
   *
   * @throws PkiException if one of them is not, or cannot be used
   */
  public static CaPath require(CaPath path, List<X509Certificate> claimed) {
    if (claimed.isEmpty()) {
      return path;
    }
    CrossCertificates found =
        of(
            path,
            CertificationPathFinder.among(
                Stream.concat(path.all().stream(), claimed.stream()).toList()));
    for (X509Certificate cross : claimed) {
      PkiException.require(
          found.crosses.contains(cross),
          CaPath.named(cross) + " is no cross-certificate of " + CaPath.named(path.certificate()));
    }
    return path.withCrosses(claimed);
  }

  /**
   * In the order of the path, each followed by those above it, as TLS wants a chain (RFC 8446
   * section 4.4.2).
   */
  List<X509Certificate> crosses() {
    return List.copyOf(crosses);
  }

  /** Those that cannot be used, in words. */
  List<String> leftOut() {
    return List.copyOf(leftOut);
  }

  /** Whether two certificates have the same name and key. */
  static boolean isVariant(X509Certificate certificate, X509Certificate member) {
    return certificate.getSubjectX500Principal().equals(member.getSubjectX500Principal())
        && certificate.getPublicKey().equals(member.getPublicKey());
  }

  private void search() {
    for (int below = 0; below < path.all().size(); below++) {
      X509Certificate member = path.all().get(below);
      for (X509Certificate other : finder.all()) {
        if (isVariant(other, member)
            && !finder.isRoot(other)
            && !path.all().contains(other)
            && !other.getIssuerX500Principal().equals(member.getIssuerX500Principal())) {
          addUsable(other, below);
          above(other, below);
        }
      }
    }
  }

  private void above(X509Certificate cross, int below) {
    for (X509Certificate issuer : finder.issuers(cross)) {
      if (!finder.isRoot(issuer)
          && !path.all().contains(issuer)
          && !crosses.contains(issuer)
          && below < path.all().size() + MOST_ABOVE) {
        addUsable(issuer, below + 1);
        above(issuer, below + 1);
      }
    }
  }

  private void addUsable(X509Certificate cross, int below) {
    if (crosses.contains(cross)) {
      return;
    }
    try {
      CaCertificateRules.requireBounds(cross);
      CaCertificateRules.requireUsable(cross, below, false);
      crosses.add(cross);
    } catch (PkiException e) {
      leftOut.add("a cross-certificate is not sent along: " + e.getMessage());
    }
  }
}
