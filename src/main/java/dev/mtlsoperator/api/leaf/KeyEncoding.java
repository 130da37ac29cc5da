package dev.mtlsoperator.api.leaf;

/** How a private key is written in PEM. */
public enum KeyEncoding {
  /** RFC 5958, {@code BEGIN PRIVATE KEY}: every algorithm. */
  PKCS8,
  /** RFC 8017 for RSA; for ECDSA it means SEC1 (RFC 5915); none for Ed25519. */
  PKCS1
}
