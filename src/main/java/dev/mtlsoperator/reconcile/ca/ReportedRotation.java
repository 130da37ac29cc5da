package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.TruncatedText;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.ca.RotationProgress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Derives what a RootCA's status says about its rotation. Pure. */
final class ReportedRotation {
  /** Of the pending certificates. */
  private static final int NEWS_PART = 10;

  /** The maximum number of lines in {@code blockedBy}. */
  private static final int MOST_BLOCKED_BY = 16;

  /** The maximum length of a line, in characters. */
  private static final int LONGEST_LINE = 1024;

  private ReportedRotation() {}

  /**
   * Returns the status of the rotation; null: no rotation is known.
   *
   * @param before the last status; null: none yet
   */
  static @Nullable RotationStatus of(CaOutcome outcome, @Nullable RootCAStatus before) {
    return outcome
        .phase()
        .progress()
        .map(progress -> of(progress, outcome, before))
        .orElse(before == null ? null : before.rotation());
  }

  private static RotationStatus of(
      RotationProgress progress, CaOutcome outcome, @Nullable RootCAStatus before) {
    RotationStatus last = before == null ? null : before.rotation();
    Optional<Finding> held = outcome.held();
    RotationStatus now =
        new RotationStatus(
            progress.phase(),
            last != null && last.phase() == progress.phase()
                ? last.since()
                : progress.since().toString(),
            TruncatedText.to(LONGEST_LINE, progress.next()),
            progress.pending(),
            bounded(
                Stream.concat(held.map(Finding::message).stream(), progress.blockedBy().stream())
                    .toList()));
    return before != null
            && last != null
            && held.isEmpty()
            && Conditions.find(before.conditions(), Conditions.RENEWAL_BLOCKED).isEmpty()
            && !isNews(now, last)
        ? last
        : now;
  }

  /**
   * Whether a status is written for what changed. Small steps of a count that moves are batched:
   * one certificate among a thousand needs none. Once it stands still, whatever blocks it is told.
   */
  static boolean isNews(RotationStatus now, RotationStatus last) {
    Integer pending = now.leavesPending();
    Integer told = last.leavesPending();
    if (pending == null
        || pending == 0
        || told == null
        || now.phase() != last.phase()
        || !Objects.equals(now.next(), last.next())) {
      return true;
    }
    return pending.equals(told)
        ? !now.blockedBy().equals(last.blockedBy())
        : Math.abs(told - pending) >= Math.max(told, pending) / NEWS_PART;
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
}
