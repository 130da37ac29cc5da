package dev.mtlsoperator.operator.http;

import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Serves the CRLs of the CAs' generations to verifiers that fetch them (RFC 5280 section 4.2.1.13):
 * {@code /<namespace>/<name>/<generation>.crl}, and answers OCSP requests at {@code /ocsp}, for all
 * CAs: a request names its issuer. It reads nothing but what is published.
 */
public final class CrlServer implements AutoCloseable {
  private final BoundedHttpServer server;

  private CrlServer(BoundedHttpServer server) {
    this.server = server;
  }

  /**
   * Opens the port and serves.
   *
   * @param port 0: any free one
   * @param gap why this process may not know a CRL that exists; empty: it knows all
   * @throws IOException when the port is taken
   */
  public static CrlServer start(
      int port,
      CrlSource crls,
      PublishedResponders responders,
      Supplier<Optional<String>> gap,
      UnexpectedExceptions exceptions,
      Clock clock)
      throws IOException {
    OcspDesk ocsp = new OcspDesk(responders, gap, exceptions, clock);
    return new CrlServer(
        BoundedHttpServer.start(port, "--crl-port", new RevocationSite(crls, ocsp, gap, clock)));
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
  }
}
