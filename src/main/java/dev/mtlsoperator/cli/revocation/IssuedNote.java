package dev.mtlsoperator.cli.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The unexpired certificates of a leaf as a line of its notes; in the cluster its status lists
 * them. Each is its serial number, its end and the RootCA that signed it.
 */
public final class IssuedNote {
  /** Without a cluster a CA has one generation. */
  private static final int GENERATION = 1;

  private static final int PARTS = 3;

  private IssuedNote() {}

  /** A certificate as the list has it. */
  public static IssuedCertificate of(X509Certificate certificate, CAName signer) {
    return new IssuedCertificate(
        SerialNumber.text(certificate.getSerialNumber()),
        certificate.getNotAfter().toInstant().toString(),
        signer.toString(),
        GENERATION,
        null);
  }

  /** Writes the list. */
  public static String text(List<IssuedCertificate> certificates) {
    return certificates.stream()
        .map(c -> c.serialNumber() + " " + c.notAfter() + " " + c.rootCA())
        .collect(Collectors.joining(","));
  }

  /**
   * Reads what {@link #text} writes.
   *
   * @throws IllegalArgumentException if it is something else: a certificate would be forgotten
   */
  public static List<IssuedCertificate> parse(String text) {
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(IssuedNote::entry).toList();
  }

  private static IssuedCertificate entry(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length != PARTS
        || SerialNumber.read(parts[0]).isEmpty()
        || Timestamps.parse(parts[1]).isEmpty()
        || CAName.parse(parts[2]).isEmpty()) {
      throw new IllegalArgumentException("not a serial number, a time and a RootCA");
    }
    return new IssuedCertificate(parts[0], parts[1], parts[2], GENERATION, null);
  }
}
