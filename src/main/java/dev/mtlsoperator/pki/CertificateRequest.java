package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import dev.mtlsoperator.pki.revocation.RevocationUrls;

/**
 * What a certificate is to contain in addition to its key.
 *
 * @param constraints the name constraints of a CA; a leaf has none
 * @param revocation where a leaf sends verifiers to ask whether it is revoked; a CA and an OCSP
 *     responder send them nowhere
 */
public record CertificateRequest(
    Profile profile,
    DistinguishedName subject,
    SubjectAltNames names,
    NameConstraintsExtension constraints,
    Validity validity,
    RevocationUrls revocation) {

  /** A request that sends verifiers nowhere to ask whether the certificate is revoked. */
  public CertificateRequest(
      Profile profile,
      DistinguishedName subject,
      SubjectAltNames names,
      NameConstraintsExtension constraints,
      Validity validity) {
    this(profile, subject, names, constraints, validity, RevocationUrls.none());
  }

  /** The same request, for a certificate that sends verifiers there. */
  public CertificateRequest with(RevocationUrls urls) {
    return new CertificateRequest(profile, subject, names, constraints, validity, urls);
  }
}
