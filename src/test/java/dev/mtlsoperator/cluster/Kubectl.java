package dev.mtlsoperator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The real kubectl with the identity of one kubeconfig file. */
public final class Kubectl {
  /** How long one run may take. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final String program;
  private final Path kubeconfig;
  private final Path home;

  /** {@code home} holds kubectl's caches and the files of a run. */
  Kubectl(String program, Path kubeconfig, Path home) {
    this.program = program;
    this.kubeconfig = kubeconfig;
    this.home = home;
  }

  /** The same program with another kubeconfig. */
  public Kubectl as(Path kubeconfig) {
    return new Kubectl(program, kubeconfig, home);
  }

  /** Starts {@code kubectl args…} and leaves it running; the caller reads its standard output. */
  public Process start(String... args) {
    List<String> command = command(args);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command, e);
    }
  }

  private List<String> command(String... args) {
    List<String> command = new ArrayList<>(List.of(program));
    command.addAll(List.of(args));
    return command;
  }

  private Map<String, String> environment() {
    // a short run would spend a fifth of its time on collecting garbage; a long one may collect
    return Map.of("KUBECONFIG", kubeconfig.toString(), "HOME", home.toString(), "GOGC", "1000");
  }

  /**
   * Runs {@code kubectl args…} with an empty standard input.
   *
   * @throws IllegalStateException when it has not ended after two minutes
   */
  public KubectlResult run(String... args) {
    return runWithInput("", args);
  }

  /**
   * Waits until the API server serves all CustomResourceDefinitions that there are.
   *
   * @throws IllegalStateException when it does not within 30 seconds
   */
  public void awaitKinds() {
    // for=condition=Established gives up at once over one that has no conditions yet
    run(
            "wait",
            "--for=jsonpath={.status.conditions[?(@.type==\"Established\")].status}=True",
            "--timeout=30s",
            "crd",
            "--all")
        .orThrow();
  }

  /** As {@link #run}, with {@code stdin} for {@code -f -}. */
  public KubectlResult runWithInput(String stdin, String... args) {
    List<String> command = command(args);
    try {
      Path folder = Files.createTempDirectory(home, "kubectl");
      // files, not pipes, which would block kubectl if they were not read
      Path in = Files.writeString(folder.resolve("in"), stdin);
      Path out = folder.resolve("out");
      Path err = folder.resolve("err");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment());
      Process process = builder.start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " has not ended after " + PATIENCE);
      }
      return new KubectlResult(process.exitValue(), Files.readString(out), Files.readString(err));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }
}
