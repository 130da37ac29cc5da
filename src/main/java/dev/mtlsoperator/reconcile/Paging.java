package dev.mtlsoperator.reconcile;

/** How lists are read when a watch begins. */
public final class Paging {
  /**
   * Objects a page: ten thousand in one answer would need several times the memory that the caches
   * need for them.
   */
  public static final long PAGE = 500;

  private Paging() {}
}
