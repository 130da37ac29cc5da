package dev.mtlsoperator.api.leaf;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.mtlsoperator.api.KeyAlgorithm;
import io.fabric8.generator.annotation.Default;
import org.jspecify.annotations.Nullable;

/** The private key of a leaf: its algorithm, its encoding, and whether a renewal keeps it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PrivateKey(
    @JsonPropertyDescription("Algorithm of the private key: ECDSA, RSA or Ed25519.")
        @Default("ECDSA")
        KeyAlgorithm algorithm,
    @JsonPropertyDescription(
            "Size of the key in bits. ECDSA: 256 (default), 384 or 521. RSA: 2048 (default), 3072 or"
                + " 4096. Not for Ed25519.")
        @Nullable Integer size,
    @JsonPropertyDescription(
            "How tls.key is written. PKCS8: BEGIN PRIVATE KEY. PKCS1: the older BEGIN RSA PRIVATE"
                + " KEY, for ECDSA BEGIN EC PRIVATE KEY (SEC1); not for Ed25519.")
        @Default("PKCS8")
        KeyEncoding encoding,
    @JsonPropertyDescription(
            "Always: each renewal makes a new key. Never: the key is kept for as long as its"
                + " algorithm and size are those of the spec, and the certificate is not revoked.")
        @Default("Always")
        KeyRotationPolicy rotationPolicy) {

  public PrivateKey {
    algorithm = algorithm == null ? KeyAlgorithm.ECDSA : algorithm;
    encoding = encoding == null ? KeyEncoding.PKCS8 : encoding;
    rotationPolicy = rotationPolicy == null ? KeyRotationPolicy.Always : rotationPolicy;
  }

  /** ECDSA P-256, PKCS#8, a new key at each renewal. */
  public static PrivateKey defaults() {
    return new PrivateKey(KeyAlgorithm.ECDSA, null, KeyEncoding.PKCS8, KeyRotationPolicy.Always);
  }
}
