package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationHistory;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.reconcile.context.CaAnnotations;
import dev.mtlsoperator.reconcile.context.ReportedStatus;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.TruncatedText;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import dev.mtlsoperator.rotation.ca.CaDecision;
import dev.mtlsoperator.rotation.ca.CaFacts;
import dev.mtlsoperator.rotation.ca.CaRules;
import dev.mtlsoperator.rotation.ca.RotationProgress;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.rotation.generation.History;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import dev.mtlsoperator.secret.ca.GenerationSecret.Sealed;
import dev.mtlsoperator.secret.trust.TrustConfigMap;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A fresh status for a RootCA, and when it is looked at next. Pure. */
record CaReport(RootCAStatus status, Duration next) {
  private static final Duration FAIL_SAFE = Duration.ofHours(1);

  /**
   * Nobody tells when somebody else's object goes out of the way, or a Secret without our labels
   * comes back.
   */
  private static final Duration STALLED_PACE = Duration.ofSeconds(30);

  /** While certificates or trust are on the move. */
  private static final Duration QUICK_LOOK = Duration.ofSeconds(3);

  private static final int COPIES_A_SECOND = 400;

  /** While certificates move at their own renewals. */
  private static final Duration SLOW_LOOK = Duration.ofMinutes(10);

  private static final int NEWS_PART_OF_COPIES = 10;

  /** Of what a condition names. */
  private static final int MOST_NAMED = 8;

  /** What status has room for. */
  private static final int MOST_BLOCKED_BY = 16;

  /** The same, of a line in it. */
  private static final int LONGEST_LINE = 1024;

  /** The same, of a serial number: one that was adopted may have any. */
  private static final int LONGEST_SERIAL = 64;

  private static final Duration SHORTEST = Duration.ofSeconds(1);

  static CaReport of(RootCA ca, CaObserver.Observation seen, CaDecision decision, Instant now) {
    return of(ca, seen, decision, Optional.empty(), now);
  }

  /**
   * @param created the generation that this run made, whatever became of it since
   */
  static CaReport of(
      RootCA ca,
      CaObserver.Observation seen,
      CaDecision decision,
      Optional<History.Created> created,
      Instant now) {
    CaFacts facts = seen.facts();
    RootCAStatus before = ca.getStatus();
    Optional<Finding> held =
        decision instanceof CaDecision.Hold hold ? Optional.of(hold.why()) : Optional.empty();
    Optional<Finding> why =
        decision instanceof CaDecision.Refuse refuse
            ? Optional.of(refuse.why())
            : decision instanceof CaDecision.Distrust distrust
                ? Optional.of(distrust.others())
                : facts.signer().isEmpty() && held.isPresent()
                    ? held
                    : CaRules.notReady(facts, now).or(() -> seen.additional().problem());
    Conditions conditions =
        new Conditions(
            before == null ? List.of() : before.conditions(),
            ca.getMetadata().getGeneration(),
            now);
    Optional<RotationProgress> progress = RotationProgress.of(facts, now);
    if (why.isPresent()) {
      Finding told = new Finding(why.get().reason(), why.get().message() + skipped(seen));
      conditions.notReady(told);
      conditions.abnormal(
          isOnItsWay(told, facts) ? Conditions.RECONCILING : Conditions.STALLED, told);
    } else {
      conditions.ready(
          Reason.Issued.name(),
          "generation "
              + facts.signer().orElseThrow().number()
              + " signs and is valid until "
              + facts.signer().orElseThrow().end()
              + skipped(seen));
    }
    trustBlocked(seen).ifPresent(left -> conditions.abnormal(Conditions.TRUST_BLOCKED, left));
    held.or(() -> why.isPresent() ? Optional.empty() : CaRules.renewalBlocked(facts, now))
        .ifPresent(blocked -> conditions.abnormal(Conditions.RENEWAL_BLOCKED, blocked));
    // what is lost, or cannot be proven, stays told: so a backup can be recognized
    boolean isProven = facts.generations().isProven();
    List<Generation> generations =
        (seen.generations().isEmpty() || !isProven) && before != null
            ? marked(before.generations(), facts.generations().distrusted())
            : isProven ? generations(ca, seen) : List.of();
    RootCAStatus status =
        new RootCAStatus(
            ca.getMetadata().getGeneration(),
            conditions.toList(),
            TrustConfigMap.name(ca.getMetadata().getName()),
            generations,
            facts
                .signer()
                .map(g -> g.end().toString())
                .orElse(before == null ? null : before.notAfter()),
            progress
                .map(p -> rotation(p, held, before, facts.copies().all().size()))
                .orElse(before == null ? null : before.rotation()),
            seen.additional().certificates().isEmpty() ? null : seen.additional().digest(),
            isProven || before == null || created.isPresent()
                ? rotate(facts, created)
                : before.rotate(),
            adopt(ca, facts.generations()),
            history(seen, decision, created));
    Duration next = held.isPresent() ? STALLED_PACE : next(why, facts, progress, now);
    return new CaReport(
        status,
        CaRules.pausedUntil(facts, now)
            .map(until -> Duration.between(now, until).plus(SHORTEST))
            .filter(until -> until.compareTo(next) < 0)
            .orElse(next));
  }

