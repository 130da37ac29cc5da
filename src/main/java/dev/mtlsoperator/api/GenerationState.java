package dev.mtlsoperator.api;

/** What a generation of a CA does at present. */
public enum GenerationState {
  /** It signs. */
  Signing,
  /** It is trusted, but another generation signs. */
  Trusted
}
