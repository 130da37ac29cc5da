package dev.mtlsoperator.harness;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.Clients;
import dev.mtlsoperator.operator.OperatorProcess;
import dev.mtlsoperator.operator.Settings;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The operator in this JVM, with its own client, for all namespaces of a cluster. */
public final class RunningOperator implements AutoCloseable {
  public static final String NAMESPACE = "mtls-operator";

  private static @Nullable RunningOperator shared;

  private final EmbeddedCluster cluster;
  private final KubernetesClient client;
  private final OperatorProcess process;

  /**
   * @param told receives the client's responses; if the operator's clock is ahead, one that
   *     receives nothing stands for an API server whose clock is also ahead
   * @param namespaces empty: all
   */
  private RunningOperator(
      EmbeddedCluster cluster,
      KubernetesClient client,
      ApiTraffic told,
      Set<String> namespaces,
      Settings.Restarts restarts,
      Clock clock) {
    this.cluster = cluster;
    this.client = client;
    try {
      // certificates name it, so it is known before the operator opens it
      int port = FreePort.next();
      process =
          OperatorProcess.start(
              client,
              told,
              new Settings(
                  namespaces,
                  NAMESPACE,
                  0,
                  OptionalInt.of(port),
                  Optional.of("http://localhost:" + port),
                  Settings.LeaderElection.OFF,
                  Settings.Series.EACH_CA,
                  restarts),
              clock);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The port on which it serves CRLs; certificates name it with {@code localhost}. */
  public int crlPort() {
    return process.crlPort().orElseThrow();
  }

  /** The operator of {@link EmbeddedCluster#shared()}, which the first caller starts. */
  public static synchronized RunningOperator shared() {
    if (shared == null) {
      installKinds(EmbeddedCluster.shared());
      shared = start(EmbeddedCluster.shared(), Clock.systemUTC());
    }
    return shared;
  }

  /** An operator whose clocks, and the API server's, the caller sets; to be closed. */
  public static RunningOperator start(EmbeddedCluster cluster, WrongClock clock) {
    return told(cluster, new ApiTraffic(clock::nanoTime), Set.of(), Settings.Restarts.OFF, clock);
  }

  /** An operator in the caller's cluster, which has the CRDs; to be closed. */
  public static RunningOperator start(EmbeddedCluster cluster, Clock clock) {
    return start(cluster, clock, Set.of());
  }

  /**
   * An operator that watches only some namespaces; to be closed.
   *
   * @param namespaces empty: all
   */
  public static RunningOperator start(
      EmbeddedCluster cluster, Clock clock, Set<String> namespaces) {
    return told(cluster, new ApiTraffic(), namespaces, Settings.Restarts.OFF, clock);
  }

  /** An operator that restarts workloads. */
  public static RunningOperator startRestarting(EmbeddedCluster cluster) {
    return told(cluster, new ApiTraffic(), Set.of(), Settings.Restarts.ON, Clock.systemUTC());
  }

  private static RunningOperator told(
      EmbeddedCluster cluster,
      ApiTraffic told,
      Set<String> namespaces,
      Settings.Restarts restarts,
      Clock clock) {
    return new RunningOperator(
        cluster, client(cluster, new ApiTraffic()), told, namespaces, restarts, clock);
  }

  /** An operator that learns the API server's time. */
  public static RunningOperator startListening(EmbeddedCluster cluster, Clock clock) {
    ApiTraffic traffic = new ApiTraffic();
    return new RunningOperator(
        cluster, client(cluster, traffic), traffic, Set.of(), Settings.Restarts.OFF, clock);
  }

  /**
   * An operator that runs as a ServiceAccount, so that the API server's audit log records its
   * requests; to be closed.
   */
  public static RunningOperator startAs(EmbeddedCluster cluster, Path kubeconfig) {
    ApiTraffic traffic = new ApiTraffic();
    return new RunningOperator(
        cluster,
        Clients.create(Config.fromKubeconfig(kubeconfig.toFile()), traffic),
        traffic,
        Set.of(),
        Settings.Restarts.OFF,
        Clock.systemUTC());
  }

  /**
   * An operator for a single namespace, with a client that the caller created and that is closed
   * with it.
   */
  public static RunningOperator start(
      EmbeddedCluster cluster, KubernetesClient client, String namespace) {
    return new RunningOperator(
        cluster,
        client,
        new ApiTraffic(),
        Set.of(namespace),
        Settings.Restarts.OFF,
        Clock.systemUTC());
  }

  private static KubernetesClient client(EmbeddedCluster cluster, ApiTraffic traffic) {
    return Clients.create(Config.fromKubeconfig(cluster.kubeconfig().toFile()), traffic);
  }

  /** Applies {@code crds/} and waits until the API server serves them. */
  public static void installKinds(EmbeddedCluster cluster) {
    cluster.kubectl().run("apply", "-f", "crds").orThrow();
    cluster.kubectl().awaitKinds();
  }

  public EmbeddedCluster cluster() {
    return cluster;
  }

  @Override
  public void close() {
    process.close();
    client.close();
  }
}
