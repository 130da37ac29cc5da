package dev.mtlsoperator.api;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Algorithm of a private key, in cert-manager's spelling. */
public enum KeyAlgorithm {
  ECDSA,
  RSA,
  @JsonProperty("Ed25519")
  ED25519
}
