package dev.mtlsoperator.pki.key;

/** The algorithm of a key pair. */
public enum KeyType {
  ECDSA,
  RSA,
  ED25519
}
