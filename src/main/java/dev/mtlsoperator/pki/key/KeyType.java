package dev.mtlsoperator.pki.key;

/** Algorithm of a key pair. */
public enum KeyType {
  ECDSA,
  RSA,
  ED25519
}
