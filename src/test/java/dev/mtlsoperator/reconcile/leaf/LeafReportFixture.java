package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the reconciler of leaves reads and reports, for tests in other packages. */
public final class LeafReportFixture {
  private LeafReportFixture() {}

  /** A report that writes a status. */
  public record Told(LeafStatus status, Duration next) {}

  /** What is reported when issuing failed. */
  public static Told afterAFailure(
      LeafCert<?> leaf, Secret secret, LeafAssessment assessment, Finding why, Instant now) {
    LeafReport report =
        LeafReport.of(
            new LeafObservation(
                leaf,
                secret,
                assessment.facts(),
                List.of(),
                LeafRevocationView.of(
                    leaf, Optional.empty(), new Revocations(), ca -> Optional.empty(), now),
                now),
            assessment,
            new LeafOutcome.Failed(why));
    return new Told(report.status().orElseThrow(), report.next());
  }

  /** The {@code renew} annotation as the status has it. */
  public static @Nullable String renew(LeafCert<?> leaf) {
    return LeafObserver.renew(leaf);
  }
}
