package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Failures;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.leaf.LastIssuance;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.FailSafe;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafRules;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The status that follows from a run, and when the leaf is looked at next. Pure.
 *
 * @param status empty: it is not written
 */
record LeafReport(Optional<LeafStatus> status, Duration next) {
  /** The longest time between two looks: what no event told is noticed then. */
  private static final Duration FAIL_SAFE = FailSafe.INTERVAL;

  /** No event tells that somebody else's Secret was deleted, or that a clock was set right. */
  private static final Duration CONFLICT_PACE = Duration.ofSeconds(30);

  /** While certificates are to be revoked that are on no CRL yet. */
  private static final Duration PENDING_PACE = Duration.ofSeconds(1);

  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_BACK_OFF = LeafRules.LONGEST_PAUSE;
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Set<Reason> CLOCK = Set.of(Reason.ClockSkewed, Reason.ClockJumped);

  /** The bound of the schema; RFC 5280 section 4.1.2.2 allows 40 digits. */
  private static final int LONGEST_SERIAL = 64;

  /** The bound of the schema. */
  private static final int MOST_FAILURES = 1_000_000;

  /** A report that does not touch the status. */
  static LeafReport silent(Duration next) {
    return new LeafReport(Optional.empty(), next);
  }

  /**
   * The report of a run.
   *
   * @param seen the leaf after the run
   * @param assessment of the leaf after the run
   */
  static LeafReport of(LeafObservation seen, LeafAssessment assessment, LeafOutcome outcome) {
    if (outcome instanceof LeafOutcome.Deferred deferred) {
      return silent(deferred.next());
    }
    Failures failures = failures(seen, outcome);
    LeafDecision decision = decision(seen, assessment, outcome);
    Restarts.Outcome workloads =
        outcome instanceof LeafOutcome.Unchanged unchanged
            ? unchanged.workloads()
            : LeafRestarts.afterAWrite(seen.leaf());
    Duration next = next(decision, assessment.certificate(), failures, seen.now());
    if (workloads.next().compareTo(next) < 0) {
      next = workloads.next();
    }
    ReportedRevocation revoked = ReportedRevocation.of(seen);
    boolean soon =
        revoked.isPending() || (outcome instanceof LeafOutcome.Retrusted && isUntold(seen));
    if (soon && PENDING_PACE.compareTo(next) < 0) {
      next = PENDING_PACE;
    }
    return outcome instanceof LeafOutcome.Retrusted
        ? silent(next)
        : new LeafReport(
            Optional.of(
                status(
                    seen,
                    assessment,
                    outcome,
                    new LeafConditions(seen, assessment, decision, outcome, workloads, revoked),
                    failures,
                    revoked)),
            next);
  }

  // a change of trust alone writes no status: the next run tells what the Secret lacks
  private static boolean isUntold(LeafObservation seen) {
    LeafStatus before = seen.leaf().getStatus();
    return before != null
        && seen.facts().crls().lacking().isEmpty()
            == Conditions.find(before.conditions(), Conditions.REVOCATION_INCOMPLETE).isPresent();
  }

  // what was refused while it was carried out is reported like what was refused beforehand
  private static LeafDecision decision(
      LeafObservation seen, LeafAssessment assessment, LeafOutcome outcome) {
    if (outcome instanceof LeafOutcome.Failed failed) {
      return new LeafDecision.Pause(failed.why(), seen.now());
    }
    return outcome instanceof LeafOutcome.Blocked blocked
        ? new LeafDecision.Blocked(blocked.why())
        : assessment.decision();
  }

  private static LeafStatus status(
      LeafObservation seen,
      LeafAssessment assessment,
      LeafOutcome outcome,
      LeafConditions conditions,
      @Nullable Failures failures,
      ReportedRevocation revoked) {
    LeafCert<?> leaf = seen.leaf();
    Optional<LeafStatus> before = Optional.ofNullable(leaf.getStatus());
    Optional<SecretState.Managed> managed = seen.facts().state().managed();
    Optional<X509Certificate> certificate = assessment.certificate();
    return new LeafStatus(
        leaf.getMetadata().getGeneration(),
        conditions.toList(),
        leaf.effectiveSecretName(),
        certificate.map(c -> serialNumber(c, before)).orElse(null),
        certificate.map(c -> c.getNotBefore().toInstant().toString()).orElse(null),
        certificate.map(c -> c.getNotAfter().toInstant().toString()).orElse(null),
        assessment.renewalTime().map(Instant::toString).orElse(null),
        certificate.map(c -> Fingerprint.of(c).text()).orElse(null),
        managed
            .map(SecretState.Managed::caGeneration)
            .orElse(before.map(LeafStatus::caGeneration).orElse(null)),
        managed
            .map(SecretState.Managed::revision)
            .orElse(before.map(LeafStatus::revision).orElse(null)),
        secretDigest(seen, outcome),
        renew(seen, outcome),
        lastIssuance(seen, certificate, outcome),
        failures,
        revoked.certificates(),
        revoked.honoured());
  }

