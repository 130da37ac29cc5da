package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509v2CRLBuilder;

/** The CRLs that the operator issues, by RFC 5280 section 5: like {@link Profile} for these. */
final class CrlProfile {
  private static final boolean NOT_CRITICAL = false;

  private CrlProfile() {}

  /** A CRL of version 2, to be signed. */
  static X509v2CRLBuilder unsigned(X509Certificate issuer, CrlContents contents)
      throws IOException {
    X509v2CRLBuilder builder =
        new X509v2CRLBuilder(
            // as encoded
            X500Name.getInstance(issuer.getSubjectX500Principal().getEncoded()),
            Date.from(contents.thisUpdate()));
    // RFC 5280 5.1.2.5: conforming issuers MUST include it
    builder.setNextUpdate(Date.from(contents.nextUpdate()));
    for (RevokedCertificate entry : contents.entries()) {
      // RFC 5280 5.3.1: unspecified SHOULD be said by no reason, which the builder does
      builder.addCRLEntry(
          entry.serialNumber(),
          Date.from(entry.revokedAt()),
          entry.reason().map(RevocationReason::code).orElse(CRLReason.unspecified));
    }
    // RFC 5280 5.2.1: MUST be included, with the key identifier
    builder.addExtension(
        Extension.authorityKeyIdentifier,
        NOT_CRITICAL,
        new AuthorityKeyIdentifier(KeyIdentifiers.subject(issuer)));
    // RFC 5280 5.2.3: MUST be included, and not critical
    builder.addExtension(Extension.cRLNumber, NOT_CRITICAL, new CRLNumber(contents.number()));
    // RFC 5280 5.2.5: no issuing distribution point, so that it holds for all certificates
    return builder;
  }
}
