package dev.mtlsoperator.consumers;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A real Contour, an ingress controller, with its Envoy. It takes all that it needs from the API
 * server, as what its own manifests let it see.
 */
public final class Contour implements MtlsGateway {
  private static final String NAMESPACE = "projectcontour";
  private static final String LOOPBACK = "127.0.0.1";

  private final GatewayProcess controller;
  private final GatewayProcess envoy;
  private final int port;

  private Contour(GatewayProcess controller, GatewayProcess envoy, int port) {
    this.controller = controller;
    this.envoy = envoy;
    this.port = port;
  }

  /**
   * Installs it in the cluster and starts it. When this returns, the Envoy has its configuration;
   * it listens as soon as there is a valid HTTPProxy.
   *
   * @param folder empty, for its configuration and logs
   */
  public static Contour start(Path folder, EmbeddedCluster cluster)
      throws IOException, InterruptedException {
    Path provided = provision();
    Path program = provided.resolve("contour");
    Path envoy = Envoy.provision();
    cluster
        .kubectl()
        .run("apply", "--server-side", "-f", provided.resolve("manifests").toString())
        .orThrow();
    cluster.kubectl().awaitKinds();
    int xds = FreePort.next();
    int https = FreePort.next();
    int stats = FreePort.next();
    GatewayProcess controller =
        controller(folder, program, cluster.kubeconfigFor(NAMESPACE, "contour"), xds, https, stats);
    try {
      Path bootstrap = folder.resolve("bootstrap.json");
      new Consumer(program)
          .run(
              folder,
              "bootstrap",
              bootstrap.toString(),
              "--xds-address=" + LOOPBACK,
              "--xds-port=" + xds,
              "--xds-resource-version=v3",
              "--admin-address=" + folder.resolve("admin.sock"))
          .orThrow();
      return new Contour(controller, envoy(folder, envoy, bootstrap, stats), https);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      controller.close();
      throw e;
    }
  }

  public static Cell version() throws IOException {
    return ProgramVersions.ofModule(Path.of("src/test/consumers/contour"), "contour");
  }

  /** Builds what it needs, which takes minutes the first time. */
  public static Path provision() {
    Envoy.provision();
    return Consumer.provision("src/test/consumers/provision-contour.sh").program();
  }

  private static GatewayProcess controller(
      Path folder, Path program, Path kubeconfig, int xds, int https, int stats)
      throws IOException, InterruptedException {
    Path configuration =
        Files.writeString(
            folder.resolve("contour.yaml"),
            """
            timeouts:
              # Envoy would wait a second for the client to close
              delayed-close-timeout: 1ms
            """);
    int metrics = FreePort.next();
    return GatewayProcess.start(
        Files.createDirectory(folder.resolve("controller")),
        xds,
        program.toString(),
        "serve",
        "--config-path=" + configuration,
        "--kubeconfig=" + kubeconfig,
        "--disable-leader-election",
        // no certificates between the two, which share a loopback address
        "--insecure",
        "--xds-address=" + LOOPBACK,
        "--xds-port=" + xds,
        "--http-address=" + LOOPBACK,
        "--http-port=" + metrics,
        "--health-address=" + LOOPBACK,
        "--health-port=" + metrics,
        "--debug-http-address=" + LOOPBACK,
        "--debug-http-port=" + FreePort.next(),
        "--stats-address=" + LOOPBACK,
        "--stats-port=" + stats,
        "--envoy-service-http-address=" + LOOPBACK,
        "--envoy-service-http-port=" + FreePort.next(),
        "--envoy-service-https-address=" + LOOPBACK,
        "--envoy-service-https-port=" + https,
        // not to the standard output of a container
        "--envoy-http-access-log=/dev/null",
        "--envoy-https-access-log=/dev/null");
  }

  /** It serves its statistics once the controller has told it to. */
  private static GatewayProcess envoy(Path folder, Path program, Path bootstrap, int stats)
      throws IOException, InterruptedException {
    return GatewayProcess.start(
        Files.createDirectory(folder.resolve("envoy")),
        stats,
        program.toString(),
        "--config-path",
        bootstrap.toString(),
        "--service-cluster",
        NAMESPACE,
        "--service-node",
        "envoy",
        "--concurrency",
        "1",
        "--log-level",
        "warning",
        "--disable-hot-restart");
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String log() throws IOException {
    return controller.log() + envoy.log();
  }

  @Override
  public void close() {
    envoy.close();
    controller.close();
  }
}
