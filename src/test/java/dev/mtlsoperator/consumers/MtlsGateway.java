package dev.mtlsoperator.consumers;

import java.io.IOException;

/** A running gateway that lets in only clients with a certificate. */
public interface MtlsGateway extends AutoCloseable {
  int port();

  /** Makes it read its files again; returns before it has. One that watches them needs nothing. */
  default void reload() throws IOException, InterruptedException {}

  /** What it said so far. */
  String log() throws IOException;

  /** Ends it, workers too. */
  @Override
  void close();
}
