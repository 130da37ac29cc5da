package dev.mtlsoperator.api.ca;

/** How a {@link TrustBundle} is divided among objects. */
public enum TrustBundleSplit {
  /** One object for each certificate. */
  PerCertificate
}
