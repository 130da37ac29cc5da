package dev.mtlsoperator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Resource usage of a process: CPU time (user and system) since its start, resident memory in bytes
 * now; see proc(5).
 */
public record Usage(Duration cpu, long residentBytes) {
  /**
   * Reads it from the operating system.
   *
   * @throws IllegalStateException when the process has ended
   */
  public static Usage of(ProcessHandle process) {
    Duration cpu =
        process
            .info()
            .totalCpuDuration()
            .orElseThrow(
                () -> new IllegalStateException("process " + process.pid() + " has ended"));
    try {
      for (String line :
          Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
        if (line.startsWith("VmRSS:")) {
          return new Usage(cpu, Long.parseLong(line.replaceAll("\\D", "")) * 1024);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("process " + process.pid() + " has ended", e);
    }
    throw new IllegalStateException("process " + process.pid() + " has ended");
  }

  /** The usage since {@code earlier}: CPU time as a difference, memory as it is now. */
  public Usage since(Usage earlier) {
    return new Usage(cpu.minus(earlier.cpu), residentBytes);
  }
}
