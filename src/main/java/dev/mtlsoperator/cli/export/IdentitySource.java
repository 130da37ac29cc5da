package dev.mtlsoperator.cli.export;

import java.io.IOException;

/** Where certificates are: in a cluster, or in a folder that {@code issue} wrote. */
interface IdentitySource {
  /**
   * Reads a certificate with its key.
   *
   * @throws dev.mtlsoperator.cli.UserError if it is not there, or not usable
   */
  Identity read(LeafName name) throws IOException;
}
