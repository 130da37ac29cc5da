package dev.mtlsoperator.reconcile.ca;

import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.reconcile.kube.TruncatedText;
import dev.mtlsoperator.rotation.Finding;
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
   * Returns the rotation as this look sees it; empty: no rotation is known.
   *
   * @param before the last status; null: none yet
   */
  static Optional<RotationStatus> seen(CaOutcome outcome, @Nullable RootCAStatus before) {
    RotationStatus told = before == null ? null : before.rotation();
    return outcome
        .phase()
        .progress()
        .map(
            progress ->
                new RotationStatus(
                    progress.phase(),
                    told != null && told.phase() == progress.phase()
                        ? told.since()
                        : progress.since().toString(),
                    TruncatedText.to(LONGEST_LINE, progress.next()),
                    progress.pending(),
                    bounded(
                        Stream.concat(
                                outcome.held().map(Finding::message).stream(),
                                progress.blockedBy().stream())
                            .toList())));
  }

  /**
   * Whether a status is written for what a look sees. The steps of a wave are batched: one
   * certificate among a thousand needs no write. Once it stands still, whatever blocks it is told.
   *
   * @param withheld what the look before this one saw and did not write; null: nothing
   */
  static boolean isNews(
      RotationStatus now, RotationStatus told, @Nullable RotationStatus withheld) {
    Integer pending = now.leavesPending();
    Integer before = told.leavesPending();
    return pending == null
        || pending == 0
        || before == null
        || now.phase() != told.phase()
        || !Objects.equals(now.next(), told.next())
        || Math.abs(before - pending) > Math.max(before, pending) / NEWS_PART
        || now.equals(withheld);
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
