package dev.mtlsoperator.pki;

/** Algorithm of a key pair. */
public enum KeyAlgorithm {
  ECDSA,
  RSA,
  ED25519
}
