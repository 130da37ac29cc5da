package dev.mtlsoperator.api.leaf;

/** Formats of the key and certificate that some consumers need instead of PEM or PKCS#12. */
public enum AdditionalFormat {
  /** {@code tls-combined.pem}: key, certificate and chain in one file, as HAProxy reads it. */
  CombinedPEM,
  /** {@code key.der}: the PKCS#8 key in DER. */
  DER
}
