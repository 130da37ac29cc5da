package dev.mtlsoperator.cli;

import dev.mtlsoperator.pki.CaPath;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.ImportedCa;

/**
 * A CA with its key, which can sign.
 *
 * @param path certification path from its certificate to the root that verifiers trust
 */
record SigningCA(CertificateAuthority authority, CaPath path) {
  /** A root CA. */
  static SigningCA root(CertificateAuthority authority) {
    return new SigningCA(authority, CaPath.root(authority.certificate()));
  }

  /**
   * An imported CA.
   *
   * @param path one of those that it offers
   */
  static SigningCA of(ImportedCa imported, CaPath path) {
    return new SigningCA(imported.authority(path), path);
  }
}
