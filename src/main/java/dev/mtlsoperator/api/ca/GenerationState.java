package dev.mtlsoperator.api.ca;

/** The state of a CA's generation. */
public enum GenerationState {
  /** It is trusted, and will sign when every trust bundle contains it. */
  Distributing,
  /** It signs. */
  Signing,
  /** It no longer signs; it is trusted while its certificates are in use. */
  Retiring,
  /** It is no longer trusted. */
  Distrusted
}
