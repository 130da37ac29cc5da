package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;

/** Roots and requests without name constraints. */
public final class PlainCertificates {
  private PlainCertificates() {}

  public static CertificateAuthority root(
      DistinguishedName subject, Validity validity, KeyMaterial key) {
    return CertificateAuthority.selfSigned(subject, NameConstraintsExtension.none(), validity, key);
  }

  public static CertificateRequest request(
      Profile profile, DistinguishedName subject, SubjectAltNames names, Validity validity) {
    return new CertificateRequest(
        profile, subject, names, NameConstraintsExtension.none(), validity);
  }
}
