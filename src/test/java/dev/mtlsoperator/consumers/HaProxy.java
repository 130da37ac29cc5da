package dev.mtlsoperator.consumers;

import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A real HAProxy that asks for client certificates ({@code verify required}) and looks at CRLs
 * ({@code crl-file}), as a master and its workers.
 */
public final class HaProxy implements MtlsGateway {
  private static final String RELOADED = "Loading success.";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(10);

  private final GatewayProcess process;

  private HaProxy(GatewayProcess process) {
    this.process = process;
  }

  /**
   * Starts it on a free port of the loopback address; it answers when this returns.
   *
   * @param folder empty, for its configuration and logs
   * @param combined certificate chain and key to serve with, in one file
   * @param ca the CA whose clients may come in
   * @param crls the CRLs of that CA
   */
  public static HaProxy start(Path folder, Path combined, Path ca, Path crls)
      throws IOException, InterruptedException {
    return start(
        folder,
        "bind :443 ssl crt %s ca-file %s verify required crl-file %s"
            .formatted(combined, ca, crls));
  }

  /**
   * The same with a line of somebody else.
   *
   * @param bind on port 443, instead of which it gets a free one
   */
  static HaProxy start(Path folder, String bind) throws IOException, InterruptedException {
    Path program = provision();
    int port = FreePort.next();
    Path configuration =
        Files.writeString(
            folder.resolve("haproxy.cfg"),
            """
            defaults
              mode http
              timeout connect 10s
              timeout client 10s
              timeout server 10s
            frontend clients
              %s
              http-request return status 200 content-type text/plain string "welcome"
            """
                .formatted(bind.replace("bind :443 ", "bind 127.0.0.1:" + port + " ")));
    return new HaProxy(
        GatewayProcess.start(
            folder, port, program.toString(), "-W", "-db", "-f", configuration.toString()));
  }

  public static Cell version() {
    return ProgramVersions.printed(new Consumer(provision()), "-v", "version ([0-9.]+)");
  }

  /** The program, or the end of the test. */
  public static Path provision() {
    return Consumer.require("haproxy", "apt-get install haproxy").program();
  }

  @Override
  public int port() {
    return process.port();
  }

  /**
   * As {@code systemctl reload haproxy} does: a new worker takes over the sockets. The master loses
   * a signal that comes while it executes itself anew for an earlier one (seen with 2.6.12), so it
   * is asked until it says that it has reloaded.
   */
  @Override
  public void reload() throws IOException, InterruptedException {
    int before = reloads();
    long end = System.nanoTime() + PATIENCE.toNanos();
    do {
      process.signal("USR2");
      long askAgain = System.nanoTime() + ASK_AGAIN.toNanos();
      while (reloads() == before && System.nanoTime() < askAgain) {
        Thread.sleep(POLL.toMillis());
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("HAProxy does not reload:\n" + log());
      }
    } while (reloads() == before);
  }

  /** How often it has read its files, at its start too. */
  private int reloads() throws IOException {
    return log().split(RELOADED, -1).length - 1;
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
