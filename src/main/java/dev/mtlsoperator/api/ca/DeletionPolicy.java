package dev.mtlsoperator.api.ca;

/**
 * What becomes of a CA's generation Secrets and trust bundles when its {@link RootCA} is deleted.
 */
public enum DeletionPolicy {
  /** They stay; a RootCA of the same name takes them up again. */
  Retain,
  /** They are garbage collected with it. */
  Delete
}
