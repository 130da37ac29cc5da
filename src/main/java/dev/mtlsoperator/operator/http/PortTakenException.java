package dev.mtlsoperator.operator.http;

import java.io.IOException;

/** Another process listens on the port; the message says which option chooses another one. */
public final class PortTakenException extends IOException {
  private static final long serialVersionUID = 1L;

  PortTakenException(int port, String option, Throwable cause) {
    super("port " + port + " is taken: choose another one with " + option, cause);
  }
}
