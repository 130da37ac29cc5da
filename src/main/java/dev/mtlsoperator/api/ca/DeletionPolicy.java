package dev.mtlsoperator.api.ca;

/**
 * What happens to a CA's generation Secrets and trust bundles when its {@link RootCA} is deleted.
 */
public enum DeletionPolicy {
  /** They remain; a RootCA of the same name uses them again. */
  Retain,
  /** They are garbage collected together with it. */
  Delete
}
