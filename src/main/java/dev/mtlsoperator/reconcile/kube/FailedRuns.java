package dev.mtlsoperator.reconcile.kube;

import dev.mtlsoperator.api.ConditionStatus;
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
 * What becomes of reconciliations that end with an exception. One of the API server's that may be
 * over the next time is the framework's to try again. All others are told in status: what is in
 * service stays, and the run is tried again with a pause that grows.
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

  /** What to tell, and when to try again. */
  public record Told(Finding why, Duration next) {}

  /** One has failed; empty: the framework tries again, and nothing is told. */
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
                    + ". What is in service stays, and it is tried again; the operator's log tells"
                    + " where it happened: please report it"),
            pause(resource)));
  }

  /** One reconciliation, whose exceptions are such that the framework goes on after them. */
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

  /** Status of a RootCA whose reconciliation failed: all else stands as it was told last. */
  public static RootCAStatus status(RootCA ca, Finding why, Instant now) {
    RootCAStatus before = ca.getStatus();
    Conditions conditions =
        new Conditions(
                before == null ? List.of() : before.conditions(),
                ca.getMetadata().getGeneration(),
                now)
            .notReady(why)
            .abnormal(Conditions.STALLED, why)
            .carryOver(Conditions.TRUST_BLOCKED);
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
            before.history());
  }

  /**
   * The same of a leaf: one that was Ready for the spec as it stands stays so while its certificate
   * lasts.
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
    conditions.carryOver(Conditions.RESTART_BLOCKED);
    return before == null
        ? new LeafStatus(
            generation,
            conditions.toList(),
            leaf.effectiveSecretName(),
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
            null)
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
            before.failures());
  }

  private static boolean isInService(LeafStatus status, long generation, Instant now) {
    return Conditions.find(status.conditions(), Conditions.READY)
            .filter(ready -> ready.status() == ConditionStatus.TRUE)
            .filter(ready -> ready.observedGeneration() == generation)
            .isPresent()
        && Timestamps.parse(status.notAfter()).filter(now::isBefore).isPresent();
  }
}
