package dev.mtlsoperator.api.leaf;

/** Forms of the same key and certificate that some consumers want beside PEM and PKCS#12. */
public enum AdditionalFormat {
  /** {@code tls-combined.pem}: key, certificate and chain in one file, as HAProxy reads it. */
  CombinedPEM,
  /** {@code key.der}: the PKCS#8 key in DER. */
  DER
}
