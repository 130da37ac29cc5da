package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs what README tells people to run: every {@code sh} block in one shell, and the Java lines.
 */
final class ReadmeIT {
  private static final Path README = Path.of("README.md");
  private static final int PATIENCE_SECONDS = 120;

  @TempDir Path folder;

  @Test
  void shouldDoWhatItSays() throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      String script =
          Stream.concat(
                  Stream.of("set -euo pipefail", "trap 'kill $(jobs -p) && wait' EXIT"),
                  blocks("sh").stream())
              .collect(Collectors.joining("\n"));
      for (String name : List.of("crds", "examples", "target/mtls-operator.jar")) {
        Path link = folder.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(name).toAbsolutePath());
      }
      Path log = folder.resolve("log");

      int exitCode = run(script, cluster, log);

      assertThat(exitCode).as(Files.readString(log)).isZero();
      assertThat(Files.readString(log))
          .contains("servercert.mtls-operator.dev/shop-gateway condition met")
          .contains("server.crt: OK");
      Secret frontend =
          cluster.client().secrets().inNamespace("default").withName("shop-frontend").require();
      assertThat(JavaService.tls(files(frontend))).isNotNull();
    } catch (java.security.GeneralSecurityException e) {
      throw new AssertionError("the keystores that README tells to open do not open", e);
    }
  }

  @Test
  void shouldShowTheJavaLinesThatAreTested() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/dev/mtlsoperator/docs/JavaService.java"));
    String tested =
        source
            .substring(
                source.indexOf("// README begins\n") + "// README begins\n".length(),
                source.indexOf("    // README ends"))
            .replaceAll("(?m)^    ", "");

    assertThat(blocks("java")).containsExactly(tested);
  }

  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
        .matcher(Files.readString(README))
        .results()
        .map(block -> block.group(1))
        .toList();
  }

  private int run(String script, EmbeddedCluster cluster, Path log)
      throws IOException, InterruptedException {
    Path file = folder.resolve("script");
    Files.writeString(file, script);
    ProcessBuilder builder =
        new ProcessBuilder("bash", file.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("KUBECONFIG", cluster.kubeconfig().toString());
    environment.put(
        "PATH",
        cluster.programs()
            + ":"
            + Path.of(System.getProperty("java.home"), "bin")
            + ":"
            + environment.get("PATH"));
    Process process = builder.start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new AssertionError("README's commands did not end: " + Files.readString(log));
    }
    return process.exitValue();
  }

  private Path files(Secret secret) throws IOException {
    Path files = Files.createDirectory(folder.resolve("secret"));
    for (Map.Entry<String, String> entry : secret.getData().entrySet()) {
      Files.write(files.resolve(entry.getKey()), Base64.getDecoder().decode(entry.getValue()));
    }
    return files;
  }
}
