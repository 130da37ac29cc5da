package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.MalformedIdentifiers;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * Unreadable input is reported and does not hold up anything else. The operator runs as a process,
 * which must neither end nor log errors at its start.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class GarbageIT {
  private static final int LEAVES = 300;
  private static final int STARTS = 5;

  private static EmbeddedCluster cluster;
  private static OperatorProgram operator;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    operator = OperatorProgram.start(cluster.kubeconfig());
  }

  @AfterAll
  static void end() {
    operator.close();
    cluster.close();
  }

  private static String internalErrors() {
    return operator
        .get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("mtls_operator_internal_errors_total{"))
        .filter(line -> !line.endsWith(" 0.0"))
        .toList()
        .toString();
  }

  private static Secret frozen(Secret secret, X509Certificate certificate) {
    return secret
        .edit()
        .addToData(
            "tls.crt",
            Base64.getEncoder()
                .encodeToString(Pem.write(certificate).getBytes(StandardCharsets.UTF_8)))
        .withImmutable(true)
        .build();
  }

  @Test
  @Order(1)
  void shouldGoOnWhereACertificateNamesNoIssuer() {
    // given
    Scene scene = Scene.in(cluster, "identifiers");
    scene.apply(rootCA("root"), serverCert("web"), serverCert("other"));
    RootCA root = scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyServer("other");
    X509Certificate ca = Scene.certificate(scene.secret("root-ca-1"));
    Instant now = Instant.now();

    // when: the key identifier is an octet string where a sequence should be
    scene.editSecret(
        "web",
        secret ->
            frozen(
                secret,
                MalformedIdentifiers.naming(
                    ca,
                    now.minusSeconds(60),
                    Instant.parse("9999-12-31T23:59:59Z"),
                    new byte[] {4, 2, 1, 2},
                    new byte[] {1, 1, 1})));
    scene
        .kubectl("annotate", "rootca", "root", "mtls-operator.dev/rotate=now", "--overwrite")
        .orThrow();

    // then: the RootCA's reconciliations continue and report it
    eventually(
        () ->
            assertThat(scene.caStatus("root").generations())
                .as("generations of %s", root.getMetadata().getName())
                .hasSize(2));
    eventually(
        () ->
            assertThat(scene.caStatus("root").rotation().phase())
                .isNotEqualTo(RotationPhase.Stable));
    assertThat(internalErrors()).isEqualTo("[]");
  }

  @Test
  @Order(2)
  void shouldGoOnWhateverSomebodyPatchedIntoAStatus() {
    // given
    Scene scene = Scene.in(cluster, "statuses");
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");

    // when
    scene
        .kubectl(
            "patch",
            "servercert",
            "web",
            "--subresource=status",
            "--type=merge",
            "-p",
            "{\"status\": {\"revision\": 99999999999, \"caGeneration\": -99999999999,"
                + " \"renewalTime\": \"never\", \"notAfter\": \"+1000000000-12-31T23:59:59Z\","
                + " \"failures\": {\"count\": 2147483647, \"lastTime\": \"\", \"nextTry\": \"\"},"
                + " \"lastIssuance\": {\"reason\": \"SecretTampered\","
                + " \"time\": \"+1000000000-12-31T23:59:59.999999999Z\"}}}")
        .orThrow();
    scene
        .kubectl(
            "patch",
            "rootca",
            "root",
            "--subresource=status",
            "--type=json",
            "-p",
            "[{\"op\": \"replace\", \"path\": \"/status/generations/0/generation\","
                + " \"value\": 99999999999}]")
        .orThrow();
    scene
        .kubectl("annotate", "servercert", "web", "mtls-operator.dev/renew=now", "--overwrite")
        .orThrow();

    // then: it is repaired without effect on others; meanwhile an ordinary client cannot read it
    eventually(
        () ->
            assertThat(
                    scene
                        .kubectl(
                            "get", "servercert", "web", "-o", "jsonpath={.status.serialNumber}")
                        .stdout())
                .isNotEqualTo(web.getStatus().serialNumber()));
    ServerCert renewed = scene.readyServer("web");
    assertThat(renewed.getStatus().notAfter()).startsWith("20");
    scene.apply(serverCert("late"));
    scene.readyServer("late");
    scene
        .kubectl("annotate", "servercert", "web", "mtls-operator.dev/renew=again", "--overwrite")
        .orThrow();
    ServerCert again = scene.reissued(renewed);
    always(
        Duration.ofSeconds(3),
        () ->
            assertThat(scene.server("web").getStatus().serialNumber())
                .isEqualTo(again.getStatus().serialNumber()));
    assertThat(operator.isAlive()).isTrue();
    assertThat(internalErrors()).isEqualTo("[]");
  }

  @Test
  @Order(3)
  void shouldStartOverManyLeavesWithoutAComplaint() {
    // given: without the objects that were damaged on purpose and are reported
    cluster.kubectl().run("delete", "servercerts", "--all", "--all-namespaces").orThrow();
    KubernetesClient client = cluster.client();
    Bulk.createNamespace(cluster, "many");
    Bulk.createServerCerts(client, "many", LEAVES);
    eventually(
        Duration.ofMinutes(2),
        () ->
            assertThat(client.secrets().inNamespace("many").list().getItems().size())
                .isGreaterThan(LEAVES));

    for (int start = 0; start < STARTS; start++) {
      operator.close();

      operator = OperatorProgram.start(cluster.kubeconfig());

      // the very first reconciliations
      always(Duration.ofSeconds(2), () -> assertThat(complaints()).isEmpty());
    }
    assertThat(internalErrors()).isEqualTo("[]");
  }

  private static List<String> complaints() {
    return operator
        .output()
        .lines()
        .filter(line -> line.matches(".* (WARN|ERROR) .*") || line.contains("Exception"))
        .toList();
  }
}
