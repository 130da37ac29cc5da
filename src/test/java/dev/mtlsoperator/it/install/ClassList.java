package dev.mtlsoperator.it.install;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/**
 * The classes that class archives are made of: those that the operator and {@code issue} load on
 * the image's Java, outside the image, which is read-only.
 *
 * @param root of the unpacked image
 * @param folder for temporary files
 */
record ClassList(Path root, Path folder) {
  private static final Path CLASSES = Path.of("src/main/launcher/classes.txt");

  /**
   * Writes the list anew.
   *
   * @param scene with a ServerCert {@code web} and a ClientCert {@code b} that wait
   */
  void write(EmbeddedCluster cluster, Scene scene) throws IOException {
    Path operator = folder.resolve("operator.lst");
    try (OperatorProgram program =
        listing(cluster, operator, List.of("operator", "--management-port", "0"))) {
      program.awaitReady();
      scene.readyServer("web");
      scene.readyClient("b");
      program.terminate();
      program.exitCode(Duration.ofSeconds(15));
    }
    Path issue = folder.resolve("issue.lst");
    String output = folder.resolve("certificates").toString();
    try (OperatorProgram program =
        listing(cluster, issue, List.of("issue", "-f", "examples/quickstart", "-o", output))) {
      assertThat(program.exitCode(Duration.ofMinutes(1))).as(program.output()).isZero();
    }
    Set<String> classes = new TreeSet<>();
    Set<String> lambdas = new TreeSet<>();
    List<String> loaded = new ArrayList<>(Files.readAllLines(operator));
    loaded.addAll(Files.readAllLines(issue));
    for (String line : loaded) {
      if (line.startsWith("@lambda")) {
        lambdas.add(line);
      } else if (!line.startsWith("@") && !line.startsWith("#") && !line.contains("source:")) {
        classes.add(line.replaceFirst(" id: .*", ""));
      }
    }
    classes.removeIf(onlyForSomeJavas());
    List<String> lines = new ArrayList<>(Files.readAllLines(CLASSES).subList(0, 1));
    lines.addAll(classes);
    lines.addAll(lambdas);
    Files.write(CLASSES, lines);
  }

  /** JDK 17 crashes when it records a flight and finds one of these in an archive. */
  private Predicate<String> onlyForSomeJavas() throws IOException {
    try (JarFile jar = new JarFile(root.resolve("app/mtls-operator.jar").toFile())) {
      Set<String> names = jar.stream().map(JarEntry::getName).collect(Collectors.toSet());
      Set<String> versioned =
          names.stream()
              .filter(name -> name.startsWith("META-INF/versions/"))
              .map(name -> name.replaceFirst("META-INF/versions/\\d+/", ""))
              .filter(name -> !names.contains(name))
              .collect(Collectors.toSet());
      return name -> versioned.contains(name + ".class");
    }
  }

  private OperatorProgram listing(EmbeddedCluster cluster, Path list, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                root + "/opt/java/bin/java",
                "@" + root + "/app/jvm.options",
                "-XX:DumpLoadedClassList=" + list,
                "-jar",
                root + "/app/mtls-operator.jar"));
    command.addAll(arguments);
    return OperatorProgram.command(command, Map.of("KUBECONFIG", cluster.kubeconfig().toString()));
  }
}
