package dev.mtlsoperator.reconcile;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.operator.Clients;
import dev.mtlsoperator.operator.OperatorProcess;
import dev.mtlsoperator.operator.Settings;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The operator in this JVM, with a client of its own, for all namespaces of a cluster. */
final class RunningOperator implements AutoCloseable {
  static final String NAMESPACE = "mtls-operator";

  private static @Nullable RunningOperator shared;

  private final EmbeddedCluster cluster;
  private final KubernetesClient client;
  private final OperatorProcess process;

  private RunningOperator(
      EmbeddedCluster cluster, Clock clock, Set<String> namespaces, Settings.Restarts restarts) {
    this.cluster = cluster;
    client = Clients.create(Config.fromKubeconfig(cluster.kubeconfig().toFile()));
    try {
      process =
          OperatorProcess.start(
              client,
              new Settings(
                  namespaces,
                  NAMESPACE,
                  0,
                  Settings.LeaderElection.OFF,
                  Settings.Series.EACH_CA,
                  restarts),
              clock);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The one that works in {@link EmbeddedCluster#shared()}, started by the first caller. */
  static synchronized RunningOperator shared() {
    if (shared == null) {
      installKinds(EmbeddedCluster.shared());
      shared = start(EmbeddedCluster.shared(), Clock.systemUTC());
    }
    return shared;
  }

  /** One in a cluster of the caller's, where the CRDs are installed; to be closed. */
  static RunningOperator start(EmbeddedCluster cluster, Clock clock) {
    return start(cluster, clock, Set.of());
  }

  /**
   * One that watches some namespaces only; to be closed.
   *
   * @param namespaces empty: all
   */
  static RunningOperator start(EmbeddedCluster cluster, Clock clock, Set<String> namespaces) {
    return new RunningOperator(cluster, clock, namespaces, Settings.Restarts.OFF);
  }

  /** One that restarts workloads. */
  static RunningOperator startRestarting(EmbeddedCluster cluster) {
    return new RunningOperator(cluster, Clock.systemUTC(), Set.of(), Settings.Restarts.ON);
  }

  /** Applies {@code crds/} and waits until the API server serves them. */
  static void installKinds(EmbeddedCluster cluster) {
    cluster.kubectl().run("apply", "-f", "crds").orThrow();
    cluster
        .kubectl()
        .run("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        .orThrow();
  }

  EmbeddedCluster cluster() {
    return cluster;
  }

  @Override
  public void close() {
    process.close();
    client.close();
  }
}
