package dev.mtlsoperator.api;

/** Whether a renewed certificate gets a new private key. */
public enum KeyRotationPolicy {
  Always,
  Never
}
