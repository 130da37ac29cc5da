package dev.mtlsoperator.operator;

import java.util.Set;

/**
 * How the operator is run.
 *
 * @param namespaces to watch; empty: all
 * @param operatorNamespace where the seal's key lives
 * @param managementPort for health and metrics; 0: any free one
 * @param leaderElection whether others may run beside it
 * @param series how many series the metrics of certificates have
 * @param restarts whether workloads are restarted that a leaf names
 */
public record Settings(
    Set<String> namespaces,
    String operatorNamespace,
    int managementPort,
    LeaderElection leaderElection,
    Series series,
    Restarts restarts) {

  /** Whether workloads are restarted that a leaf names, which takes rights of its own. */
  public enum Restarts {
    OFF,
    ON
  }

  /** Whether several operators may run at the same time. */
  public enum LeaderElection {
    /** This one is alone, and works. */
    OFF,
    /** The holder of a Lease works. */
    LEASE
  }

  /** How many series the metrics of certificates have. */
  public enum Series {
    /** One for each CA and kind of certificate. */
    EACH_CA,
    /** Beside these, one for each certificate. */
    EACH_CERTIFICATE
  }

  /** Used outside a pod. */
  public static final String DEFAULT_NAMESPACE = "mtls-operator";

  public static final int DEFAULT_MANAGEMENT_PORT = 8080;

  public Settings {
    namespaces = Set.copyOf(namespaces);
  }
}
