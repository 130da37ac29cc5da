package dev.mtlsoperator.consumers;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.ClientPrograms.Program;
import dev.mtlsoperator.harness.CaRotation;
import dev.mtlsoperator.harness.Handshakes;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs of clients at a real nginx, each with what it reads of a ClientCert's Secret: they come
 * in, also while the CA rotates; others do not, and they refuse a server of another CA.
 */
@Timeout(300)
final class ClientProgramsIT {
  private static final String HOST = "web.example.org";

  /** Longer than nginx takes to reload, and a program to send a request on a busy machine. */
  private static final Duration OVERLAP = Duration.ofSeconds(8);

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int EACH = 10;

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();

  @TempDir private Path folder;

  /** The builds take long, where they were not made yet. */
  @BeforeAll
  @Timeout(1800)
  static void provision() {
    ClientPrograms.provision();
  }

  /** What each program is asked to do, and where. */
  private record Stage(int port, MountedSecrets files) {
    String ask(Program program, Optional<String> own, String trust) throws InterruptedException {
      return program.ask(own.map(files::now), files.now(trust), port);
    }
  }

  @Test
  void shouldLetInWhoReadsItsOwnFiles() throws Exception {
    // given
    Scene scene = Scene.begin("programs");
    scene.apply(
        rootCA("root")
            .with(
                "spec.rotation",
                Map.of("overlap", OVERLAP.toSeconds() + "s", "reissue", "Immediately")),
        rootCA("other"),
        serverCert("web").with("spec.ipAddresses", List.of("127.0.0.1")),
        clientCert("jane"),
        clientCert("stranger")
            .with("spec.rootCARef.name", "other")
            .with("spec.trustedCARefs", List.of(Map.of("name", "root"))),
        clientCert("astray").with("spec.trustedCARefs", List.of(Map.of("name", "other"))));
    scene.readyServer("web");
    List.of("jane", "stranger", "astray").forEach(scene::readyClient);
    List<Program> programs = new ClientPrograms(HOST, folder).all();

    try (MountedSecrets files = new MountedSecrets(cluster, scene.namespace(), folder)) {
      files.now("web");
      try (Nginx nginx =
              Nginx.start(
                  Files.createDirectory(folder.resolve("nginx")),
                  HOST,
                  PemFiles.ofSecret(files.volume("web")));
          Handshakes requests = new Handshakes()) {
        files.tell("web", nginx::reload);
        Stage stage = new Stage(nginx.port(), files);

        // then
        Map<String, Integer> refused = new HashMap<>();
        for (Program program : programs) {
          refused.put(program.name(), refused(program, stage));
        }

        // when
        programs.forEach(program -> keep(requests, program, stage));
        awaitMore(requests, programs);
        CaRotation.complete(scene, "root", "jane", PATIENCE);
        awaitMore(requests, programs);

        // then
        System.out.println("requests of programs in a rotation: " + requests.made());
        assertThat(requests.failures()).isEmpty();
        files.check();
        assertThat(nginx.log()).doesNotContain("[emerg]");
        for (Program program : programs) {
          ConformanceRow.of("Clients", program.name())
              .says(program.reads(), refused.get(program.name()) + " of 3", "0")
              .measured(requests.made().get(program.name()))
              .with(program.version())
              .require();
        }
      }
    }
  }

  /** In how many ways it was refused, or refused the server, after it had come in. */
  private static int refused(Program program, Stage stage) throws InterruptedException {
    assertThat(stage.ask(program, Optional.of("jane"), "jane"))
        .as(program.name())
        .contains("welcome, CN=jane");
    int refused = 0;
    assertThat(stage.ask(program, Optional.empty(), "jane"))
        .as("%s without a certificate", program.name())
        .contains("No required SSL certificate was sent");
    refused++;
    // one that heeds the CAs that nginx names sends none
    assertThat(stage.ask(program, Optional.of("stranger"), "stranger"))
        .as("%s with a certificate of another CA", program.name())
        .containsPattern("The SSL certificate error|No required SSL certificate was sent");
    refused++;
    assertThat(stage.ask(program, Optional.of("astray"), "astray"))
        .as("%s that trusts another CA", program.name())
        .doesNotContain("welcome", "nginx")
        .containsPattern(program.refusal());
    return refused + 1;
  }

  private static void keep(Handshakes requests, Program program, Stage stage) {
    requests.keep(
        program.name(),
        pair -> {
          pair.is("nginx", program.name());
          String answer = stage.ask(program, Optional.of("jane"), "jane");
          if (!answer.contains("welcome, CN=jane")) {
            throw new IOException(answer);
          }
          // the machine is busier
          Thread.sleep(500);
        });
  }

  private static void awaitMore(Handshakes requests, List<Program> programs) {
    Map<String, Integer> before = requests.made();
    eventually(
        PATIENCE,
        () ->
            assertThat(programs)
                .allSatisfy(
                    program ->
                        assertThat(requests.made().get(program.name()))
                            .isGreaterThan(before.get(program.name()) + EACH)));
  }
}
