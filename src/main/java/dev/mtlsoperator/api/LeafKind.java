package dev.mtlsoperator.api;

import dev.mtlsoperator.api.ca.RootCA;

/** A kind of certificate that a {@link RootCA} can be asked for. */
public enum LeafKind {
  ServerCert,
  ClientCert
}
