package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The list of a leaf's unexpired certificates in its status. Pure. */
public final class IssuedCertificates {
  /** The bound of the schema. */
  private static final int MOST = 128;

  private IssuedCertificates() {}

  /**
   * A certificate as the list has it.
   *
   * @param generation of the RootCA that signed it
   */
  public static IssuedCertificate of(
      X509Certificate certificate, LeafCert<?> leaf, int generation) {
    return new IssuedCertificate(
        SerialNumber.text(certificate.getSerialNumber()),
        certificate.getNotAfter().toInstant().toString(),
        leaf.signingCA().toString(),
        generation,
        null);
  }

  /**
   * The list with further certificates, without those that have expired; the newest if there are
   * too many. What is marked stays marked.
   */
  public static List<IssuedCertificate> with(
      List<IssuedCertificate> before, Stream<IssuedCertificate> further, Instant now) {
    Map<String, IssuedCertificate> all = new LinkedHashMap<>();
    Stream.concat(before.stream(), further)
        .filter(c -> Timestamps.parse(c.notAfter()).filter(now::isBefore).isPresent())
        .forEach(c -> all.putIfAbsent(c.rootCA() + " " + c.serialNumber(), c));
    List<IssuedCertificate> sorted = new ArrayList<>(all.values());
    sorted.sort(Comparator.comparing(IssuedCertificate::notAfter));
    return List.copyOf(sorted.subList(Math.max(0, sorted.size() - MOST), sorted.size()));
  }

  /** Whether the certificate in service is marked to be revoked. */
  public static boolean isCurrentMarked(LeafCert<?> leaf) {
    LeafStatus status = leaf.getStatus();
    return status != null
        && status.certificates().stream()
            .anyMatch(c -> c.revoked() != null && isInService(c, status.serialNumber()));
  }

  /** Whether a certificate has the serial number of the one in service. */
  static boolean isInService(IssuedCertificate certificate, @Nullable String serial) {
    return serial != null
        && SerialNumber.read(serial)
            .filter(own -> SerialNumber.read(certificate.serialNumber()).equals(Optional.of(own)))
            .isPresent();
  }

  /** A certificate of the list by its serial number. */
  static Optional<IssuedCertificate> find(List<IssuedCertificate> all, String serial) {
    return all.stream().filter(c -> isInService(c, serial)).findFirst();
  }
}
