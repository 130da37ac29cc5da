package dev.mtlsoperator.pki;

/**
 * All that a certificate says beside the key.
 *
 * @param constraints of a CA; a leaf has none
 */
public record CertificateRequest(
    Profile profile,
    DistinguishedName subject,
    SubjectAltNames names,
    NameConstraints constraints,
    Validity validity) {

  /** Without constraints. */
  public CertificateRequest(
      Profile profile, DistinguishedName subject, SubjectAltNames names, Validity validity) {
    this(profile, subject, names, NameConstraints.none(), validity);
  }
}
