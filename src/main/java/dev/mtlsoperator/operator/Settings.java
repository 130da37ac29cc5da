package dev.mtlsoperator.operator;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Configuration of the operator.
 *
 * @param namespaces to watch; empty: all
 * @param operatorNamespace holds the seal's key and the Lease
 * @param managementPort for health and metrics; 0: any free one
 * @param crlPort for CRLs; 0: any free one; empty: they are not served
 * @param crlUrl under which verifiers reach that port; empty: certificates do not name it
 * @param leaderElection whether several operators may run
 * @param series the granularity of the certificate metrics
 * @param restarts whether workloads that a leaf lists are restarted
 */
public record Settings(
    Set<String> namespaces,
    String operatorNamespace,
    int managementPort,
    OptionalInt crlPort,
    Optional<String> crlUrl,
    LeaderElection leaderElection,
    Series series,
    Restarts restarts) {

  /** Whether workloads that a leaf lists are restarted, which requires additional rights. */
  public enum Restarts {
    OFF,
    ON
  }

  /** Whether several operators may run at the same time. */
  public enum LeaderElection {
    /** This operator is the only one. */
    OFF,
    /** The operator that holds a Lease works. */
    LEASE
  }

  /** The granularity of the certificate metrics. */
  public enum Series {
    /** A series for each CA and kind of certificate. */
    EACH_CA,
    /** In addition, a series for each certificate. */
    EACH_CERTIFICATE
  }

  /** The operator's namespace when it runs outside a pod. */
  public static final String DEFAULT_NAMESPACE = "mtls-operator";

  public static final int DEFAULT_MANAGEMENT_PORT = 8080;

  public Settings {
    namespaces = Set.copyOf(namespaces);
  }

  /** The URL of the OCSP responder, as certificates name it. */
  Optional<String> ocspUrl() {
    return crlUrl.map(url -> url + "/ocsp");
  }
}
