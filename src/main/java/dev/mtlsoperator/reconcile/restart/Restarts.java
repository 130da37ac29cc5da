package dev.mtlsoperator.reconcile.restart;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.reconcile.kube.FailSafe;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import java.time.Duration;
import java.util.Optional;

/** Restarts the workloads of leaves whose Secret has new content, or tells why not. */
public sealed interface Restarts permits Restarts.Off, WorkloadRestarts {

  /** What became of a leaf's workloads. */
  sealed interface Outcome {
    /** When to check them again. */
    Duration next();

    /** They were not checked: the last report remains valid. */
    record NotLooked(Duration next) implements Outcome {}

    /**
     * They were checked.
     *
     * @param blocked why one of them was not restarted; empty: all use the Secret's content
     */
    record Looked(Optional<Finding> blocked, Duration next) implements Outcome {}
  }

  /** Interval of checks that do not depend on events. */
  Duration FAIL_SAFE = FailSafe.INTERVAL;

  /** Whether workloads are restarted at all; if not, checks need no permit. */
  boolean isOn();

  /**
   * Checks a leaf's workloads and restarts those that use other content.
   *
   * @param digest of the Secret's content, which is intact
   */
  Outcome.Looked look(LeafCert<?> leaf, String digest);

  /**
   * To be called before the content is replaced: notes its digest on workloads that have no note
   * yet, because that is what they use. Best effort: no certificate waits for it.
   */
  void noteBefore(LeafCert<?> leaf, String digest);

  /** Restarts nothing: the operator has no rights to do so. */
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
      // there are no notes
    }
  }
}
