package dev.mtlsoperator.api.ca;

/** The phases of a CA's life. */
public enum RotationPhase {
  /** One generation is trusted and signs. */
  Stable,
  /** The next generation is on its way into every trust bundle; the last one still signs. */
  Distributing,
  /** The next generation signs; certificates move to it. */
  Migrating,
  /** The last generation leaves the trust bundles. */
  Retiring
}
