package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.Revoked;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of a leaf that are to be revoked, as its spec and status tell. Only the operator
 * writes a status: no author of a leaf can name a certificate that was not issued for it.
 */
public final class LeafRevocations {
  private LeafRevocations() {}

  /** A certificate of a leaf, the RootCA that signed it and the generation of that. */
  public record OfLeaf(CAName ca, int generation, RevocationRequest request) {}

  /**
   * All certificates in the status of a leaf with {@code spec.revoked}; of any other leaf those
   * that its status marks, except the one in service: its successor comes first.
   */
  public static List<OfLeaf> of(LeafCert<?> leaf) {
    Revoked all = leaf.getSpec() == null ? null : leaf.getSpec().revoked();
    LeafStatus status = leaf.getStatus();
    if (status == null) {
      return List.of();
    }
    return certificates(leaf, status).stream()
        .filter(
            c ->
                all != null
                    || (c.revoked() != null
                        && !IssuedCertificates.isInService(c, status.serialNumber())))
        .flatMap(c -> request(c, c.revoked() == null ? all : c.revoked()).stream())
        .toList();
  }

  /**
   * The unexpired certificates of a leaf as its status has them; one that was written by a release
   * that did not list them has the one in service.
   */
  public static List<IssuedCertificate> certificates(LeafCert<?> leaf, LeafStatus status) {
    return status.certificates().isEmpty()
        ? Stream.ofNullable(inService(leaf, status)).toList()
        : status.certificates();
  }

  private static @Nullable IssuedCertificate inService(LeafCert<?> leaf, LeafStatus status) {
    String serial = status.serialNumber();
    String end = status.notAfter();
    Integer generation = status.caGeneration();
    return serial == null || end == null || generation == null
        ? null
        : new IssuedCertificate(serial, end, leaf.signingCA().toString(), generation, null);
  }

  private static Optional<OfLeaf> request(IssuedCertificate certificate, @Nullable Revoked why) {
    return SerialNumber.read(certificate.serialNumber())
        .flatMap(
            serial ->
                CAName.parse(certificate.rootCA())
                    .map(
                        ca ->
                            new OfLeaf(
                                ca,
                                certificate.caGeneration(),
                                new RevocationRequest(
                                    serial,
                                    Timestamps.parse(certificate.notAfter()),
                                    RevocationRequests.reason(
                                        why == null ? null : why.reason())))));
  }
}
