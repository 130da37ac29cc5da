package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.encoding.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * One way in which the files of a CA can be used. Files that hold several certificates of the CA's
 * key offer one for each.
 *
 * @param path of the certificate, with the cross-certificates that are sent along
 * @param trust certificates of other CAs in the files, which are published as trust
 * @param leftOut what is not used and may have been meant to be, in words
 * @param notes what is used in which way, in words
 * @param ofItsKey all certificates of the CA's key in the files, this one among them
 */
public record CaOffer(
    CaPath path,
    List<X509Certificate> trust,
    List<String> leftOut,
    List<String> notes,
    Set<X509Certificate> ofItsKey) {
  public CaOffer {
    trust = List.copyOf(trust);
    leftOut = List.copyOf(leftOut);
    notes = List.copyOf(notes);
    ofItsKey = Set.copyOf(ofItsKey);
  }

  /** A path, and nothing else. */
  public static CaOffer of(CaPath path) {
    return new CaOffer(path, List.of(), List.of(), List.of(), Set.of(path.certificate()));
  }

  /**
   * Of several the first that is in force, in their order, by which the one that lasts longest
   * comes first; the first of all if none is. It changes only when one begins or ends.
   */
  public static CaOffer inForce(List<CaOffer> offers, Instant now) {
    return offers.stream()
        .filter(offer -> offer.path().notValid(now).isEmpty())
        .findFirst()
        .orElse(offers.get(0));
  }

  /** A certificate in words: name, fingerprint and end. */
  static String described(X509Certificate certificate) {
    return CaPath.named(certificate)
        + " ("
        + Fingerprint.of(certificate)
        + ", valid until "
        + certificate.getNotAfter().toInstant()
        + ")";
  }
}
