package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What figures depend on: processors, memory, and the versions of what takes part. */
record Machine(
    String processor, int processors, long memoryMebibytes, String java, String cluster) {
  static Machine here(EmbeddedCluster cluster) throws IOException {
    return new Machine(
        after("/proc/cpuinfo", "model name"),
        Runtime.getRuntime().availableProcessors(),
        Long.parseLong(after("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024,
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        "Kubernetes " + cluster.client().getKubernetesVersion().getGitVersion());
  }

  private static String after(String file, String field) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(field))
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .findFirst()
          .orElse("unknown");
    }
  }

  /** In lines for people. */
  List<String> lines() {
    return List.of(
        processors
            + " processors ("
            + processor
            + "), "
            + memoryMebibytes
            + " MiB of memory, shared by the operator, the API server and etcd",
        java,
        cluster);
  }
}
