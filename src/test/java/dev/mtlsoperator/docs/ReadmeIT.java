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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs what README tells people to run: every {@code sh} block in one shell, and the Java lines.
 */
final class ReadmeIT {
  private static final Path README = Path.of("README.md");

  @TempDir Path folder;

  @Test
  void shouldDoWhatItSays() throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      String script =
          Stream.concat(
                  Stream.of("trap 'kill $(jobs -p) && wait' EXIT"),
                  Page.read(README).blocks("sh").stream())
              .collect(Collectors.joining("\n"));
      Path log = folder.resolve("log");

      int exitCode = Page.run(script, cluster, folder, List.of(), log);

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

    assertThat(Page.read(README).blocks("java")).containsExactly(tested);
  }

  private Path files(Secret secret) throws IOException {
    Path files = Files.createDirectory(folder.resolve("secret"));
    for (Map.Entry<String, String> entry : secret.getData().entrySet()) {
      Files.write(files.resolve(entry.getKey()), Base64.getDecoder().decode(entry.getValue()));
    }
    return files;
  }
}
