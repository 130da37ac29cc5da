package dev.mtlsoperator.pki;

import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.SubjectAltNames;

/**
 * What a certificate is to contain in addition to its key.
 *
 * @param constraints the name constraints of a CA; a leaf has none
 */
public record CertificateRequest(
    Profile profile,
    DistinguishedName subject,
    SubjectAltNames names,
    NameConstraintsExtension constraints,
    Validity validity) {}
