package dev.mtlsoperator.cli;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.ImportedCa;

/**
 * A CA that signs here.
 *
 * @param path from its certificate up to what verifiers trust
 */
record SigningCA(CertificateAuthority authority, CaPath path) {
  /** One that is its own root. */
  static SigningCA root(CertificateAuthority authority) {
    return new SigningCA(authority, CaPath.root(authority.certificate()));
  }

  /** One that somebody brought. */
  static SigningCA of(ImportedCa imported) {
    return new SigningCA(imported.authority(), imported.path());
  }
}
