package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The process of a gateway that listens on a port of the loopback address. */
final class GatewayProcess implements MtlsGateway {
  /** A web application on a JVM takes longest. */
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final Duration END = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(20);

  private final Path output;
  private final Process process;
  private final int port;

  private GatewayProcess(Path output, Process process, int port) {
    this.output = output;
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it; it answers when this returns.
   *
   * @param folder where its output goes
   */
  static GatewayProcess start(Path folder, int port, String... command)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    GatewayProcess gateway =
        new GatewayProcess(
            output,
            new ProcessBuilder(List.of(command))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start(),
            port);
    try {
      gateway.awaitAnswer();
      return gateway;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      gateway.close();
      throw e;
    }
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public String log() throws IOException {
    return Files.readString(output);
  }

  /** Sends a signal to the first process, not to its workers. */
  void signal(String name) throws IOException, InterruptedException {
    assertThat(process.isAlive()).as("the gateway runs").isTrue();
    assertThat(
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor())
        .isZero();
  }

  @Override
  public void close() {
    List<ProcessHandle> workers = process.descendants().toList();
    process.destroy();
    try {
      process.onExit().get(END.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      process.destroyForcibly();
    }
    workers.forEach(ProcessHandle::destroyForcibly);
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!listens(port)) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new AssertionError("the gateway does not answer:\n" + log());
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  static boolean listens(int port) {
    try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
