package dev.mtlsoperator.operator;

import java.util.Set;

/**
 * How the operator is run.
 *
 * @param namespaces to watch; empty: all
 * @param operatorNamespace where the seal's key lives
 * @param managementPort for health and metrics; 0: any free one
 */
public record Settings(Set<String> namespaces, String operatorNamespace, int managementPort) {
  /** Used outside a pod. */
  public static final String DEFAULT_NAMESPACE = "mtls-operator";

  public static final int DEFAULT_MANAGEMENT_PORT = 8080;

  public Settings {
    namespaces = Set.copyOf(namespaces);
  }
}
