package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.kube.ApiErrors;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafQueueClass;
import dev.mtlsoperator.rotation.leaf.LeafRules;
import dev.mtlsoperator.secret.ca.GenerationReader;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** One run over one leaf: observe, decide, apply, report. */
final class LeafRun {
  // people filter logs by this name
  private static final Logger LOG = LoggerFactory.getLogger(LeafReconciler.class);

  /**
   * Each time the Secret was overtaken, the decision is made again on what the API server holds;
   * then events take over.
   */
  private static final int MOST_ATTEMPTS = 3;

  /** A cache that lags catches up, and so does another writer. */
  private static final Duration BEHIND = Duration.ofSeconds(1);

  /** When the trust bundle could not be written. */
  private static final Duration TRUST_AGAIN = Duration.ofSeconds(30);

  /** In case the event that is awaited gets lost. */
  private static final Duration AWAITED = Duration.ofSeconds(10);

  private final LeafCert<?> leaf;
  private final LeafTools tools;
  private final FairScheduler.Waiter waiter;
  private final ReconcileContext shared;
  private final SafetyChecks safety;
  private final GenerationReader reader;

  /**
   * A run over a leaf.
   *
   * @param waiter the leaf, as the scheduler knows it
   */
  LeafRun(LeafCert<?> leaf, LeafTools tools, FairScheduler.Waiter waiter) {
    this.leaf = leaf;
    this.tools = tools;
    this.waiter = waiter;
    this.shared = tools.shared();
    this.safety = shared.safety();
    this.reader = new GenerationReader(shared.seal());
  }

  /** Runs; what it throws is reported by {@link LeafReconciler}. */
  LeafReport run() {
    return switch (tools.firstLook().at(leaf)) {
      case AWAIT_CA -> {
        shared.scheduler().leave(waiter.who());
        yield LeafReport.silent(AWAITED);
      }
      case ASK_FOR_PERMIT -> {
        try (FairScheduler.Permit permit =
            shared.scheduler().ask(QueueClass.ISSUANCE, waiter).orElse(null)) {
          yield permit == null ? LeafReport.silent(FairScheduler.AT_LATEST) : observed();
        }
      }
      case OBSERVE -> observed();
    };
  }

