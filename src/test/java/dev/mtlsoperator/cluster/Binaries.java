package dev.mtlsoperator.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The programs of the embedded Kubernetes API, as installed by {@code
 * src/test/cluster/provision.sh}.
 */
record Binaries(Path folder) {
  private static final int TAIL = 20;

  /**
   * Runs the script; its progress goes to standard error.
   *
   * @throws IllegalStateException with the script's last lines when it fails
   */
  static Binaries provision() {
    Path script =
        Path.of(System.getProperty("basedir", ""), "src/test/cluster/provision.sh")
            .toAbsolutePath();
    Deque<String> tail = new ArrayDeque<>();
    try {
      Path output = Files.createTempFile("mtls-operator-provision", ".out");
      try {
        Process process =
            new ProcessBuilder("bash", script.toString()).redirectOutput(output.toFile()).start();
        process.getOutputStream().close();
        try (BufferedReader progress = process.errorReader()) {
          for (String line = progress.readLine(); line != null; line = progress.readLine()) {
            System.err.println(line);
            if (tail.size() == TAIL) {
              tail.removeFirst();
            }
            tail.addLast(line);
          }
        }
        int status = process.waitFor();
        List<String> lines = Files.readAllLines(output);
        if (status != 0 || lines.isEmpty()) {
          throw new IllegalStateException(
              script + " failed (exit code " + status + "):\n" + String.join("\n", tail));
        }
        return new Binaries(Path.of(lines.get(lines.size() - 1)));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot run " + script, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + script, e);
    }
  }

  String apiServer() {
    return program("kube-apiserver");
  }

  String controllerManager() {
    return program("kube-controller-manager");
  }

  String etcd() {
    return program("etcd");
  }

  String kubectl() {
    return program("kubectl");
  }

  private String program(String name) {
    return folder.resolve(name).toString();
  }
}
