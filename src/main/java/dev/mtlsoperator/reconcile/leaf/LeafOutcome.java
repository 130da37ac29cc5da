package dev.mtlsoperator.reconcile.leaf;

import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.rotation.Finding;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of carrying out a decision for a leaf. */
sealed interface LeafOutcome {

  /**
   * Nothing was to be written.
   *
   * @param workloads what is known of the workloads that use the Secret
   */
  record Unchanged(Restarts.Outcome workloads) implements LeafOutcome {}

  /**
   * Nothing is reported: an event, a turn or a cache is awaited.
   *
   * @param next when the leaf is looked at, if no event comes before
   */
  record Deferred(Duration next) implements LeafOutcome {}

  /** The Secret was written, and the status reports it. */
  record Written(Secret secret, Finding why) implements LeafOutcome {
    @Override
    public String toString() {
      return "Written[" + why + "]";
    }
  }

  /** The Secret was deleted, and the status reports it. */
  record Removed(Finding why) implements LeafOutcome {}

  /** The trust bundle in the Secret was written; no status is written for that alone. */
  record Retrusted(Finding why) implements LeafOutcome {}

  /** Nothing was written, and the attempt counts as a failure. */
  record Failed(Finding why) implements LeafOutcome {}

  /** Nothing was written: something outside must change first. */
  record Blocked(Finding why) implements LeafOutcome {}

  /**
   * The Secret is not what the cache said: decide again on what the API server holds.
   *
   * @param secret null: none
   */
  record Overtaken(@Nullable Secret secret) implements LeafOutcome {
    @Override
    public String toString() {
      return "Overtaken[]";
    }
  }
}
