package dev.mtlsoperator.cli;

import dev.mtlsoperator.pki.advice.Advisory;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * One line of the command's output.
 *
 * @param resource kind, namespace and name
 * @param what was done, such as {@code issued}
 * @param path the resource's folder
 * @param certificate in service now; empty: the leaf is revoked
 * @param advisory who will refuse it
 */
record IssuedLine(
    String resource,
    String what,
    Path path,
    Optional<X509Certificate> certificate,
    Advisory advisory) {
  /** What to warn of, a line each. */
  List<String> warnings() {
    return advisory.lines().stream().map(line -> "warning: " + resource + ": " + line).toList();
  }

  @Override
  public String toString() {
    return resource + ": " + what + certificate.map(IssuedLine::inWords).orElse("") + ", " + path;
  }

  private static String inWords(X509Certificate certificate) {
    return ", serial "
        + SerialNumber.text(certificate.getSerialNumber())
        + ", valid until "
        + certificate.getNotAfter().toInstant();
  }
}
