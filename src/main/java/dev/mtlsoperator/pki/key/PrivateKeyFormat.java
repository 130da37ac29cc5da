package dev.mtlsoperator.pki.key;

/** The PEM format of a private key. */
public enum PrivateKeyFormat {
  /** RFC 5958, {@code BEGIN PRIVATE KEY}. */
  PKCS8,
  /**
   * RFC 8017 {@code BEGIN RSA PRIVATE KEY}; for ECDSA RFC 5915 (SEC1) {@code BEGIN EC PRIVATE KEY};
   * none for Ed25519.
   */
  PKCS1
}
