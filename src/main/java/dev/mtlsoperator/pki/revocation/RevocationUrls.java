package dev.mtlsoperator.pki.revocation;

import java.util.List;
import java.util.Optional;

/**
 * Where verifiers learn whether a certificate is revoked, as the certificate tells them. They are
 * URIs in ASCII, as an IA5String holds them (RFC 5280 section 4.2.1.6).
 *
 * @param crls all of one and the same CRL (cRLDistributionPoints, RFC 5280 section 4.2.1.13)
 * @param ocsp an OCSP responder (authorityInfoAccess, RFC 5280 section 4.2.2.1)
 */
public record RevocationUrls(List<String> crls, Optional<String> ocsp) {
  public RevocationUrls {
    crls = List.copyOf(crls);
  }

  /** The certificate tells nothing. */
  public static RevocationUrls none() {
    return new RevocationUrls(List.of(), Optional.empty());
  }
}
