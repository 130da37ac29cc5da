package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * A real Envoy Gateway, an implementation of Gateway API, with the Envoy that it starts. It takes
 * all that it needs from the API server, as its own chart lets it see.
 *
 * <p>It runs Envoy as a process of its own instead of a Deployment, since pods do not run here. It
 * listens on ports that nobody can choose: only one can run at a time.
 */
public final class EnvoyGateway implements MtlsGateway {
  private static final String NAME = "envoy-gateway";
  private static final String NAMESPACE = "envoy-gateway-system";

  /** Where it serves Envoy its configuration. */
  private static final int XDS = 18000;

  private final GatewayProcess process;
  private final int port;

  private EnvoyGateway(GatewayProcess process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Installs it in the cluster and starts it. Its Envoy listens once there is a Gateway of the
   * class {@code envoy} with {@link #port} as its port.
   *
   * @param folder empty, for its configuration and logs
   */
  public static EnvoyGateway start(Path folder, EmbeddedCluster cluster)
      throws IOException, InterruptedException {
    Path provided = provision();
    Consumer.require(
        canMount(folder), "a user namespace cannot be made here: run as root, or allow them");
    assertThat(GatewayProcess.listens(XDS)).as("something listens on port " + XDS).isFalse();
    apply(cluster, provided.resolve("crds"));
    cluster.kubectl().awaitKinds();
    cluster.kubectl().run("create", "namespace", NAMESPACE).orThrow();
    apply(cluster, rights(provided, folder));
    Path version =
        Files.createDirectories(
            folder.resolve("data/envoy-versions/" + Envoy.version().text() + "/bin"));
    Path envoy =
        Files.writeString(
            version.resolve("envoy"), "#!/bin/sh\nexec " + Envoy.provision() + " \"$@\"\n");
    Files.setPosixFilePermissions(envoy, PosixFilePermissions.fromString("rwxr-xr-x"));
    apply(cluster, Files.writeString(folder.resolve("class.yaml"), gatewayClass()));
    Path program = provided.resolve(NAME);
    new Consumer(program)
        .run(
            folder,
            Map.of("KUBECONFIG", cluster.kubeconfig().toString()),
            "certgen",
            "--disable-topology-injector")
        .orThrow();
    copy(cluster, "envoy", folder);
    return new EnvoyGateway(
        GatewayProcess.start(
            folder,
            XDS,
            "unshare",
            "--map-root-user",
            "--mount",
            Path.of("src/test/consumers/envoy-gateway/run.sh").toAbsolutePath().toString(),
            copy(cluster, NAME, folder).toString(),
            "env",
            "KUBECONFIG=" + cluster.kubeconfigFor(NAMESPACE, NAME),
            "HOME=" + folder,
            program.toString(),
            "server",
            "--config-path",
            Files.writeString(folder.resolve("envoy-gateway.yaml"), configuration(folder))
                .toString()),
        FreePort.next());
  }

  public static Cell version() throws IOException {
    return ProgramVersions.ofModule(Path.of("src/test/consumers", NAME), "gateway");
  }

  /** Builds what it needs, which takes minutes the first time. */
  public static Path provision() {
    Envoy.provision();
    return Consumer.provision("src/test/consumers/provision-envoy-gateway.sh").program();
  }

  private static boolean canMount(Path folder) {
    return Consumer.require("unshare", "apt-get install util-linux")
            .run(folder, "--map-root-user", "--mount", "true")
            .exitCode()
        == 0;
  }

  private static void apply(EmbeddedCluster cluster, Path manifests) {
    cluster
        .kubectl()
        .run("apply", "--server-side", "-n", NAMESPACE, "-f", manifests.toString())
        .orThrow();
  }

  private static Path rights(Path provided, Path folder) throws IOException {
    String rendered =
        Consumer.provision("src/test/tools/provision-helm.sh")
            .run(
                provided,
                Map.of("HOME", folder.toString()),
                "template",
                "eg",
                "chart",
                "--namespace",
                NAMESPACE,
                // what its release process fills in
                "--set",
                "global.images.envoyGateway.image=none/none:none",
                "--set",
                "global.images.envoyGateway.pullPolicy=Never",
                "--show-only",
                "templates/envoy-gateway-serviceaccount.yaml",
                "--show-only",
                "templates/envoy-gateway-rbac.yaml")
            .orThrow()
            .output();
    return Files.writeString(folder.resolve("rights.yaml"), rendered);
  }

  /** From a Secret to where a process finds it. */
  private static Path copy(EmbeddedCluster cluster, String secret, Path folder) throws IOException {
    Path certificates = Files.createDirectories(folder.resolve("config/certs").resolve(secret));
    Secret content = cluster.client().secrets().inNamespace(NAMESPACE).withName(secret).require();
    for (String key : content.getData().keySet()) {
      Files.write(certificates.resolve(key), Scene.bytes(content, key));
    }
    return certificates;
  }

  private static String configuration(Path folder) {
    return """
        apiVersion: gateway.envoyproxy.io/v1alpha1
        kind: EnvoyGateway
        gateway:
          controllerName: gateway.envoyproxy.io/gatewayclass-controller
        logging:
          level: {default: warn}
        provider:
          type: Custom
          custom:
            resource:
              type: Kubernetes
              kubernetes:
                leaderElection: {disable: true}
            infrastructure:
              type: Host
              host:
                configHome: %1$s/config
                dataHome: %1$s/data
                stateHome: %1$s/state
                runtimeDir: %1$s/run
        """
        .formatted(folder);
  }

  /** With the Envoy that is there: it would download another one. */
  private static String gatewayClass() throws IOException {
    return """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: envoy}
        spec:
          controllerName: gateway.envoyproxy.io/gatewayclass-controller
          parametersRef:
            group: gateway.envoyproxy.io
            kind: EnvoyProxy
            name: host
            namespace: %s
        ---
        apiVersion: gateway.envoyproxy.io/v1alpha1
        kind: EnvoyProxy
        metadata: {name: host}
        spec:
          provider: {type: Host, host: {envoyVersion: %s}}
          concurrency: 1
          logging: {level: {default: warn}}
        """
        .formatted(NAMESPACE, Envoy.version().text());
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String log() throws IOException {
    return process.log();
  }

  @Override
  public void close() {
    process.close();
  }
}
