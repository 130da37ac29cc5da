package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.reconcile.kube.Conditions;
import dev.mtlsoperator.reconcile.kube.TruncatedText;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.ca.RotationProgress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Derives what a RootCA's status says about its rotation. Pure. */
final class ReportedRotation {
  private static final int NEWS_PART_OF_COPIES = 10;

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

  // small changes of the counts are batched: one certificate among a thousand needs no status write
  private static RotationStatus of(
      RotationProgress progress, CaOutcome outcome, @Nullable RootCAStatus before) {
    RotationStatus last = before == null ? null : before.rotation();
    Optional<Finding> held = outcome.held();
    if (before != null
        && last != null
        && held.isEmpty()
        && Conditions.find(before.conditions(), Conditions.RENEWAL_BLOCKED).isEmpty()
        && isNoNews(progress, last, outcome.facts().copies().all().size())) {
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

  private static boolean isNoNews(RotationProgress progress, RotationStatus last, int copies) {
    return last.phase() == progress.phase()
        && progress.next().equals(last.next())
        && progress.pending() > 0
        && last.leavesPending() != null
        && Math.abs(last.leavesPending() - progress.pending())
            < Math.max(1, copies / NEWS_PART_OF_COPIES);
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
