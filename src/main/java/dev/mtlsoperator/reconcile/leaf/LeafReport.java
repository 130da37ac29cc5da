package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.Failures;
import dev.mtlsoperator.api.leaf.LastIssuance;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.Timestamps;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.SafetyChecks;
import dev.mtlsoperator.rotation.generation.Signer;
import dev.mtlsoperator.rotation.leaf.LeafAssessment;
import dev.mtlsoperator.rotation.leaf.LeafDecision;
import dev.mtlsoperator.rotation.leaf.LeafFacts;
import dev.mtlsoperator.rotation.leaf.LeafRules;
import dev.mtlsoperator.rotation.leaf.SecretState;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.leaf.LeafSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A fresh status for a leaf, and when it is looked at next. Pure. */
public record LeafReport(LeafStatus status, Duration next) {
  /** However quiet it is: what no event told is noticed then. */
  private static final Duration FAIL_SAFE = Duration.ofHours(1);

  /** Nobody tells when somebody else's Secret goes out of the way. */
  private static final Duration CONFLICT_PACE = Duration.ofSeconds(30);

  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_BACK_OFF = LeafRules.LONGEST_PAUSE;
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Nobody tells when a clock is set right, or has gone evenly for long enough. */
  private static final Set<Reason> CLOCK = Set.of(Reason.ClockSkewed, Reason.ClockJumped);

  /** As the schema has it; RFC 5280 section 4.1.2.2 knows 40 digits. */
  private static final int LONGEST_SERIAL = 64;

  /** Those that are counted. */
  private static final int MOST_FAILURES = 1_000_000;

  /** What happened in this reconciliation: why the Secret was written, or why it could not be. */
  public record Happened(Optional<Finding> written, Optional<Finding> failed) {
    public static Happened nothing() {
      return new Happened(Optional.empty(), Optional.empty());
    }
  }

  /**
   * The report of a run.
   *
   * @param facts as they are now, after what happened
   * @param decision upon these facts
   * @param secret the Secret in service, redacted; null: none
   * @param restarts of the workloads that follow it
   */
  public static LeafReport of(
      LeafCert<?> leaf,
      LeafFacts facts,
      LeafDecision decision,
      @Nullable Secret secret,
      Happened happened,
      Restarts.Outcome restarts,
      Instant now) {
    LeafStatus before = leaf.getStatus();
    Optional<SecretState.Managed> ours =
        facts.state() instanceof SecretState.Managed o ? Optional.of(o) : Optional.empty();
    Optional<X509Certificate> certificate = ours.flatMap(SecretState.Managed::certificate);
    Optional<Instant> renewal = facts.renewalTime();
    Failures failures = failures(before, happened, now);
    long generation = leaf.getMetadata().getGeneration();
    // what is written is reported as written; what was tampered with keeps the digest it should
    // have, and what only a note under the seal tells is told by the seal alone
    boolean intact =
        ours.filter(o -> o.integrity() != SecretState.Integrity.TAMPERED)
            .filter(o -> o.truststore().isEmpty())
            .isPresent();
    LeafStatus status =
        new LeafStatus(
            generation,
            conditions(leaf, facts, decision, happened, restarts, certificate, renewal, now),
            leaf.effectiveSecretName(),
            certificate.map(LeafReport::serialNumber).orElse(null),
            certificate.map(c -> c.getNotBefore().toInstant().toString()).orElse(null),
            certificate.map(c -> c.getNotAfter().toInstant().toString()).orElse(null),
            renewal.map(Instant::toString).orElse(null),
            certificate.map(c -> Fingerprint.of(c).text()).orElse(null),
            ours.map(SecretState.Managed::caGeneration)
                .orElse(before == null ? null : before.caGeneration()),
            ours.map(SecretState.Managed::revision)
                .orElse(before == null ? null : before.revision()),
            secretDigest(before, ours, intact ? secret : null, happened),
            happened.written().isPresent() && secret != null
                ? LeafSecret.renew(secret)
                : ours.map(SecretState.Managed::renew)
                    .orElse(before == null ? null : before.renew()),
            lastIssuance(before, ours, happened, certificate, now),
            failures);
    Duration next = next(decision, certificate, failures, now);
    return new LeafReport(status, restarts.next().compareTo(next) < 0 ? restarts.next() : next);
  }

  // one that somebody put there may have any: the API server would refuse the whole status
  private static String serialNumber(X509Certificate certificate) {
    String hex = certificate.getSerialNumber().toString(16);
    return hex.length() <= LONGEST_SERIAL ? hex : hex.substring(0, LONGEST_SERIAL - 1) + "…";
  }

