package dev.mtlsoperator.harness;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.Usage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The operator as a process, as users run it: {@code mtls-operator operator …}. */
public final class OperatorProgram implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("managementPort\"?[=:]\"(\\d+)\"");
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Process process;
  private final Path output;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER).build();

  private OperatorProgram(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts it without waiting. */
  public static OperatorProgram launch(Path kubeconfig, String... options) {
    return run(kubeconfig, Stream.concat(Stream.of("operator"), Stream.of(options)).toList());
  }

  /** Starts it with exactly the arguments of a container, without waiting. */
  public static OperatorProgram run(Path kubeconfig, List<String> arguments) {
    return run(kubeconfig, List.of(), arguments);
  }

  private static OperatorProgram run(Path kubeconfig, List<String> ofJvm, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(launcher().toString()));
    command.addAll(arguments);
    return command(command, environment(kubeconfig, ofJvm));
  }

  /** The launcher of the program that was built. */
  public static Path launcher() {
    String launcher = System.getProperty("mtls-operator.launcher");
    assertThat(launcher)
        .as("system property mtls-operator.launcher, as `mvn verify` sets it")
        .isNotNull();
    return Path.of(launcher);
  }

  /** The environment in which the launcher runs it on the Java of this test. */
  public static Map<String, String> environment(Path kubeconfig, List<String> ofJvm) {
    return Map.of(
        "JAVA_HOME", System.getProperty("java.home"),
        "JAVA_OPTS", String.join(" ", ofJvm),
        "KUBECONFIG", kubeconfig.toString());
  }

  /** Starts it with any command that ends in it, without waiting. */
  public static OperatorProgram command(List<String> command, Map<String, String> environment) {
    try {
      Path output = Files.createTempFile("mtls-operator", ".log");
      output.toFile().deleteOnExit();
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      return new OperatorProgram(builder.start(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it on any free port and waits until it is in sync. */
  public static OperatorProgram start(Path kubeconfig, String... options) {
    return start(kubeconfig, List.of(), options);
  }

  /**
   * Starts it on any free port and waits until it is in sync.
   *
   * @param ofJvm options of its JVM, such as {@code -Xmx256m}
   */
  public static OperatorProgram start(Path kubeconfig, List<String> ofJvm, String... options) {
    List<String> all = new ArrayList<>(List.of("operator", "--management-port", "0"));
    all.addAll(List.of(options));
    return run(kubeconfig, ofJvm, all).awaitReady();
  }

  /** Waits until it is in sync. */
  public OperatorProgram awaitReady() {
    eventually(() -> assertThat(output()).contains("mtls-operator runs"));
    eventually(() -> assertThat(get("/readyz").statusCode()).isEqualTo(200));
    return this;
  }

  /** All of its output. */
  public String output() {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its management address on the loopback interface. */
  public int managementPort() {
    Matcher port = PORT.matcher(output());
    assertThat(port.find()).as("the management port in %s", output()).isTrue();
    return Integer.parseInt(port.group(1));
  }

  public HttpResponse<String> get(String path) {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://localhost:" + managementPort() + path))
              .timeout(ANSWER)
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(path + " does not answer; it said:\n" + output(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Its CPU and memory usage so far. */
  public Usage usage() {
    return Usage.of(process.toHandle());
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Sends SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /** SIGSTOP: it keeps its connections and does nothing. */
  public void pause() {
    signal("STOP");
  }

  /** SIGCONT. */
  public void resume() {
    signal("CONT");
  }

  private void signal(String signal) {
    try {
      assertThat(
              new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                  .inheritIO()
                  .start()
                  .waitFor())
          .isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sends SIGKILL and waits until the process has ended. */
  public void kill() {
    process.destroyForcibly();
    exitCode(ANSWER);
  }

  /** Its exit code; fails if it has not ended in time. */
  public int exitCode(Duration patience) {
    try {
      assertThat(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS))
          .as("ended within %s; it said:%n%s", patience, output())
          .isTrue();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      kill();
    }
  }
}
