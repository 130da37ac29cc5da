package dev.mtlsoperator.consumers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real nginx that asks for client certificates ({@code ssl_verify_client on}), run by any user,
 * with all its files in one folder.
 */
final class Nginx implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(20);

  private final Path folder;
  private final Process process;
  private final int port;

  private Nginx(Path folder, Process process, int port) {
    this.folder = folder;
    this.process = process;
    this.port = port;
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
    Path program = Consumer.require("nginx", "apt-get install nginx-light").program();
    int port = freePort();
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
                location / {
                  default_type text/plain;
                  return 200 "welcome, $ssl_client_s_dn";
                }
              }
            }
            """
                .formatted(
                    folder, port, serverName, server.certificate(), server.key(), server.ca()));
    Process process =
        new ProcessBuilder(
                program.toString(),
                "-p",
                folder.toString(),
                "-c",
                configuration.toString(),
                "-e",
                folder.resolve("error.log").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    Nginx nginx = new Nginx(folder, process, port);
    try {
      nginx.awaitAnswer();
      return nginx;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      nginx.close();
      throw e;
    }
  }

  int port() {
    return port;
  }

  /** Ends it, workers too. */
  @Override
  public void close() {
    process.destroy();
    try {
      process.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionError(
            "nginx does not answer:\n" + Files.readString(folder.resolve("output")));
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  private boolean listens() {
    try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }
}
