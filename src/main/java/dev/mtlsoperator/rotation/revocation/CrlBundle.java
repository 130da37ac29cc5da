package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.SafetyChecks;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The CRLs next to a trust bundle: the newest of each CA that it trusts. With a CRL configured,
 * gateways refuse all clients of a CA that has no current one.
 *
 * @param crls of all CAs that have one, in their order
 * @param lacking CAs without a current CRL
 */
public record CrlBundle(List<Crl> crls, List<Lack> lacking) {
  public CrlBundle {
    crls = List.copyOf(crls);
    lacking = List.copyOf(lacking);
  }

  /**
   * A CA without a current CRL.
   *
   * @param expired when its last one expired; empty: it has none
   */
  public record Lack(X509Certificate ca, Optional<Instant> expired) {
    /** In words, for a message. */
    public String inWords() {
      return "'"
          + ca.getSubjectX500Principal().getName()
          + "' "
          + expired.map(end -> "has a CRL that expired on " + end).orElse("has no CRL");
    }
  }

  /**
   * Chooses the CRLs.
   *
   * @param cas that sign what verifiers of the bundle are presented with
   * @param candidates CRLs of these and of any other CAs
   */
  public static CrlBundle of(
      Collection<X509Certificate> cas, Collection<Crl> candidates, Instant now) {
    Set<Crl> chosen = new LinkedHashSet<>();
    List<Lack> lacking = new ArrayList<>();
    for (X509Certificate ca : new LinkedHashSet<>(cas)) {
      Optional<Crl> newest = newest(ca, candidates, now);
      newest.ifPresent(chosen::add);
      if (newest.isEmpty()) {
        lacking.add(new Lack(ca, Optional.empty()));
      } else if (isExpired(newest.get(), now)) {
        lacking.add(new Lack(ca, Optional.of(newest.get().nextUpdate())));
      }
    }
    return new CrlBundle(List.copyOf(chosen), lacking);
  }

  private static Optional<Crl> newest(X509Certificate ca, Collection<Crl> candidates, Instant now) {
    return candidates.stream()
        .filter(crl -> crl.isSignedBy(ca))
        .filter(crl -> !crl.thisUpdate().isAfter(now.plus(SafetyChecks.MOST_SKEW)))
        .reduce((one, other) -> other.isNewerThan(one) ? other : one);
  }

  private static boolean isExpired(Crl crl, Instant now) {
    return !now.isBefore(crl.nextUpdate());
  }

  /** Whether every CA has a current CRL. */
  public boolean isComplete() {
    return lacking.isEmpty();
  }
}
