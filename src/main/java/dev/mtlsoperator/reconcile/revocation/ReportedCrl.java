package dev.mtlsoperator.reconcile.revocation;

import dev.mtlsoperator.api.ca.CrlStatus;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.rotation.revocation.KnownCrls;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Derives what a RootCA's status says about its CRLs. Pure. */
public final class ReportedCrl {
  private ReportedCrl() {}

  /** The status; empty: there is no CRL. */
  public static Optional<CrlStatus> of(RevocationView view) {
    KnownCrls known = view.facts().known();
    List<Crl> inBundle =
        view.facts().inBundle().stream().flatMap(g -> known.of(g.number()).stream()).toList();
    return inBundle.stream()
        .map(Crl::thisUpdate)
        .max(Instant::compareTo)
        .map(
            latest ->
                new CrlStatus(
                    known.highestNumber().max(view.facts().reportedNumber()).toString(),
                    latest.toString(),
                    inBundle.stream()
                        .map(Crl::nextUpdate)
                        .min(Instant::compareTo)
                        .orElseThrow()
                        .toString(),
                    known.revoked(),
                    view.publication() == RevocationView.Publication.PUBLISHED));
  }
}
