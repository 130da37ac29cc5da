package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;

/**
 * All that a certificate says beside the key.
 *
 * @param constraints of a CA; a leaf has none
 */
public record CertificateRequest(
    Profile profile,
    DistinguishedName subject,
    SubjectAltNames names,
    NameConstraintsExtension constraints,
    Validity validity) {

  /** Without constraints. */
  public CertificateRequest(
      Profile profile, DistinguishedName subject, SubjectAltNames names, Validity validity) {
    this(profile, subject, names, NameConstraintsExtension.none(), validity);
  }
}
