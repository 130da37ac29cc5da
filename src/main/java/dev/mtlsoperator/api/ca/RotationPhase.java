package dev.mtlsoperator.api.ca;

/** The phases of a CA's rotation. */
public enum RotationPhase {
  /** One generation is trusted and signs. */
  Stable,
  /** The next generation is being added to every trust bundle; the last one still signs. */
  Distributing,
  /** The next generation signs; certificates move to it. */
  Migrating,
  /** The last generation leaves the trust bundles. */
  Retiring
}
