package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs that are measured: as processes of their own, with the cluster's kubeconfig. */
final class BenchProcess {
  private static final String HEAP = "-Xmx192m";

  private BenchProcess() {}

  /** A JVM with the flags that suit a small node. */
  static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        HEAP);
  }

  /** The operator by its launcher, on any free management port. */
  static List<String> operator(Path launcher) {
    return List.of(launcher.toString(), "operator", "--management-port", "0");
  }

  /** With a heap as of a small container, for the launcher. */
  static Map<String, String> environment(EmbeddedCluster cluster) {
    return Map.of("KUBECONFIG", cluster.kubeconfig().toString(), "JAVA_OPTS", HEAP);
  }

  static Process start(List<String> command, EmbeddedCluster cluster) throws IOException {
    Path log = Files.createTempFile("benchmark", ".log");
    log.toFile().deleteOnExit();
    return start(command, cluster, log);
  }

  static Process start(List<String> command, EmbeddedCluster cluster, Path output)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment(cluster));
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process;
  }

  static void stop(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError("it did not end within 30 s of SIGTERM");
    }
  }
}
