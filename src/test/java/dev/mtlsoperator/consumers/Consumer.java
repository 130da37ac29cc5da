package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A program of the distribution that uses what we make. Where it is missing its tests are skipped,
 * visibly, with the line that installs it; with {@code -Dconsumers=required} they fail.
 */
public record Consumer(Path program) {
  private static final int PATIENCE_SECONDS = 600;
  private static final int BUILD_MINUTES = 20;

  /** What a run printed, both streams. */
  public record Run(int exitCode, String output) {
    /**
     * The JSON that it printed; what stands before it are warnings.
     *
     * @param start with what it begins
     */
    public JsonNode json(String start) throws JsonProcessingException {
      assertThat(output).contains(start);
      return new ObjectMapper().readTree(output.substring(output.indexOf(start)));
    }

    public Run orThrow() {
      assertThat(exitCode).as(output).isZero();
      return this;
    }
  }

  /** A program, or the end of the test. */
  public static Consumer require(String name, String installLine) {
    Optional<Path> found = find(name);
    require(found.isPresent(), name + " is not installed: " + installLine);
    return new Consumer(found.orElseThrow());
  }

  /** Ends the test where the machine does not offer what it needs: skipped, or failed. */
  static void require(boolean offered, String message) {
    if (!offered && areRequired()) {
      throw new AssertionError(message);
    }
    Assumptions.assumeTrue(offered, message);
  }

  /** Whether no test may be skipped. */
  static boolean areRequired() {
    return "required".equals(System.getProperty("consumers"));
  }

  /**
   * A program that a script of ours builds, with Go, and keeps in a cache; the script's last line
   * is its path.
   */
  public static Consumer provision(String script) {
    return provision(script, "go", "install Go 1.26 or later");
  }

  /**
   * A program that a script of ours builds with another compiler.
   *
   * @param installLine installs the compiler
   */
  static Consumer provision(String script, String compiler, String installLine) {
    require(compiler, installLine);
    try {
      Path output = Files.createTempFile("provision", ".out");
      Process process =
          new ProcessBuilder("bash", script)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .redirectOutput(output.toFile())
              .start();
      try {
        assertThat(process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES)).as(script).isTrue();
      } finally {
        end(process);
      }
      List<String> lines = Files.readAllLines(output);
      Files.delete(output);
      assertThat(process.exitValue()).as(script).isZero();
      return new Consumer(Path.of(lines.get(lines.size() - 1)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  // also where a test is interrupted: builds would go on
  private static void end(Process process) {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static Optional<Path> find(String name) {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(":")),
            Stream.of("/usr/sbin", "/usr/local/go/bin"))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Runs lines of a shell in a folder, which is also the home of whoever runs them. */
  public static Run sh(Path folder, String script) {
    return require("sh", "apt-get install dash")
        .run(folder, Map.of("HOME", folder.toString()), "-c", script);
  }

  /** Runs it in a folder. */
  public Run run(Path folder, String... arguments) {
    return run(folder, Map.of(), arguments);
  }

  /** Runs it in a folder, with more environment. */
  public Run run(Path folder, Map<String, String> environment, String... arguments) {
    return run(folder, environment, Path.of("/dev/null"), arguments);
  }

  /** Runs it in a folder, and lets it read a file as its standard input. */
  public Run runWithInput(Path folder, Path input, String... arguments) {
    return run(folder, Map.of(), input, arguments);
  }

  private Run run(Path folder, Map<String, String> environment, Path input, String... arguments) {
    try {
      Path output = Files.createTempFile("consumer", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(
                  Stream.concat(Stream.of(program.toString()), List.of(arguments).stream())
                      .toList())
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectInput(input.toFile())
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      try {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError(program + " did not end: " + Files.readString(output));
        }
      } finally {
        end(process);
      }
      String text = new String(Files.readAllBytes(output), java.nio.charset.StandardCharsets.UTF_8);
      Files.delete(output);
      return new Run(process.exitValue(), text);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
