package dev.mtlsoperator.api;

/** What happens to the objects that the operator wrote for a resource when that is deleted. */
public enum DeletionPolicy {
  /** They remain; a resource of the same kind and name uses them again. */
  Retain,
  /** They are garbage collected together with it. */
  Delete
}
