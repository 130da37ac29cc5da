package dev.mtlsoperator.harness;

import dev.mtlsoperator.consumers.Consumer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/** {@code openssl s_server} and {@code s_client}, started anew for each connection. */
public record OpensslPeer(Consumer program) {
  private static final int PATIENCE_SECONDS = 30;

  /** The client connects to a port of this machine. */
  public void call(Path folder, int port, String host) throws IOException {
    Path files = folder.resolve("current").toRealPath();
    Consumer.Run run =
        program.run(
            files,
            "s_client",
            "-connect",
            "127.0.0.1:" + port,
            "-servername",
            host,
            "-verify_hostname",
            host,
            "-verify_return_error",
            "-CAfile",
            "ca.crt",
            "-cert",
            "tls.crt",
            "-key",
            "tls.key",
            "-brief",
            "-ign_eof");
    if (run.exitCode() != 0) {
      throw new IOException("s_client says: " + run.output());
    }
  }

  /** A server that answers one client in this JVM. */
  public void serve(Path folder, SSLContext client, String host) throws Exception {
    Path files = folder.resolve("current").toRealPath();
    Process server =
        new ProcessBuilder(
                List.of(
                    program.program().toString(),
                    "s_server",
                    "-accept",
                    "127.0.0.1:0",
                    "-naccept",
                    "1",
                    "-CAfile",
                    "ca.crt",
                    "-cert",
                    "tls.crt",
                    "-key",
                    "tls.key",
                    "-Verify",
                    "4",
                    "-verify_return_error",
                    "-no_ticket",
                    "-rev"))
            .directory(files.toFile())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader output = server.inputReader()) {
      int port = port(output);
      try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), port)) {
        Handshakes.call(raw, client, host, "hello\n");
      }
      server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } finally {
      server.destroy();
    }
  }

  private static int port(BufferedReader output) throws IOException {
    StringBuilder said = new StringBuilder();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line).append('\n');
      if (line.startsWith("ACCEPT ")) {
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).trim());
      }
    }
    throw new IOException("s_server does not listen: " + said);
  }
}
