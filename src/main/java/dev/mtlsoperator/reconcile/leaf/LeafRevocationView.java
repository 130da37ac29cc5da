package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.revocation.IssuedCertificates;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a run knows of the revocation of its leaf.
 *
 * @param found the certificate in the Secret as the run began, if a trusted generation signed it
 * @param asked the certificates that are to be revoked
 * @param pending those of them that are not on a CRL yet
 * @param silent RootCAs of those, which publish no CRL
 */
record LeafRevocationView(
    Optional<IssuedCertificate> found,
    List<LeafRevocations.OfLeaf> asked,
    List<LeafRevocations.OfLeaf> pending,
    SortedSet<CAName> silent) {

  LeafRevocationView {
    asked = List.copyOf(asked);
    pending = List.copyOf(pending);
  }

  /**
   * Looks at a leaf.
   *
   * @param rootCAs by name
   */
  static LeafRevocationView of(
      LeafCert<?> leaf,
      Optional<IssuedCertificate> found,
      Revocations revocations,
      Function<CAName, Optional<RootCA>> rootCAs) {
    List<LeafRevocations.OfLeaf> asked = LeafRevocations.of(leaf);
    List<LeafRevocations.OfLeaf> pending = new ArrayList<>();
    SortedSet<CAName> silent = new TreeSet<>();
    for (LeafRevocations.OfLeaf certificate : asked) {
      if (rootCAs
          .apply(certificate.ca())
          .filter(ca -> ca.getSpec().revocation() != null)
          .isEmpty()) {
        silent.add(certificate.ca());
      } else if (!revocations.isRevoked(certificate)) {
        pending.add(certificate);
      }
    }
    return new LeafRevocationView(found, asked, pending, silent);
  }

  /**
   * The certificate in service as status lists it; empty: none is, or nothing proves its issuer.
   */
  static Optional<IssuedCertificate> inService(LeafCert<?> leaf, LeafFacts facts) {
    return facts
        .provenCertificate()
        .map(c -> IssuedCertificates.of(c.certificate(), leaf, c.generation()));
  }

  /** The RootCAs that still have to revoke something. */
  SortedSet<CAName> pendingCas() {
    return pending.stream()
        .map(LeafRevocations.OfLeaf::ca)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** That certificates are to be revoked by a RootCA that publishes no CRL; empty: none are. */
  Optional<Finding> unpublished() {
    return silent.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.RevocationIncomplete,
                silent.stream()
                        .map(ca -> "RootCA '" + ca + "'")
                        .collect(Collectors.joining(" and "))
                    + " has no spec.revocation, or does not exist: verifiers accept the revoked certificates until they expire. Give it revocation: {}"));
  }
}
