package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.reconcile.context.Revocations.Progress;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.revocation.IssuedCertificates;
import dev.mtlsoperator.rotation.revocation.LeafRevocations;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What a run knows of the revocation of its leaf.
 *
 * @param found the certificate in the Secret as the run began, if a trusted generation signed it
 * @param asked the certificates that are to be revoked
 * @param pending how many of them no trust bundle was given a CRL for yet
 * @param lagging the RootCAs of those, with how far they are with the one that is least far
 * @param silent RootCAs of those, which publish no CRL
 */
record LeafRevocationView(
    Optional<IssuedCertificate> found,
    List<LeafRevocations.OfLeaf> asked,
    int pending,
    SortedMap<CAName, Progress> lagging,
    SortedSet<CAName> silent) {

  LeafRevocationView {
    asked = List.copyOf(asked);
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
      Function<CAName, Optional<RootCA>> rootCAs,
      Instant now) {
    List<LeafRevocations.OfLeaf> asked =
        LeafRevocations.of(leaf).stream().filter(c -> !c.isOver(now)).toList();
    SortedMap<CAName, Progress> lagging = new TreeMap<>();
    SortedSet<CAName> silent = new TreeSet<>();
    int pending = 0;
    for (LeafRevocations.OfLeaf certificate : asked) {
      CAName ca = certificate.ca();
      if (rootCAs.apply(ca).filter(root -> root.getSpec().revocation() != null).isEmpty()) {
        silent.add(ca);
        continue;
      }
      Progress progress = revocations.progress(certificate);
      boolean done =
          progress == Progress.DELIVERED
              || progress == Progress.GONE
              || (progress == Progress.UNKNOWN && isTold(leaf));
      if (!done) {
        pending++;
        lagging.merge(ca, progress, BinaryOperator.minBy(Comparator.naturalOrder()));
      }
    }
    return new LeafRevocationView(found, asked, pending, lagging, silent);
  }

  // a restart of the operator must not take back what the status told already
  private static boolean isTold(LeafCert<?> leaf) {
    LeafStatus status = leaf.getStatus();
    return leaf.getSpec().revoked() != null
        && status != null
        && Conditions.find(status.conditions(), Conditions.READY)
            .filter(
                ready ->
                    ready.status() == ConditionStatus.TRUE
                        && ready.reason().equals(Reason.Revoked.name()))
            .isPresent();
  }

  /**
   * The certificate in service as status lists it; empty: none is, or nothing proves its issuer.
   */
  static Optional<IssuedCertificate> inService(LeafCert<?> leaf, LeafFacts facts) {
    return facts
        .provenCertificate()
        .map(c -> IssuedCertificates.of(c.certificate(), leaf, c.generation()));
  }

  /** The RootCAs that still have to sign a CRL. */
  Set<CAName> unsigned() {
    return at(p -> p == Progress.UNKNOWN || p == Progress.ASKED);
  }

  /** Whether a RootCA is about to revoke something; no event tells when it has. */
  boolean isUnderWay() {
    return !at(p -> p != Progress.HELD_BACK && p != Progress.UNABLE).isEmpty();
  }

  private Set<CAName> at(Predicate<Progress> progress) {
    return lagging.entrySet().stream()
        .filter(ca -> progress.test(ca.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Why verifiers go on accepting what is to be revoked; empty: they do not. */
  Optional<Finding> unpublished() {
    List<String> why = new ArrayList<>();
    if (!silent.isEmpty()) {
      why.add(
          CAName.inWords(silent)
              + " has no spec.revocation, or does not exist: verifiers accept the revoked certificates until they expire. Give it revocation: {}");
    }
    Set<CAName> heldBack = at(p -> p == Progress.HELD_BACK);
    if (!heldBack.isEmpty()) {
      why.add(
          CAName.inWords(heldBack)
              + " has signed a CRL that the trust bundles do not get: verifiers accept the revoked certificates until they do. Its condition RevocationIncomplete tells why");
    }
    Set<CAName> unable = at(p -> p == Progress.UNABLE);
    if (!unable.isEmpty()) {
      why.add(
          CAName.inWords(unable)
              + " cannot sign a CRL with the generation that issued them, since the key usage of its certificate lacks cRLSign: verifiers accept the revoked certificates until they expire");
    }
    return why.isEmpty()
        ? Optional.empty()
        : Optional.of(new Finding(Reason.RevocationIncomplete, String.join(". ", why)));
  }
}
