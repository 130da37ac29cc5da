package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program as a process: start, shutdown, crash and restart. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class RestartIT {
  /**
   * For a process that starts beside whatever else keeps the machine busy, and hundreds of leaves.
   */
  private static final Duration BULK = Duration.ofSeconds(90);

  private static final Duration END = Duration.ofSeconds(10);
  private static final Duration GIVE_UP = Duration.ofSeconds(60);

  /** Exit code after SIGTERM: 128 + 15. */
  private static final int TERMINATED = 143;

  private static EmbeddedCluster cluster;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  // ---- it does not start

  @Test
  @Order(1)
  void shouldTellThatTheKindsAreMissing() {
    try (OperatorProgram program =
        OperatorProgram.launch(cluster.kubeconfig(), "--management-port", "0")) {
      assertThat(program.exitCode(GIVE_UP)).isEqualTo(1);
      assertThat(program.output())
          .contains("mtls-operator: ", "kubectl apply -f crds/")
          .doesNotContain("\tat ");
    }
  }

  @Test
  @Order(2)
  void shouldTellThatNoClusterIsReached(@TempDir Path folder) throws IOException {
    // given
    Path nowhere =
        Files.writeString(
            folder.resolve("config"),
            Files.readString(cluster.kubeconfig())
                .replaceAll("https://127.0.0.1:\\d+", "https://127.0.0.1:" + FreePort.next()));

    // when
    try (OperatorProgram program = OperatorProgram.launch(nowhere, "--management-port", "0")) {
      // then
      assertThat(program.exitCode(GIVE_UP)).isEqualTo(1);
      assertThat(program.output().lines().toList())
          .last()
          .asString()
          .startsWith("mtls-operator: ")
          .contains("127.0.0.1")
          .contains("KUBECONFIG");
      assertThat(program.output()).doesNotContain("\tat ");
    }
  }

  @ParameterizedTest
  @Order(3)
  @CsvSource({
    "--no-such-option, Unknown option",
    "--management-port=99999, is not a port",
    "--namespaces=UPPER, is not the name of a namespace",
    "--operator-namespace=a/b, is not the name of a namespace",
    "--crl-url=http://crl.example.com, --crl-url needs --crl-port"
  })
  void shouldRefuseAWrongOption(String option, String message) {
    try (OperatorProgram program = OperatorProgram.launch(cluster.kubeconfig(), option)) {
      assertThat(program.exitCode(GIVE_UP)).isEqualTo(2);
      assertThat(program.output()).contains(message).doesNotContain("\tat ");
    }
  }

  // ---- it works

  @Test
  void shouldAnswerAndEndCleanlyOnSigterm() {
    // given: the key form that k3s writes
    Scene scene = scene("signal");
    try (OperatorProgram program = OperatorProgram.start(cluster.kubeconfigWithEcPkcs8Key())) {
      scene.apply(rootCA("root"), serverCert("web"));
      scene.readyServer("web");

      // then
      assertThat(program.get("/livez").statusCode()).isEqualTo(200);
      assertThat(program.get("/readyz").statusCode()).isEqualTo(200);
      assertThat(program.get("/metrics").body())
          .contains("process_cpu_usage", "jvm_memory_used_bytes", "reconciliations");

      // when
      program.terminate();

      // then
      assertThat(program.exitCode(END)).isIn(0, TERMINATED);
      assertThat(program.output()).contains("mtls-operator stopped").doesNotContain("\tat ");
      assertThat(program.output()).doesNotContain("PRIVATE KEY").doesNotContain(" ERROR ");
    }
  }

  @Test
  void shouldTellThatItsPortIsTaken() throws IOException {
    // given
    scene("port");
    try (ServerSocket taken = new ServerSocket(0);
        OperatorProgram program =
            OperatorProgram.launch(
                cluster.kubeconfig(),
                "--management-port",
                Integer.toString(taken.getLocalPort()))) {
      // then
      assertThat(program.exitCode(GIVE_UP)).isEqualTo(1);
      assertThat(program.output())
          .contains("port " + taken.getLocalPort() + " is taken")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void shouldWatchOnlyTheNamespacesThatItIsGiven() {
    // given
    Scene a = scene("watched");
    Scene b = scene("watched");
    Scene c = scene("unwatched");
    List<String> names = IntStream.rangeClosed(1, 20).mapToObj(n -> "web" + n).toList();
    for (Scene scene : List.of(a, b, c)) {
      scene.apply(manifests(names));
    }

    // when
    try (OperatorProgram program =
        OperatorProgram.start(
            cluster.kubeconfig(), "--namespaces", a.namespace() + "," + b.namespace())) {
      // then
      for (Scene scene : List.of(a, b)) {
        scene.readyRootCA("root");
        names.forEach(scene::readyServer);
      }
      assertThat(c.server("web1").getStatus()).isNull();
      assertThat(c.secrets()).isEmpty();
      for (Scene scene : List.of(a, b)) {
        List<ServerCert> before = names.stream().map(scene::server).toList();
        for (ServerCert leaf : before) {
          scene.deleteSecret(leaf.getMetadata().getName());
        }
        scene.kubectl("delete", "configmap/root-trust").orThrow();
        before.forEach(scene::reissued);
        eventually(() -> assertThat(scene.find(ConfigMap.class, "root-trust")).isPresent());
      }
      assertThat(program.isAlive()).isTrue();
    }
  }

  @Test
  void shouldFinishWhatADeadOperatorBegan() {
    // given
    Scene scene = scene("killed");
    List<String> names = IntStream.rangeClosed(1, 200).mapToObj(n -> "web" + n).toList();
    scene.apply(manifests(names));

    // when
    for (int survived : new int[] {10, 60}) {
      try (OperatorProgram program =
          OperatorProgram.launch(cluster.kubeconfig(), "--management-port", "0")) {
        eventually(BULK, () -> assertThat(scene.secrets()).hasSizeGreaterThan(survived));
        program.kill();
      }
      assertThat(scene.secrets()).as("killed in the middle").hasSizeLessThan(200);
    }

    // then
    try (OperatorProgram program = OperatorProgram.start(cluster.kubeconfig())) {
      names.forEach(scene::readyServer);
      List<Secret> secrets = scene.secrets();
      assertThat(secrets).hasSize(201);
      assertThat(secrets).filteredOn(s -> "mtls-operator.dev/ca".equals(s.getType())).hasSize(1);
      for (String name : names) {
        ServerCert leaf = scene.server(name);
        Secret secret = scene.secret(name);
        assertThat(leaf.getStatus().secretDigest()).isEqualTo(SecretData.digest(secret));
        assertThat(leaf.getStatus().serialNumber()).isEqualTo(Scene.serial(secret));
        assertThat(leaf.getStatus().revision()).as("issued once").isEqualTo(1);
        assertThat(secret.getMetadata().getOwnerReferences())
            .singleElement()
            .satisfies(o -> assertThat(o.getUid()).isEqualTo(leaf.getMetadata().getUid()));
      }
      assertThat(program.isAlive()).isTrue();
    }
  }

  @Test
  void shouldHealByItselfWhenTheApiServerWasAway() {
    // given
    Scene scene = scene("away");
    try (OperatorProgram program = OperatorProgram.start(cluster.kubeconfig())) {
      scene.apply(rootCA("root"), serverCert("web"));
      ServerCert before = scene.readyServer("web");

      // when
      cluster.stopApiServer();
      try {
        always(
            Duration.ofSeconds(30),
            () -> assertThat(program.get("/livez").statusCode()).isEqualTo(200));
      } finally {
        cluster.startApiServer();
      }

      // then
      scene.apply(serverCert("late"));
      eventually(
          Duration.ofSeconds(60), () -> assertThat(scene.find(Secret.class, "late")).isPresent());
      scene.readyServer("late");
      scene.deleteSecret("web");
      assertThat(scene.reissued(before).getStatus().revision()).isEqualTo(2);
      eventually(() -> assertThat(program.get("/readyz").statusCode()).isEqualTo(200));
    }
  }

  private static Scene scene(String prefix) {
    RunningOperator.installKinds(cluster);
    return Scene.in(cluster, prefix);
  }

  private static Manifest[] manifests(List<String> leaves) {
    return Stream.concat(Stream.of(rootCA("root")), leaves.stream().map(Manifest::serverCert))
        .toArray(Manifest[]::new);
  }
}
