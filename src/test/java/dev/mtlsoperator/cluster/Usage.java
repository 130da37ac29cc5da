package dev.mtlsoperator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Resource usage of a process; see proc(5).
 *
 * @param cpu user and system time since its start
 * @param residentBytes resident memory now
 * @param peakBytes resident memory at its most
 */
public record Usage(Duration cpu, long residentBytes, long peakBytes) {
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
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    try {
      List<String> lines = Files.readAllLines(status);
      return new Usage(cpu, bytes(lines, "VmRSS:"), bytes(lines, "VmHWM:"));
    } catch (IOException e) {
      throw new UncheckedIOException("process " + process.pid() + " has ended", e);
    }
  }

  private static long bytes(List<String> status, String field) {
    return status.stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the process has ended"));
  }

  /** The usage since {@code earlier}: CPU time as a difference, memory as it is now. */
  public Usage since(Usage earlier) {
    return new Usage(cpu.minus(earlier.cpu), residentBytes, peakBytes);
  }
}
