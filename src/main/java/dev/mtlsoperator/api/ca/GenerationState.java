package dev.mtlsoperator.api.ca;

/** What a generation of a CA does at present. */
public enum GenerationState {
  /** It is trusted, and will sign when everybody knows it. */
  Distributing,
  /** It signs. */
  Signing,
  /** It signed before; it is trusted while certificates of it are in use. */
  Retiring,
  /** It is not trusted any more. */
  Distrusted
}
