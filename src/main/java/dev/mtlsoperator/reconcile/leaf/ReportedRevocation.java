package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.Revoked;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.revocation.IssuedCertificates;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import dev.mtlsoperator.rotation.revocation.RevokeAnnotation;
import dev.mtlsoperator.secret.CachedMetadata;
import dev.mtlsoperator.secret.Templates.Part;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a leaf's status tells of its revocation. Pure.
 *
 * @param certificates the unexpired ones, with marks on those that are to be revoked
 * @param honoured the value of the {@code revoke} annotation that was carried out; null: none
 * @param incomplete why something is not revoked that was to be
 * @param isPending whether a RootCA is about to revoke something
 */
record ReportedRevocation(
    List<IssuedCertificate> certificates,
    @Nullable String honoured,
    Optional<Finding> incomplete,
    boolean isPending) {

  ReportedRevocation {
    certificates = List.copyOf(certificates);
  }

  /**
   * Derives it.
   *
   * @param seen the leaf after the run
   */
  static ReportedRevocation of(LeafObservation seen) {
    LeafCert<?> leaf = seen.leaf();
    LeafStatus before = leaf.getStatus();
    Optional<IssuedCertificate> current = LeafRevocationView.inService(leaf, seen.facts());
    List<IssuedCertificate> known =
        before == null ? List.of() : LeafRevocations.certificates(leaf, before);
    List<IssuedCertificate> all =
        marked(
            IssuedCertificates.with(
                known,
                Stream.concat(seen.revocation().found().stream(), current.stream()),
                seen.now()),
            leaf.getSpec().revoked());
    String asked = Part.ANNOTATIONS.of(leaf).get(Api.REVOKE_ANNOTATION);
    String value = asked == null ? null : CachedMetadata.request(asked);
    boolean pending = seen.revocation().isUnderWay();
    Optional<Finding> unpublished = seen.revocation().unpublished();
    // what was there at creation, or before a status was lost, asks for nothing: a restore revokes
    // nothing
    if (value == null || before == null || value.equals(before.revoke())) {
      boolean unlisted = before != null && before.certificates().isEmpty() && all.equals(known);
      return new ReportedRevocation(unlisted ? List.of() : all, value, unpublished, pending);
    }
    String inService = current.map(IssuedCertificate::serialNumber).orElse(null);
    RevokeAnnotation.Outcome outcome = RevokeAnnotation.apply(value, all, inService);
    return outcome instanceof RevokeAnnotation.Outcome.Marked marked
        ? new ReportedRevocation(marked.certificates(), value, unpublished, true)
        : new ReportedRevocation(
            all, null, Optional.of(((RevokeAnnotation.Outcome.Refused) outcome).why()), pending);
  }

  // they stay revoked when spec.revoked is taken back, even before a CRL was signed
  private static List<IssuedCertificate> marked(
      List<IssuedCertificate> all, @Nullable Revoked revoked) {
    return revoked == null
        ? all
        : all.stream().map(c -> c.revoked() == null ? c.with(revoked) : c).toList();
  }
}