  private LeafReport observed() {
    LeafObservation seen = tools.heldAndObserved(leaf, reader);
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      LeafAssessment assessment = LeafAssessment.of(seen.facts(), safety, seen.now());
      about(LOG.atDebug()).log("decided: {}", assessment.decision());
      Applied applied = apply(seen, assessment);
      if (!(applied.outcome() instanceof LeafOutcome.Overtaken overtaken)) {
        return report(applied);
      }
      seen = tools.observer().observe(leaf, overtaken.secret(), reader, seen.now());
    }
    attempts()
        .refused(
            leaf,
            "somebody else writes the Secret at the same time",
            seen.facts().trust().certificates());
    return LeafReport.silent(BEHIND);
  }

  /**
   * What was done.
   *
   * @param seen the leaf after that
   * @param assessment of the leaf after that
   */
  private record Applied(LeafObservation seen, LeafAssessment assessment, LeafOutcome outcome) {}

  private Applied apply(LeafObservation seen, LeafAssessment assessment) {
    LeafDecision decision = assessment.decision();
    if (decision instanceof LeafDecision.Await) {
      shared.scheduler().leave(waiter.who());
      return new Applied(seen, assessment, new LeafOutcome.Deferred(AWAITED));
    }
    if (decision instanceof LeafDecision.Revoke revoke) {
      shared.scheduler().leave(waiter.who());
      return revoke(seen, assessment, revoke);
    }
    Optional<QueueClass> queue =
        LeafQueueClass.of(decision, seen.facts(), leaf.getSpec().privateKey().rotationPolicy());
    if (queue.isEmpty()) {
      shared.scheduler().leave(waiter.who());
      return new Applied(
          seen,
          assessment,
          new LeafOutcome.Unchanged(tools.restarts().look(seen, waiter.meanwhile())));
    }
    try (FairScheduler.Permit permit = shared.scheduler().ask(queue.get(), waiter).orElse(null)) {
      if (permit == null) {
        meanwhile(seen, queue.get());
        return new Applied(seen, assessment, new LeafOutcome.Deferred(FairScheduler.AT_LATEST));
      }
      // what it waited for meanwhile, it would have to ask for again
      shared.scheduler().leave(waiter.meanwhile().who());
      if (!(decision instanceof LeafDecision.Relabel)
          && !tools.observer().areGenerationsCurrent(seen, reader)) {
        return new Applied(seen, assessment, new LeafOutcome.Deferred(BEHIND));
      }
      tools.restarts().noteBefore(seen);
      return write(seen, assessment);
    }
  }

  // it waits for no turn: others wait until it is refused
  private Applied revoke(
      LeafObservation seen, LeafAssessment assessment, LeafDecision.Revoke revoke) {
    LeafOutcome outcome = attempt(seen, revoke);
    return outcome instanceof LeafOutcome.Removed
        ? written(seen, null, outcome)
        : new Applied(seen, assessment, outcome);
  }

  private Applied write(LeafObservation seen, LeafAssessment assessment) {
    LeafOutcome first = attempt(seen, assessment.decision());
    if (first instanceof LeafOutcome.Overtaken) {
      return new Applied(seen, assessment, first);
    }
    if (assessment.decision() instanceof LeafDecision.Retrust retrust) {
      return orWithoutEncoding(seen, retrust, first) instanceof LeafOutcome.Written written
          ? written(seen, written.secret(), new LeafOutcome.Retrusted(written.why()))
          // its RootCA reports which leaves lack a certificate
          : new Applied(seen, assessment, new LeafOutcome.Deferred(TRUST_AGAIN));
    }
    if (first instanceof LeafOutcome.Written written) {
      return written(seen, written.secret(), written);
    }
    // what is refused now is refused every time: trust does not wait for it
    return LeafRules.trustMeanwhile(seen.facts()).map(retrust -> trust(seen, retrust)).orElse(first)
            instanceof LeafOutcome.Written trusted
        ? written(seen, trusted.secret(), first)
        : new Applied(seen, assessment, first);
  }

  // what follows from a write is derived from what was written
  private Applied written(LeafObservation seen, @Nullable Secret secret, LeafOutcome outcome) {
    LeafObservation after = tools.observer().written(seen, secret);
    return new Applied(after, LeafAssessment.of(after.facts(), safety, after.now()), outcome);
  }

  // the leaf will be called; trust does not wait for a key that takes long
  private void meanwhile(LeafObservation seen, QueueClass awaited) {
    Optional<LeafDecision.Retrust> trust =
        awaited == QueueClass.RSA_KEY ? LeafRules.trustMeanwhile(seen.facts()) : Optional.empty();
    if (trust.isEmpty()) {
      var unused = tools.restarts().look(seen, waiter.meanwhile());
      return;
    }
    try (FairScheduler.Permit permit =
        shared.scheduler().ask(QueueClass.ROTATION, waiter.meanwhile()).orElse(null)) {
      if (permit != null && tools.observer().areGenerationsCurrent(seen, reader)) {
        tools.restarts().noteBefore(seen);
        var unused = trust(seen, trust.get());
      }
    }
  }

  private LeafOutcome trust(LeafObservation seen, LeafDecision.Retrust retrust) {
    return orWithoutEncoding(seen, retrust, attempt(seen, retrust));
  }

  // a password that cannot be read after all
  private LeafOutcome orWithoutEncoding(
      LeafObservation seen, LeafDecision.Retrust retrust, LeafOutcome outcome) {
    if (outcome instanceof LeafOutcome.Blocked blocked
        && retrust.truststore() == LeafDecision.Truststore.ENCODED) {
      attempts().stopped(leaf, blocked.why());
      return attempt(
          seen, new LeafDecision.Retrust(retrust.why(), LeafRules.withoutEncoding(seen.facts())));
    }
    return outcome;
  }

  private LeafOutcome attempt(LeafObservation seen, LeafDecision decision) {
    long begun = System.nanoTime();
    try {
      LeafOutcome outcome = tools.actor().act(seen, decision, reader);
      if (decision instanceof LeafDecision.Retrust && outcome instanceof LeafOutcome.Written) {
        attempts().retrusted(leaf, seen.facts().trust().certificates(), seen.now());
      }
      tell(outcome, Duration.ofNanos(System.nanoTime() - begun));
      return outcome;
    } catch (KubernetesClientException e) {
      if (!ApiErrors.isNamespaceGoing(e)) {
        shared.listener().failed(leaf.getKind(), Reason.IssuanceFailed);
      }
      throw e;
    }
  }

  private void tell(LeafOutcome outcome, Duration took) {
    if (outcome instanceof LeafOutcome.Written written) {
      shared.listener().written(leaf.getKind(), written.why().reason(), took);
    } else if (outcome instanceof LeafOutcome.Failed failed) {
      shared.listener().failed(leaf.getKind(), failed.why().reason());
      about(LOG.atWarn())
          .addKeyValue("reason", failed.why().reason())
          .log("not issued: {}", failed.why().message());
    } else if (outcome instanceof LeafOutcome.Blocked blocked) {
      shared.listener().failed(leaf.getKind(), blocked.why().reason());
    }
  }

  private LeafReport report(Applied applied) {
    note(applied);
    LeafReport report = LeafReport.of(applied.seen(), applied.assessment(), applied.outcome());
    applied.seen().revocation().unsigned().forEach(shared.revocations()::call);
    if (applied.outcome() instanceof LeafOutcome.Written written) {
      log("written", written.why(), report.status().orElse(null));
    } else if (applied.outcome() instanceof LeafOutcome.Removed removed) {
      log("deleted", removed.why(), leaf.getStatus());
    } else if (applied.outcome() instanceof LeafOutcome.Retrusted retrusted) {
      log("written", retrusted.why(), leaf.getStatus());
    }
    return report;
  }

  // for the leaf's RootCA: a rotation does not wait for a leaf whose owner stops it
  private void note(Applied applied) {
    if (applied.outcome() instanceof LeafOutcome.Failed failed) {
      attempts().stopped(leaf, failed.why());
    } else if (applied.outcome() instanceof LeafOutcome.Blocked blocked) {
      // a RootCA whose key cannot be read waits for itself
      if (blocked.why().reason() != Reason.CANotAvailable) {
        attempts().stopped(leaf, blocked.why());
      }
    } else if (!(applied.outcome() instanceof LeafOutcome.Deferred)) {
      LeafDecision decision = applied.assessment().decision();
      if (decision instanceof LeafDecision.Keep) {
        attempts().upToDate(leaf);
      }
      decision.stoppedByItsOwner().ifPresent(why -> attempts().stopped(leaf, why));
    }
  }

  private LeafAttempts attempts() {
    return shared.leafAttempts();
  }

  private void log(String done, Finding why, @Nullable LeafStatus status) {
    if (status != null) {
      about(LOG.atInfo())
          .addKeyValue("secret", leaf.effectiveSecretName())
          .addKeyValue("serial", status.serialNumber())
          .addKeyValue("revision", status.revision())
          .addKeyValue("notAfter", status.notAfter())
          .addKeyValue("reason", why.reason())
          .log("Secret {}: {}", done, why.message());
    }
  }

  private LoggingEventBuilder about(LoggingEventBuilder event) {
    return event
        .addKeyValue("kind", leaf.getKind())
        .addKeyValue("namespace", leaf.getMetadata().getNamespace())
        .addKeyValue("name", leaf.getMetadata().getName());
  }
}
