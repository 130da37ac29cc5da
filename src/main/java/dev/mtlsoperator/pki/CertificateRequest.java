package dev.mtlsoperator.pki;

/** All that a certificate says beside the key. */
public record CertificateRequest(
    Profile profile, DistinguishedName subject, SubjectAltNames names, Validity validity) {}