  // a certificate that somebody put there may have any: the API server would refuse the status.
  // Earlier releases wrote it in lower case: that alone is no reason to write a status
  private static String serialNumber(X509Certificate certificate, Optional<LeafStatus> before) {
    BigInteger serial = certificate.getSerialNumber();
    String hex = SerialNumber.text(serial);
    return before
        .map(LeafStatus::serialNumber)
        .filter(text -> SerialNumber.read(text).equals(Optional.of(serial)))
        .orElse(hex.length() <= LONGEST_SERIAL ? hex : hex.substring(0, LONGEST_SERIAL - 1) + "…");
  }

  // of the content that was issued last: what only the seal tells (tampering, a note under the
  // seal, a change of trust alone) leaves the digest as it was
  private static @Nullable String secretDigest(LeafObservation seen, LeafOutcome outcome) {
    LeafStatus before = seen.leaf().getStatus();
    String reported = before == null ? null : before.secretDigest();
    boolean intact =
        seen.facts()
            .state()
            .untampered()
            .filter(managed -> managed.truststore().isEmpty())
            .isPresent();
    boolean same =
        reported != null && !(outcome instanceof LeafOutcome.Written) && isReported(seen);
    return seen.secret() == null || !intact || same ? reported : SecretData.digest(seen.secret());
  }

  private static @Nullable String renew(LeafObservation seen, LeafOutcome outcome) {
    if (outcome instanceof LeafOutcome.Written written) {
      return LeafSecret.renew(written.secret());
    }
    LeafStatus before = seen.leaf().getStatus();
    return seen.facts()
        .state()
        .managed()
        .map(SecretState.Managed::renew)
        .orElse(before == null ? null : before.renew());
  }

  // whether the status tells of the certificate in service already
  private static boolean isReported(LeafObservation seen) {
    LeafStatus before = seen.leaf().getStatus();
    Integer revision = before == null ? null : before.revision();
    return revision != null
        && seen.facts()
            .state()
            .managed()
            .filter(managed -> managed.revision() == revision)
            .isPresent();
  }

  private static @Nullable LastIssuance lastIssuance(
      LeafObservation seen, Optional<X509Certificate> certificate, LeafOutcome outcome) {
    LeafStatus before = seen.leaf().getStatus();
    if (isReported(seen) || certificate.isEmpty()) {
      return before == null ? null : before.lastIssuance();
    }
    // the reason is not known if it was written before a crash, or its status was lost
    Reason reason =
        outcome instanceof LeafOutcome.Written written ? written.why().reason() : Reason.Issued;
    return new LastIssuance(reason.name(), seen.now().toString());
  }

  private static @Nullable Failures failures(LeafObservation seen, LeafOutcome outcome) {
    LeafStatus before = seen.leaf().getStatus();
    Failures last = before == null ? null : before.failures();
    if (!(outcome instanceof LeafOutcome.Failed)) {
      return outcome instanceof LeafOutcome.Written ? null : last;
    }
    int count = last == null ? 1 : Math.max(0, Math.min(last.count(), MOST_FAILURES)) + 1;
    Duration backOff = FIRST_BACK_OFF.multipliedBy(1L << Math.min(count - 1, 20));
    if (backOff.compareTo(LONGEST_BACK_OFF) > 0) {
      backOff = LONGEST_BACK_OFF;
    }
    return new Failures(count, seen.now().toString(), seen.now().plus(backOff).toString());
  }

  private static Duration next(
      LeafDecision decision,
      Optional<X509Certificate> certificate,
      @Nullable Failures failures,
      Instant now) {
    Stream<Instant> deadlines = deadline(decision, certificate, now).stream();
    Stream<Instant> retry =
        failures == null ? Stream.empty() : Timestamps.parse(failures.nextTry()).stream();
    return Stream.concat(deadlines, retry)
        .map(deadline -> Duration.between(now, deadline))
        .filter(wait -> !wait.isNegative())
        .map(wait -> wait.compareTo(SHORTEST) < 0 ? SHORTEST : wait)
        .min(Duration::compareTo)
        .filter(wait -> wait.compareTo(FAIL_SAFE) < 0)
        .orElse(FAIL_SAFE);
  }

  private static Optional<Instant> deadline(
      LeafDecision decision, Optional<X509Certificate> certificate, Instant now) {
    if (decision instanceof LeafDecision.Keep keep) {
      return Optional.of(keep.renewalTime());
    }
    if (decision instanceof LeafDecision.Pause pause) {
      return Optional.of(pause.until());
    }
    if (decision instanceof LeafDecision.Refuse refuse) {
      return isConflict(refuse.why()) ? Optional.of(now.plus(CONFLICT_PACE)) : Optional.empty();
    }
    if (decision instanceof LeafDecision.Blocked blocked) {
      return CLOCK.contains(blocked.why().reason())
          ? Optional.of(now.plus(CONFLICT_PACE))
          : certificate.map(c -> c.getNotAfter().toInstant());
    }
    return decision instanceof LeafDecision.StayRevoked
        ? Optional.empty()
        : Optional.of(now.plus(SHORTEST));
  }

  private static boolean isConflict(Finding why) {
    return why.reason() == Reason.SecretConflict;
  }
}
