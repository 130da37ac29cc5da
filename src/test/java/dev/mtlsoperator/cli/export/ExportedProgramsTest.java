package dev.mtlsoperator.cli.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.ExportedPrograms;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs run with what is exported: they let in whom they are to, and nobody else. */
@Tag("programs")
final class ExportedProgramsTest {
  private static final String OTHERS =
      """
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: other}
      spec: {commonName: other}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: stranger}
      spec: {rootCARef: {name: other}, commonName: jane, trustedCARefs: [{name: root}]}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: lost}
      spec: {rootCARef: {name: root}, commonName: jane}
      """;

  private static final String STRANGER = "clientcert/stranger";
  private static final String LOST = "clientcert/lost";

  @TempDir static Path folder;
  private static Path issued;
  private static Path before;

  @TempDir Path work;

  @BeforeAll
  static void issueAndRevoke() throws IOException {
    issued = ExportRun.issue(folder, OTHERS);
    Consumer.sh(folder, "cp -r issued before").orThrow();
    before = folder.resolve("before");
    ExportRun.issue(folder, OTHERS.replaceAll("(name: lost}\nspec: \\{)", "$1revoked: {}, "));
  }

  private ExportedPrograms programs() {
    return new ExportedPrograms(
        work,
        (certificate, consumer, out) -> {
          ExportRun run =
              ExportRun.of(
                  Clock.systemUTC(),
                  certificate,
                  "--for=" + consumer,
                  "--from=" + (certificate.equals(LOST) ? before : issued),
                  "-o",
                  out.toString());
          assertThat(run.exitCode()).as(run.err()).isZero();
          return run.lines(out);
        });
  }

  /** The one looks at CRLs. */
  private static List<String> refusedBy(String server) {
    return server.equals("checks") ? List.of(STRANGER, LOST) : List.of(STRANGER);
  }

  @ParameterizedTest
  @CsvSource({"haproxy, web", "haproxy, checks", "envoy, web", "envoy, checks", "java, web"})
  void shouldLetInItsClientsOnly(String consumer, String server) throws Exception {
    programs().serve(consumer, "servercert/" + server, refusedBy(server));
  }

  @Test
  @Tag("once")
  void shouldLetInItsClientsOnlyToSpringBoot() throws Exception {
    programs().serve("spring", "servercert/web", refusedBy("web"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"web", "checks"})
  @Tag("once")
  void shouldBeACertificateForAPassword(String server) throws Exception {
    programs().storeData("servercert/" + server, refusedBy(server));
  }

  @Test
  void shouldBeLetInFromJavaAndABrowsersDatabase() throws Exception {
    programs().dial("servercert/web");
  }
}
