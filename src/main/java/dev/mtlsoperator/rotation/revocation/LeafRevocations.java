package dev.mtlsoperator.rotation.revocation;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.RevokedReason;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.Revoked;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Instant;
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

  /** A certificate to be revoked, the RootCA that signed it and the generation of that. */
  public record OfLeaf(CAName ca, int generation, RevocationRequest request) {
    /** Whether it has expired: no CRL lists it then. */
    public boolean isOver(Instant now) {
      return request.notAfter().filter(end -> !now.isBefore(end)).isPresent();
    }
  }

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
    List<IssuedCertificate> certificates = certificates(leaf, status);
    return all != null
        ? all(certificates, all)
        : certificates.stream()
            .filter(c -> !IssuedCertificates.isInService(c, status.serialNumber()))
            .flatMap(c -> c.revoked() == null ? Stream.empty() : request(c, c.revoked()).stream())
            .toList();
  }

  /**
   * All certificates in the status of a leaf that was deleted and that the finalizer of {@code
   * revokeOnDelete} keeps; of any other leaf what {@link #of} tells.
   */
  public static List<OfLeaf> withDeletion(LeafCert<?> leaf) {
    LeafStatus status = leaf.getStatus();
    boolean asked = leaf.getSpec() != null && leaf.getSpec().revoked() != null;
    return status == null
            || asked
            || leaf.getMetadata().getDeletionTimestamp() == null
            || !isHeld(leaf)
        ? of(leaf)
        : all(certificates(leaf, status), new Revoked(RevokedReason.CessationOfOperation));
  }

  /** Whether a leaf has the finalizer of {@code revokeOnDelete}. */
  public static boolean isHeld(HasMetadata leaf) {
    List<String> finalizers = leaf.getMetadata().getFinalizers();
    return finalizers != null && finalizers.contains(Api.REVOKE_FINALIZER);
  }

  /**
   * All of these certificates, each for the reason that it is marked with, if it is.
   *
   * @param revoked the reason of the others
   */
  public static List<OfLeaf> all(List<IssuedCertificate> certificates, Revoked revoked) {
    return certificates.stream()
        .flatMap(c -> request(c, c.revoked() == null ? revoked : c.revoked()).stream())
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
