package dev.mtlsoperator.api.leaf;

/** Whether a renewed certificate gets a new private key. */
public enum KeyRotationPolicy {
  Always,
  Never
}