  // of the content as it was last reported: a change of trust alone is told by its seal only
  private static @Nullable String secretDigest(
      @Nullable LeafStatus before,
      Optional<SecretState.Managed> ours,
      @Nullable Secret intact,
      Happened happened) {
    String reported = before == null ? null : before.secretDigest();
    Integer revision = before == null ? null : before.revision();
    boolean same =
        reported != null
            && happened.written().isEmpty()
            && revision != null
            && ours.filter(o -> o.revision() == revision).isPresent();
    return intact == null || same ? reported : SecretData.digest(intact);
  }

  private static List<Condition> conditions(
      LeafCert<?> leaf,
      LeafFacts facts,
      LeafDecision decision,
      Happened happened,
      Restarts.Outcome restarts,
      Optional<X509Certificate> certificate,
      Optional<Instant> renewal,
      Instant now) {
    LeafStatus before = leaf.getStatus();
    Conditions conditions =
        new Conditions(
            before == null ? List.of() : before.conditions(),
            leaf.getMetadata().getGeneration(),
            now);
    Optional<Finding> notReady = LeafAssessment.of(facts, SafetyChecks.none(), now).notReady();
    boolean ready = notReady.isEmpty() && certificate.isPresent();
    Optional<Finding> stopped = decision.stopped();
    if (ready) {
      conditions.ready(Reason.Issued.name(), inService(facts, certificate.get(), renewal));
      stopped
          .or(happened::failed)
          .ifPresent(
              why ->
                  conditions.abnormal(Conditions.RENEWAL_BLOCKED, blocked(why, certificate.get())));
      if (decision instanceof LeafDecision.Pause && happened.failed().isEmpty()) {
        conditions.carryOver(Conditions.RENEWAL_BLOCKED);
      }
    } else {
      Finding why =
          stopped
              .or(happened::failed)
              .or(() -> notReady)
              .orElseGet(() -> new Finding(Reason.SecretMissing, "not issued yet"));
      conditions.notReady(why);
      conditions.abnormal(stopped.isPresent() ? Conditions.STALLED : Conditions.RECONCILING, why);
    }
    if (restarts instanceof Restarts.Outcome.Looked looked) {
      looked.blocked().ifPresent(why -> conditions.abnormal(Conditions.RESTART_BLOCKED, why));
    } else {
      conditions.carryOver(Conditions.RESTART_BLOCKED);
    }
    return conditions.toList();
  }

  private static Finding blocked(Finding why, X509Certificate certificate) {
    return new Finding(
        why.reason(),
        why.message()
            + ". The certificate in service stays valid until "
            + certificate.getNotAfter().toInstant());
  }

  private static String inService(
      LeafFacts facts, X509Certificate certificate, Optional<Instant> renewal) {
    Instant end = certificate.getNotAfter().toInstant();
    boolean shortened =
        facts.signer() instanceof Signer.Available signer
            && signer.trusted().stream().anyMatch(ca -> ca.end().equals(end));
    return "the certificate in service is valid until "
        + end
        + (shortened ? " (shortened: the CA ends then)" : "")
        + renewal.map(time -> " and is renewed on " + time).orElse("");
  }

  private static @Nullable LastIssuance lastIssuance(
      @Nullable LeafStatus before,
      Optional<SecretState.Managed> ours,
      Happened happened,
      Optional<X509Certificate> certificate,
      Instant now) {
    LastIssuance last = before == null ? null : before.lastIssuance();
    Integer reportedRevision = before == null ? null : before.revision();
    boolean reported =
        reportedRevision != null && ours.filter(o -> o.revision() == reportedRevision).isPresent();
    if (reported || certificate.isEmpty()) {
      return last;
    }
    // written before a crash or with a status that was lost: the reason is not known any more
    String reason = happened.written().map(why -> why.reason().name()).orElse(Reason.Issued.name());
    return new LastIssuance(reason, now.toString());
  }

  private static @Nullable Failures failures(
      @Nullable LeafStatus before, Happened happened, Instant now) {
    Failures last = before == null ? null : before.failures();
    if (happened.failed().isEmpty()) {
      return happened.written().isPresent() ? null : last;
    }
    int count = last == null ? 1 : Math.max(0, Math.min(last.count(), MOST_FAILURES)) + 1;
    Duration backOff = FIRST_BACK_OFF.multipliedBy(1L << Math.min(count - 1, 20));
    if (backOff.compareTo(LONGEST_BACK_OFF) > 0) {
      backOff = LONGEST_BACK_OFF;
    }
    return new Failures(count, now.toString(), now.plus(backOff).toString());
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
      return refuse.why().reason() == Reason.SecretConflict
          ? Optional.of(now.plus(CONFLICT_PACE))
          : Optional.empty();
    }
    if (decision instanceof LeafDecision.Blocked blocked
        && CLOCK.contains(blocked.why().reason())) {
      return Optional.of(now.plus(CONFLICT_PACE));
    }
    return decision instanceof LeafDecision.Blocked
        ? certificate.map(c -> c.getNotAfter().toInstant())
        : Optional.of(now.plus(SHORTEST));
  }
}
