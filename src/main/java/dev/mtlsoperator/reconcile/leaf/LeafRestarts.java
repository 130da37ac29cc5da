package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.fair.QueueClass;
import java.time.Duration;
import java.util.Optional;

/** Has the workloads that use a leaf's Secret restarted when their turn has come. */
final class LeafRestarts {
  /** Resources of one {@code kubectl apply} arrive within this time. */
  private static final Duration SAME_APPLY = Duration.ofSeconds(10);

  private static final Duration AFTER_A_WRITE = Duration.ofMillis(100);

  private final Restarts restarts;
  private final FairScheduler scheduler;

  LeafRestarts(Restarts restarts, FairScheduler scheduler) {
    this.restarts = restarts;
    this.scheduler = scheduler;
  }

  /** After a write the status comes first, and then the workloads. */
  static Restarts.Outcome afterAWrite(LeafCert<?> leaf) {
    return leaf.getSpec().rolloutRestart().isEmpty()
        ? new Restarts.Outcome.Looked(Optional.empty(), Restarts.FAIL_SAFE)
        : new Restarts.Outcome.NotLooked(AFTER_A_WRITE);
  }

  /**
   * Looks at the workloads of a leaf whose Secret needs no write.
   *
   * @param waiter asks for a turn next to the leaf's own
   */
  Restarts.Outcome look(LeafObservation seen, FairScheduler.Waiter waiter) {
    LeafCert<?> leaf = seen.leaf();
    if (leaf.getSpec().rolloutRestart().isEmpty()) {
      return afterAWrite(leaf);
    }
    Optional<String> content = seen.content();
    if (!restarts.isOn()) {
      return restarts.look(leaf, content.orElse(""));
    }
    if (content.isEmpty()) {
      return new Restarts.Outcome.NotLooked(Restarts.FAIL_SAFE);
    }
    try (FairScheduler.Permit permit = scheduler.ask(QueueClass.RESTART, waiter).orElse(null)) {
      if (permit == null) {
        return new Restarts.Outcome.NotLooked(FairScheduler.AT_LATEST);
      }
      Restarts.Outcome.Looked looked = restarts.look(leaf, content.get());
      return looked.blocked().isPresent() && isNew(seen)
          ? new Restarts.Outcome.NotLooked(SAME_APPLY)
          : looked;
    }
  }

  // of one apply the leaf may come before its workloads: that is no problem yet
  private static boolean isNew(LeafObservation seen) {
    return Timestamps.parse(seen.leaf().getMetadata().getCreationTimestamp())
        .filter(at -> Duration.between(at, seen.now()).abs().compareTo(SAME_APPLY) < 0)
        .isPresent();
  }

  /** Before the content is replaced: notes on the workloads what they run with. */
  void noteBefore(LeafObservation seen) {
    if (!seen.leaf().getSpec().rolloutRestart().isEmpty()) {
      seen.content().ifPresent(digest -> restarts.noteBefore(seen.leaf(), digest));
    }
  }
}
