package dev.mtlsoperator.api;

/** A kind of certificate that a {@link RootCA} can be asked for. */
public enum LeafKind {
  ServerCert,
  ClientCert
}