  private static List<Generation> marked(List<Generation> told, Set<Fingerprint> distrusted) {
    return told.stream()
        .map(
            g ->
                Fingerprint.parse(g.fingerprint()).filter(distrusted::contains).isPresent()
                    ? g.withState(GenerationState.Distrusted)
                    : g)
        .toList();
  }

  private static @Nullable GenerationHistory history(
      CaObserver.Observation seen, CaDecision decision, Optional<History.Created> created) {
    CaGenerations generations = seen.facts().generations();
    History news = generations.toRemember();
    int deleted =
        generations.isProven()
            ? seen.generations().stream().mapToInt(GenerationSecret::highest).max().orElse(0)
            : 0;
    Set<Fingerprint> distrusts = new HashSet<>(news.distrusts());
    if (decision instanceof CaDecision.Distrust distrust) {
      distrusts.addAll(distrust.distrusts());
    }
    History all =
        new History(
            distrusts,
            news.retires(),
            Math.max(news.highest(), deleted),
            created.or(news::created));
    return all.equals(History.none()) ? null : ReportedStatus.inWords(all, generations.history());
  }

  // whoever takes the annotation away may vouch for the same one again
  private static @Nullable String adopt(RootCA ca, CaGenerations generations) {
    return CaAnnotations.adoption(ca)
        .map(
            wanted ->
                generations.generations().stream()
                        .map(CaGeneration::fingerprint)
                        .anyMatch(wanted::equals)
                    ? wanted.text()
                    : ca.getStatus() == null ? null : ca.getStatus().adopt())
        .orElse(null);
  }

