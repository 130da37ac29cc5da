package dev.mtlsoperator.cli;

import java.nio.file.Path;
import java.security.cert.X509Certificate;

/**
 * One line of the command's output.
 *
 * @param resource kind, namespace and name
 * @param what was done, such as {@code issued}
 * @param path the resource's folder
 * @param certificate in service now
 */
record IssuedLine(String resource, String what, Path path, X509Certificate certificate) {
  @Override
  public String toString() {
    return resource
        + ": "
        + what
        + ", serial "
        + certificate.getSerialNumber().toString(16)
        + ", valid until "
        + certificate.getNotAfter().toInstant()
        + ", "
        + path;
  }
}
