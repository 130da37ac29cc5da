package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/**
 * CA certificates of one subject that verifiers cannot tell apart. OpenSSL looks for an issuer by
 * name and key identifier and tries only the first certificate that fits, so where two CAs have the
 * same subject and one of them has no subject key identifier, it refuses what the other one signed
 * (RFC 5280 section 4.2.1.2; openssl/openssl#13718, haproxy/haproxy#968).
 */
public final class Namesakes {
  private Namesakes() {}

  /** Two CAs that verifiers cannot tell apart. */
  public record Pair(X509Certificate first, X509Certificate second) {
    /** What is wrong with them. */
    public String message() {
      return "the CA certificates "
          + Fingerprint.of(first)
          + " and "
          + Fingerprint.of(second)
          + " have the same subject "
          + CaPath.named(first)
          + " and different keys, and "
          + unidentified()
          + " (RFC 5280 section 4.2.1.2): OpenSSL, and with it nginx, HAProxy, curl and Python, tries only one of the two and refuses what the other one signed";
    }

    private String unidentified() {
      boolean one = KeyIdentifiers.declared(first).isEmpty();
      boolean other = KeyIdentifiers.declared(second).isEmpty();
      if (one && other) {
        return "neither has a subjectKeyIdentifier";
      }
      return one || other
          ? Fingerprint.of(one ? first : second) + " has no subjectKeyIdentifier"
          : "both have the same subjectKeyIdentifier";
    }
  }

  /** Whether two CAs have the same name and different keys, and no identifier tells them apart. */
  public static boolean areConfusable(X509Certificate one, X509Certificate other) {
    if (!one.getSubjectX500Principal().equals(other.getSubjectX500Principal())
        || one.getPublicKey().equals(other.getPublicKey())) {
      return false;
    }
    Optional<String> identifier = KeyIdentifiers.declared(one);
    Optional<String> another = KeyIdentifiers.declared(other);
    return identifier.isEmpty() || another.isEmpty() || identifier.equals(another);
  }

  /** The first of some certificates that cannot be told apart from a CA's; empty if all can. */
  public static Optional<Pair> of(X509Certificate ca, Collection<X509Certificate> others) {
    return others.stream()
        .filter(other -> areConfusable(other, ca))
        .findFirst()
        .map(other -> new Pair(other, ca));
  }

  /**
   * Those of a trust bundle that cannot be told apart, each with one before it. OpenSSL prefers
   * what is valid, so expired ones do not matter.
   */
  public static List<Pair> among(List<X509Certificate> bundle, Instant now) {
    if (bundle.size() < 2) {
      return List.of();
    }
    List<Pair> pairs = new ArrayList<>();
    Map<X500Principal, List<X509Certificate>> bySubject = new HashMap<>();
    for (X509Certificate ca : bundle) {
      if (isValidAt(ca, now)) {
        List<X509Certificate> before =
            bySubject.computeIfAbsent(ca.getSubjectX500Principal(), subject -> new ArrayList<>());
        before.stream()
            .filter(other -> areConfusable(other, ca))
            .forEach(other -> pairs.add(new Pair(other, ca)));
        before.add(ca);
      }
    }
    return List.copyOf(pairs);
  }

  /**
   * A certificate of a trust bundle that OpenSSL may take for the issuer of a certificate in place
   * of the CA that signed it; empty if there is none.
   *
   * @param instants times at which the certificate is verified
   */
  static Optional<Pair> takenFor(
      X509Certificate issuer,
      X509Certificate certificate,
      List<X509Certificate> bundle,
      List<Instant> instants) {
    return bundle.stream()
        .filter(other -> areConfusable(other, issuer))
        .filter(other -> KeyIdentifiers.mayNameIssuer(certificate, other))
        .filter(other -> instants.stream().anyMatch(instant -> isValidAt(other, instant)))
        .findFirst()
        .map(other -> new Pair(other, issuer));
  }

  private static boolean isValidAt(X509Certificate ca, Instant instant) {
    return !instant.isBefore(ca.getNotBefore().toInstant())
        && !instant.isAfter(ca.getNotAfter().toInstant());
  }
}
