package dev.mtlsoperator.reconcile.kube;

import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Handles reconciliations that end with an exception. The framework retries transient errors of the
 * API server. All other failures are reported in status: certificates in use stay, and the
 * reconciliation is retried with growing pauses.
 */
public final class FailedRuns {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final int MOST_DOUBLINGS = 6;
  private static final int MOST_REMEMBERED = 10_000;

  private final UnexpectedExceptions exceptions;
  private final Map<String, Integer> inARow = RecentlyUsed.atMost(MOST_REMEMBERED);

  public FailedRuns(UnexpectedExceptions exceptions) {
    this.exceptions = exceptions;
  }

  /** What to report, and when to retry. */
  public record Told(Finding why, Duration next) {}

  /** Handles a failure; empty: the framework retries, and nothing is reported. */
  public Optional<Told> failed(HasMetadata resource, Exception failure) {
    Optional<KubernetesClientException> answer = ApiErrors.in(failure);
    if (answer.isPresent()) {
      return ApiErrors.refusal(answer.orElseThrow())
          .map(said -> new Told(new Finding(Reason.IssuanceFailed, said), pause(resource)));
    }
    exceptions.met(Part.of(resource), resource, failure);
    return Optional.of(
        new Told(
            new Finding(
                Reason.InternalError,
                "reconciling this "
                    + resource.getKind()
                    + " ended with "
                    + UnexpectedExceptions.classes(failure)
                    + ". Certificates in use stay, and the operator retries; its log tells where it"
                    + " happened: please report it"),
            pause(resource)));
  }

  /** Runs one reconciliation, and turns errors into exceptions that the framework survives. */
  public <R extends HasMetadata> UpdateControl<R> run(R resource, Supplier<UpdateControl<R>> what) {
    try {
      UpdateControl<R> control = what.get();
      inARow.remove(resource.getMetadata().getUid());
      return control;
    } catch (KubernetesClientException e) {
      if (ApiErrors.isNamespaceGoing(e)) {
        return UpdateControl.noUpdate();
      }
      throw e;
    } catch (StackOverflowError | LinkageError e) {
      // after an error the framework (JOSDK 5.3.2) would never reconcile this resource again
      throw new IllegalStateException(e);
    }
  }

  private Duration pause(HasMetadata resource) {
    int before = inARow.merge(resource.getMetadata().getUid(), 1, Integer::sum) - 1;
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(before, MOST_DOUBLINGS));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  /** Status of a RootCA whose reconciliation failed: all but the conditions stays. */
  public static RootCAStatus status(RootCA ca, Finding why, Instant now) {
    RootCAStatus before = ca.getStatus();
    Conditions conditions =
        new Conditions(
                before == null ? List.of() : before.conditions(),
                ca.getMetadata().getGeneration(),
                now)
            .notReady(why)
            .abnormal(Conditions.STALLED, why)
            .carryOver(Conditions.TRUST_BLOCKED)
            .carryOver(Conditions.ADVISORY);
    return before == null
        ? new RootCAStatus(
            ca.getMetadata().getGeneration(),
            conditions.toList(),
            null,
            List.of(),
            null,
            null,
            null,
            null,
            null,
            null,
            null)
        : new RootCAStatus(
            ca.getMetadata().getGeneration(),
            conditions.toList(),
            before.trustConfigMapName(),
            before.generations(),
            before.notAfter(),
            before.rotation(),
            before.additionalTrustDigest(),
            before.rotate(),
            before.adopt(),
            before.history(),
            before.crl());
  }

  /**
   * The same for a leaf, which stays Ready if it was for this generation of its spec and its
   * certificate has not expired.
   */
  public static LeafStatus status(LeafCert<?> leaf, Finding why, Instant now) {
    LeafStatus before = leaf.getStatus();
    long generation = leaf.getMetadata().getGeneration();
    Conditions conditions =
        new Conditions(before == null ? List.of() : before.conditions(), generation, now);
    if (before != null && isInService(before, generation, now)) {
      conditions.carryOver(Conditions.READY).abnormal(Conditions.RENEWAL_BLOCKED, why);
    } else {
      conditions.notReady(why).abnormal(Conditions.STALLED, why);
    }
    conditions.carryOver(Conditions.RESTART_BLOCKED).carryOver(Conditions.ADVISORY);
    return before == null
        ? neverReported(generation, conditions, leaf.effectiveSecretName())
        : new LeafStatus(
            generation,
            conditions.toList(),
            before.secretName(),
            before.serialNumber(),
            before.notBefore(),
            before.notAfter(),
            before.renewalTime(),
            before.fingerprint(),
            before.caGeneration(),
            before.revision(),
            before.secretDigest(),
            before.renew(),
            before.lastIssuance(),
            before.failures(),
            before.certificates(),
            before.revoke());
  }

  private static LeafStatus neverReported(
      long generation, Conditions conditions, String secretName) {
    return new LeafStatus(
        generation,
        conditions.toList(),
        secretName,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        List.of(),
        null);
  }

  private static boolean isInService(LeafStatus status, long generation, Instant now) {
    return Conditions.find(status.conditions(), Conditions.READY)
            .filter(ready -> ready.status() == ConditionStatus.TRUE)
            .filter(ready -> ready.observedGeneration() == generation)
            .isPresent()
        && Timestamps.parse(status.notAfter()).filter(now::isBefore).isPresent();
  }
}