  private static Optional<Finding> trustBlocked(CaObserver.Observation seen) {
    List<String> excused =
        Stream.concat(seen.facts().copies().excused().stream(), seen.copies().unseen().stream())
            .toList();
    return excused.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Reason.TrustNotDistributed,
                excused.stream().limit(MOST_NAMED).collect(Collectors.joining("; "))
                    + (excused.size() > MOST_NAMED
                        ? "; and " + (excused.size() - MOST_NAMED) + " more"
                        : "")));
  }

  private static String skipped(CaObserver.Observation seen) {
    List<String> skipped = seen.skipped();
    return skipped.isEmpty()
        ? ""
        : ". Passed over, for they carry no seal of this operator: Secrets "
            + skipped.stream().limit(MOST_NAMED).collect(Collectors.joining(", "))
            + (skipped.size() > MOST_NAMED
                ? ", and " + (skipped.size() - MOST_NAMED) + " more"
                : "");
  }

  // what was asked for is coming by itself
  private static boolean isOnItsWay(Finding why, CaFacts facts) {
    return why.reason() == Reason.SpecNotInService && facts.generations().successor().isPresent();
  }

  // what the last one honoured stays honoured, though that one is gone
  private static @Nullable String rotate(CaFacts facts, Optional<History.Created> created) {
    Optional<String> reported = facts.requests().rotateReported();
    if (created.isPresent()) {
      return facts.requests().rotate().or(() -> reported).orElse(null);
    }
    return facts.generations().isLastGone()
        ? reported.orElse(null)
        : facts
            .generations()
            .newest()
            .map(newest -> newest.milestones().rotate())
            .orElse(reported)
            .orElse(null);
  }

  /** Counts are gathered: a certificate more or less is no news among a thousand. */
  private static RotationStatus rotation(
      RotationProgress progress,
      Optional<Finding> held,
      @Nullable RootCAStatus before,
      int copies) {
    RotationStatus last = before == null ? null : before.rotation();
    if (before != null
        && last != null
        && held.isEmpty()
        && Conditions.find(before.conditions(), Conditions.RENEWAL_BLOCKED).isEmpty()
        && last.phase() == progress.phase()
        && progress.next().equals(last.next())
        && progress.pending() > 0
        && last.leavesPending() != null
        && Math.abs(last.leavesPending() - progress.pending())
            < Math.max(1, copies / NEWS_PART_OF_COPIES)) {
      return last;
    }
    return new RotationStatus(
        progress.phase(),
        last != null && last.phase() == progress.phase()
            ? last.since()
            : progress.since().toString(),
        TruncatedText.to(LONGEST_LINE, progress.next()),
        progress.pending(),
        bounded(
            Stream.concat(held.map(Finding::message).stream(), progress.blockedBy().stream())
                .toList()));
  }

  private static List<String> bounded(List<String> blockedBy) {
    Stream<String> some =
        blockedBy.size() <= MOST_BLOCKED_BY
            ? blockedBy.stream()
            : Stream.concat(
                blockedBy.stream().limit(MOST_BLOCKED_BY - 1),
                Stream.of("and " + (blockedBy.size() - MOST_BLOCKED_BY + 1) + " more"));
    return some.map(line -> TruncatedText.to(LONGEST_LINE, line)).toList();
  }

  private static List<Generation> generations(RootCA ca, CaObserver.Observation seen) {
    CaFacts facts = seen.facts();
    CaGenerations generations = facts.generations();
    List<CaGeneration> trusted = generations.trusted();
    int signing = facts.signer().map(CaGeneration::number).orElse(0);
    return generations.generations().stream()
        .map(
            g ->
                new Generation(
                    g.number(),
                    GenerationSecret.name(ca.getMetadata().getName(), g.number()),
                    generations.distrusted().isEmpty() || !g.contains(generations.distrusted())
                        ? state(g, signing, trusted)
                        : GenerationState.Distrusted,
                    TruncatedText.to(
                        LONGEST_SERIAL, g.certificate().getSerialNumber().toString(16)),
                    g.fingerprint().text(),
                    g.certificate().getNotBefore().toInstant().toString(),
                    g.end().toString(),
                    Pem.write(g.certificate()),
                    seen.generations().stream()
                        .filter(it -> it.generation().equals(g))
                        .map(Sealed::revision)
                        .findFirst()
                        .orElse(null)))
        .toList();
  }

  // one that has left, and whose key is kept for a while, is leaving still
  private static GenerationState state(
      CaGeneration generation, int signing, List<CaGeneration> trusted) {
    if (generation.number() == signing) {
      return GenerationState.Signing;
    }
    return generation.number() > signing && trusted.contains(generation)
        ? GenerationState.Distributing
        : GenerationState.Retiring;
  }

  private static Duration next(
      Optional<Finding> why, CaFacts facts, Optional<RotationProgress> progress, Instant now) {
    if (progress.isEmpty() || why.filter(w -> !isOnItsWay(w, facts)).isPresent()) {
      return STALLED_PACE;
    }
    Duration wait = scheduler(progress.get(), facts);
    return progress
        .get()
        .deadline()
        // what is over, and still has not happened, waits for something else
        .filter(deadline -> deadline.isAfter(now))
        .map(deadline -> Duration.between(now, deadline))
        .filter(until -> until.compareTo(wait) < 0)
        .map(until -> until.compareTo(SHORTEST) < 0 ? SHORTEST : until)
        .orElse(wait);
  }

  /** Leaves tell nobody what they hold: one look now and then costs less than a thousand calls. */
  private static Duration scheduler(RotationProgress progress, CaFacts facts) {
    boolean quick =
        progress.phase() == RotationPhase.Distributing
            || facts
                .signer()
                .filter(s -> s.milestones().reissue() == Reissue.Immediately)
                .isPresent();
    if (progress.phase() == RotationPhase.Stable) {
      return FAIL_SAFE;
    }
    if (!quick && !facts.copies().notRid().isEmpty()) {
      return STALLED_PACE;
    }
    return quick && progress.pending() > 0
        ? QUICK_LOOK.plusSeconds(facts.copies().all().size() / COPIES_A_SECOND)
        : SLOW_LOOK;
  }
}
