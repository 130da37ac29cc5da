package dev.mtlsoperator.api;

import dev.mtlsoperator.api.ca.RootCA;

/** A kind of certificate that a {@link RootCA} can be asked for. */
public enum LeafKind {
  ServerCert(Usage.SERVER),
  ClientCert(Usage.CLIENT);

  private final Usage usage;

  LeafKind(Usage usage) {
    this.usage = usage;
  }

  /** What every certificate of this kind is for. */
  public Usage usage() {
    return usage;
  }
}
