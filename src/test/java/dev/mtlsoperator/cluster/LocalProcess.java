package dev.mtlsoperator.cluster;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One program of the cluster, in a separate session (so that only the JVM handles Ctrl-C at the
 * terminal), with a log file.
 */
final class LocalProcess {
  private static final int TAIL = 25;

  private final String name;
  private final Path log;
  private final Process process;
  private final Reaper reaper;

  private LocalProcess(String name, Path log, Process process, Reaper reaper) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.reaper = reaper;
  }

  /**
   * Starts {@code command} in {@code folder}; its output is appended to {@code <name>.log} there.
   */
  static LocalProcess start(String name, Path folder, Reaper reaper, List<String> command) {
    // setsid replaces itself by the program, so that the process id is the program's
    List<String> detached = new ArrayList<>(List.of("setsid"));
    detached.addAll(command);
    Path log = folder.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(detached)
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("HOME", folder.toString());
    builder.environment().remove("KUBECONFIG");
    // by default, the API server spends a seventh of its time on collecting garbage, although there
    // is memory for it. The limit is far above what it keeps: near it, half of its time would be
    // spent on that
    builder.environment().put("GOGC", "300");
    builder.environment().put("GOMEMLIMIT", memory() / 3 + "B");
    try {
      Process process = builder.start();
      reaper.add(process.pid());
      return new LocalProcess(name, log, process, reaper);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + name, e);
    }
  }

  private static long memory() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Sends a signal such as {@code STOP} or {@code CONT}. */
  void signal(String signal) {
    try {
      int status =
          new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
              .inheritIO()
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException("cannot send SIG" + signal + " to " + name);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Sends SIGTERM and waits until the process has ended.
   *
   * @throws IllegalStateException with the last lines of the log when it takes longer
   */
  void terminate(Duration patience) {
    process.destroy();
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(name + " does not end on SIGTERM:\n" + tail());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    reaper.remove(process.pid());
  }

  /** Ends the process at once. */
  void kill() {
    process.destroyForcibly();
    process.onExit().join();
    reaper.remove(process.pid());
  }

  /**
   * @throws IllegalStateException with the last lines of the log when the process has ended
   */
  void requireAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException(
          name + " ended with exit code " + process.exitValue() + ":\n" + tail());
    }
  }

  /** The last lines of the log. */
  String tail() {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
