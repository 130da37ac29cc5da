package dev.mtlsoperator.reconcile.restart;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.time.Duration;
import java.util.Optional;

/** Restarts the workloads of leaves whose Secret has new content, or says why it does not. */
public sealed interface Restarts permits Restarts.Off, WorkloadRestarts {

  /** What is known of a leaf's workloads. */
  sealed interface Outcome {
    /** When they are looked at again. */
    Duration next();

    /** They were not looked at: what was said of them stands. */
    record NotLooked(Duration next) implements Outcome {}

    /**
     * They were.
     *
     * @param blocked why one of them is not restarted; empty: all run with the Secret's content
     */
    record Looked(Optional<Finding> blocked, Duration next) implements Outcome {}
  }

  /** How long what an event tells of may go unnoticed. */
  Duration FAIL_SAFE = Duration.ofHours(1);

  /** Whether anything is done at all; if not, nobody has to wait for a turn to hear it. */
  boolean isOn();

  /**
   * Looks at a leaf's workloads, and restarts those that run with another content.
   *
   * @param digest of the Secret's content, intact and as last seen
   */
  Outcome.Looked look(LeafCert<?> leaf, String digest);

  /**
   * Before the content is replaced: notes it on those that were never looked at, for it is what
   * they run with. Best effort: no certificate waits for it.
   */
  void noteBefore(LeafCert<?> leaf, String digest);

  /** The operator restarts nothing, and has no rights for it. */
  record Off() implements Restarts {
    @Override
    public boolean isOn() {
      return false;
    }

    @Override
    public Outcome.Looked look(LeafCert<?> leaf, String digest) {
      return new Outcome.Looked(
          Optional.of(
              new Finding(
                  Reason.RestartsOff,
                  "this operator restarts no workloads: its administrator can start it with"
                      + " --rollout-restart (rolloutRestart.enabled of the chart); or leave out"
                      + " spec.rolloutRestart")),
          FAIL_SAFE);
    }

    @Override
    public void noteBefore(LeafCert<?> leaf, String digest) {
      // nothing is ever noted
    }
  }
}
