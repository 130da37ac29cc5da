package dev.mtlsoperator.consumers;

import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A real nginx that asks for client certificates ({@code ssl_verify_client on}), run by any user,
 * with all its files in one folder.
 */
public final class Nginx implements MtlsGateway {
  private final Path folder;
  private final GatewayProcess process;

  private Nginx(Path folder, GatewayProcess process) {
    this.folder = folder;
    this.process = process;
  }

  /**
   * Starts it on a free port of the loopback address; it answers when this returns.
   *
   * @param folder empty, for its configuration and logs
   * @param serverName the host name that it serves
   * @param server certificate and key to serve with, and the CA whose clients may come in
   */
  static Nginx start(Path folder, String serverName, PemFiles server)
      throws IOException, InterruptedException {
    return start(folder, serverName, server, Optional.empty());
  }

  /**
   * The same with CRLs.
   *
   * @param crls the CRLs of that CA ({@code ssl_crl}); empty: none are looked at
   */
  public static Nginx start(Path folder, String serverName, PemFiles server, Optional<Path> crls)
      throws IOException, InterruptedException {
    return with(folder, serverName, server, crls.map(file -> "ssl_crl " + file + ";").orElse(""));
  }

  /** The same that staples what the OCSP responder in its certificate says, once it has asked. */
  public static Nginx stapling(Path folder, String serverName, PemFiles server)
      throws IOException, InterruptedException {
    return with(folder, serverName, server, "ssl_stapling on;");
  }

  public static Cell version() {
    return ProgramVersions.printed(new Consumer(provision()), "-v", "nginx/([0-9.]+)");
  }

  /** The program, or the end of the test. */
  public static Path provision() {
    return Consumer.require("nginx", "apt-get install nginx-light").program();
  }

  private static Nginx with(Path folder, String serverName, PemFiles server, String directive)
      throws IOException, InterruptedException {
    Path program = provision();
    int port = FreePort.next();
    Path configuration =
        Files.writeString(
            folder.resolve("nginx.conf"),
            """
            daemon off;
            worker_processes 1;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log info;
            events {}
            http {
              access_log off;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              server {
                listen 127.0.0.1:%2$d ssl;
                server_name %3$s;
                ssl_certificate %4$s;
                ssl_certificate_key %5$s;
                ssl_client_certificate %6$s;
                ssl_verify_client on;
                %7$s
                location / {
                  default_type text/plain;
                  return 200 "welcome, $ssl_client_s_dn";
                }
              }
            }
            """
                .formatted(
                    folder,
                    port,
                    serverName,
                    server.certificate(),
                    server.key(),
                    server.ca(),
                    directive));
    return new Nginx(
        folder,
        GatewayProcess.start(
            folder,
            port,
            program.toString(),
            "-p",
            folder.toString(),
            "-c",
            configuration.toString(),
            "-e",
            folder.resolve("error.log").toString()));
  }

  @Override
  public int port() {
    return process.port();
  }

  /** As {@code nginx -s reload} does: with files that it refuses it serves on with the old ones. */
  @Override
  public void reload() throws IOException, InterruptedException {
    process.signal("HUP");
  }

  @Override
  public String log() throws IOException {
    return Files.readString(folder.resolve("error.log"));
  }

  @Override
  public void close() {
    process.close();
  }
}
