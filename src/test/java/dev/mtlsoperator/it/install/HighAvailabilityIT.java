package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.SecretWrites;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.reconcile.context.SealKeeper;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two operators, one of which is the leader: how the other one takes over, and what that costs. */
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class HighAvailabilityIT {
  private static final String ELECTION = "--leader-election";
  private static final Duration END = Duration.ofSeconds(15);
  private static final Duration BULK = Duration.ofSeconds(90);

  private static EmbeddedCluster cluster;

  @TempDir private Path folder;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @Test
  @Order(1)
  void shouldFinishWhatAKilledLeaderBegan() {
    // given: two that start at once, while even their namespace is missing
    try (OperatorProgram a = launch();
        OperatorProgram b = launch()) {
      a.awaitReady();
      b.awaitReady();
      eventually(() -> assertThat(List.of(leads(a), leads(b))).containsOnlyOnce(true));
      assertThat(
              cluster.client().secrets().inNamespace(RunningOperator.NAMESPACE).list().getItems())
          .as("one seal for both")
          .singleElement()
          .satisfies(s -> assertThat(s.getMetadata().getName()).isEqualTo(SealKeeper.NAME));
      OperatorProgram leader = leads(a) ? a : b;
      OperatorProgram standby = leads(a) ? b : a;

      // when
      int count = 300;
      Bulk.createNamespace(cluster, "killed");
      try (SecretWrites witness = new SecretWrites(cluster, "killed");
          Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "killed")) {
        Bulk.createServerCerts(cluster.client(), "killed", count);
        eventually(() -> assertThat(witness.seen()).hasSizeGreaterThan(50));
        leader.kill();
        int issued = witness.seen().size();
        assertThat(issued).as("killed in the middle").isLessThan(count);
        long killed = System.nanoTime();
        eventually(() -> assertThat(leads(standby)).isTrue());
        report("SIGKILL to the other one leading", killed);
        eventually(() -> assertThat(witness.seen()).hasSizeGreaterThan(issued + 8));
        report("SIGKILL to the next certificates", killed);

        // then
        ready.await(count, BULK);
        report("SIGKILL to " + (count - issued) + " further certificates", killed);
        assertIssuedOnce(witness, "killed", count);
      }
    }
  }

  @Test
  @Order(2)
  void shouldHandOverOnSigterm() {
    // given
    try (OperatorProgram leader = launch().awaitReady()) {
      eventually(() -> assertThat(leads(leader)).isTrue());
      try (OperatorProgram standby = launch().awaitReady()) {
        assertThat(leads(standby)).isFalse();
        Bulk.createNamespace(cluster, "signalled");
        try (SecretWrites witness = new SecretWrites(cluster, "signalled");
            Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "signalled")) {
          Bulk.createServerCerts(cluster.client(), "signalled", 100);

          // when
          leader.terminate();
          long terminated = System.nanoTime();
          leader.exitCode(END);
          report("SIGTERM to the end of the process", terminated);
          long ended = System.nanoTime();

          // then: the lease is released, so that the other one need not wait until it expires
          eventually(() -> assertThat(leads(standby)).isTrue());
          report("end of the process to the other one leading", ended);
          assertThat(Duration.ofNanos(System.nanoTime() - ended))
              .as("sooner than a Lease that is not given back runs out")
              .isLessThan(Duration.ofSeconds(10));
          assertThat(leader.output()).contains("mtls-operator stopped").doesNotContain(" ERROR ");
          ready.await(100, BULK);
          assertIssuedOnce(witness, "signalled", 100);
        }
      }
    }
  }

  @Test
  @Order(3)
  void shouldDoNoHarmWhenALeaderWakesUpTooLate() {
    // given: with Roles for one namespace as well
    Bulk.createNamespace(cluster, "frozen");
    try (OperatorProgram leader = launch("--namespaces", "frozen").awaitReady()) {
      eventually(() -> assertThat(leads(leader)).isTrue());
      try (OperatorProgram standby = launch("--namespaces", "frozen").awaitReady();
          SecretWrites witness = new SecretWrites(cluster, "frozen");
          Bulk.Ready ready = new Bulk.Ready(cluster, "servercerts", "frozen")) {
        Bulk.createServerCerts(cluster.client(), "frozen", 200);
        eventually(() -> assertThat(witness.seen()).hasSizeGreaterThan(20));

        // when
        leader.pause();
        long paused = System.nanoTime();
        assertThat(witness.seen().size()).as("paused in the middle").isLessThan(200);
        eventually(() -> assertThat(leads(standby)).isTrue());
        report("SIGSTOP to the other one leading", paused);
        leader.resume();

        // then
        assertThat(leader.exitCode(END)).isEqualTo(1);
        assertThat(leader.output()).containsPattern("the lease (has expired|is lost)");
        ready.await(200, BULK);
        assertThat(leads(standby)).isTrue();
        assertIssuedOnce(witness, "frozen", 200);
      }
    }
  }

  @Test
  @Order(4)
  void shouldAnswerVerifiersAsAStandby() throws Exception {
    // given: as behind one Service
    int port = FreePort.next();
    String site = "http://localhost:" + port;
    String[] first = {"--crl-port", Integer.toString(FreePort.next()), "--crl-url", site};
    String[] second = {"--crl-port", Integer.toString(port), "--crl-url", site};
    try (OperatorProgram leader = launch(first).awaitReady()) {
      eventually(() -> assertThat(leads(leader)).isTrue());
      try (OperatorProgram standby = launch(second).awaitReady()) {
        Scene scene = Scene.in(cluster, "asked");
        scene.apply(rootCA("root").with("spec.revocation.ocsp", true), clientCert("lost"));
        scene.readyClient("lost");
        Files.writeString(folder.resolve("ca.crt"), Scene.text(scene.secret("lost"), "ca.crt"));
        Files.writeString(folder.resolve("lost.crt"), Scene.text(scene.secret("lost"), "tls.crt"));

        // when
        scene.apply(clientCert("lost").with("spec.revoked", Map.of("reason", "KeyCompromise")));

        // then
        eventually(
            () ->
                assertThat(ocsp("-url", site + "/ocsp"))
                    .contains("Response verify OK", "lost.crt: revoked"));
        assertThat(ocsp("-no_nonce", "-reqout", "request")).isEmpty();
        String path =
            URLEncoder.encode(
                Base64.getEncoder().encodeToString(Files.readAllBytes(folder.resolve("request"))),
                StandardCharsets.UTF_8);
        Files.write(folder.resolve("response"), fetched(site + "/ocsp/" + path));
        assertThat(ocsp("-respin", "response"))
            .contains("Response verify OK", "lost.crt: revoked", "Reason: keyCompromise");
        assertThat(Crl.parse(fetched(site + "/" + scene.namespace() + "/root/1.crl")).entries())
            .containsOnlyKeys(
                SerialNumber.read(
                        scene.client("lost").getStatus().certificates().get(0).serialNumber())
                    .orElseThrow());
        assertThat(leads(standby)).isFalse();
      }
    }
  }

  private String ocsp(String... options) {
    List<String> all = new ArrayList<>(List.of("ocsp", "-issuer", "ca.crt", "-cert", "lost.crt"));
    all.addAll(List.of("-CAfile", "ca.crt"));
    all.addAll(List.of(options));
    return Consumer.require("openssl", "apt-get install openssl")
        .run(folder, all.toArray(String[]::new))
        .output();
  }

  private static byte[] fetched(String url) throws IOException {
    try (InputStream answer = URI.create(url).toURL().openStream()) {
      return answer.readAllBytes();
    }
  }

  private static OperatorProgram launch(String... options) {
    String[] all = java.util.Arrays.copyOf(options, options.length + 3);
    all[options.length] = ELECTION;
    all[options.length + 1] = "--management-port";
    all[options.length + 2] = "0";
    return OperatorProgram.launch(cluster.kubeconfig(), all);
  }

  private static boolean leads(OperatorProgram program) {
    return program
        .get("/metrics")
        .body()
        .lines()
        .anyMatch(line -> line.matches("mtls_operator_leading 1(\\.0)?"));
  }

  /** Each Secret has one version, which is that in status: revision 1. */
  private static void assertIssuedOnce(SecretWrites witness, String namespace, int count) {
    Map<String, Secret> secrets =
        cluster.client().secrets().inNamespace(namespace).list().getItems().stream()
            .collect(Collectors.toMap(s -> s.getMetadata().getName(), Function.identity()));
    List<ServerCert> leaves =
        cluster.client().resources(ServerCert.class).inNamespace(namespace).list().getItems();
    assertThat(leaves).hasSize(count);
    assertThat(secrets).as("leaves and one CA").hasSize(count + 1);
    for (ServerCert leaf : leaves) {
      Secret secret = secrets.get(leaf.getMetadata().getName());
      assertThat(leaf.getStatus().revision()).isEqualTo(1);
      assertThat(leaf.getStatus().serialNumber()).isEqualTo(Scene.serial(secret));
      assertThat(leaf.getStatus().secretDigest()).isEqualTo(SecretData.digest(secret));
    }
    Map<String, List<String>> expected = new HashMap<>();
    leaves.forEach(
        leaf ->
            expected.put(
                leaf.getMetadata().getName(), List.of("ADDED " + leaf.getStatus().serialNumber())));
    eventually(() -> assertThat(witness.seen()).isEqualTo(expected));
  }

  private static void report(String what, long since) {
    System.out.printf("%s: %.1f s%n", what, (System.nanoTime() - since) / 1e9);
  }
}
