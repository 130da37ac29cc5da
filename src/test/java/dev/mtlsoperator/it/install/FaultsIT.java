package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.EtcdStorage;
import dev.mtlsoperator.cluster.Wire;
import dev.mtlsoperator.harness.Eventually;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * Faults of a cluster: after each, the operator recovers by itself, its readiness was correct, and
 * issued certificates are still in service.
 */
@Timeout(400)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FaultsIT {
  /** Time until a silent API server is reported, and until all waiting work has been retried. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How long the API server is away; -Dha.away=PT15S for a faster run. */
  private static final Duration AWAY = Duration.parse(System.getProperty("ha.away", "PT2M"));

  private static final String BROKEN_WEBHOOK =
      """
      apiVersion: admissionregistration.k8s.io/v1
      kind: ValidatingWebhookConfiguration
      metadata: {name: a-storm}
      webhooks:
        - name: a.storm.example.org
          clientConfig: {url: "https://127.0.0.1:1/"}
          rules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [secrets]}]
          sideEffects: None
          failurePolicy: Fail
          timeoutSeconds: 1
          admissionReviewVersions: [v1]
      """;

  private static EmbeddedCluster cluster;
  private static Wire wire;
  private static Scene scene;
  private static OperatorProgram program;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    scene = Scene.in(cluster, "faults");
    scene.kubectl("create", "serviceaccount", "operator").orThrow();
    cluster
        .kubectl()
        .run(
            "create",
            "clusterrolebinding",
            "operator",
            "--clusterrole=cluster-admin",
            "--serviceaccount=" + scene.namespace() + ":operator")
        .orThrow();
    wire = new Wire(cluster.kubeconfigFor(scene.namespace(), "operator"));
    program = OperatorProgram.start(wire.kubeconfig());
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyServer("web");
  }

  @AfterAll
  static void end() {
    program.close();
    wire.close();
    cluster.close();
  }

  @Test
  @Order(1)
  void shouldGoOnWhenItsConnectionsAreCut() {
    // when
    for (int round = 0; round < 5; round++) {
      int first = 10 * round;
      scene.apply(leaves(10, i -> "cut" + (first + i)));
      eventually(() -> assertThat(wire.cut()).as("connections").isPositive());
    }

    // then
    eventually(PATIENCE, () -> assertThat(issued()).hasSize(51).allSatisfy(FaultsIT::first));
    eventually(PATIENCE, FaultsIT::assertReady);
  }

  @Test
  @Order(2)
  void shouldWaitWhileTheApiServerSaysTooManyRequests() {
    // given
    Map<String, String> before = issued();
    cluster.kubectl().runWithInput(storm(scene.namespace()), "apply", "-f", "-").orThrow();

    // when: the API server notices it after a moment
    AtomicInteger asked = new AtomicInteger();
    eventually(
        PATIENCE,
        () -> {
          scene.apply(leaves(20, i -> "storm" + asked.getAndIncrement()));
          assertThat(rejected()).isGreaterThan(20);
        });
    System.out.printf("429 answers: %d, leaves asked for: %d%n", rejected(), asked.get());

    // then: it succeeds nevertheless
    long begun = System.nanoTime();
    eventually(
        PATIENCE,
        () ->
            assertThat(issued()).hasSize(before.size() + asked.get()).allSatisfy(FaultsIT::first));
    report("all issued in the storm", begun);
    cluster.kubectl().run("delete", "flowschema/a-storm").orThrow();
    eventually(PATIENCE, FaultsIT::assertReady);
    assertThat(issued()).containsAllEntriesOf(before);
  }

  /** Fails like an admission webhook whose Service is gone. */
  @Test
  @Order(2)
  void shouldWaitWhileTheApiServerSaysInternalError() {
    // given
    Map<String, String> before = issued();
    cluster.kubectl().runWithInput(BROKEN_WEBHOOK, "apply", "-f", "-").orThrow();
    try {
      eventually(
          () ->
              assertThat(
                      scene
                          .kubectl("create", "secret", "generic", "x", "--dry-run=server")
                          .stderr())
                  .contains("failed calling webhook"));

      // when
      scene.apply(leaves(50, i -> "broken" + i));
      long begun = System.nanoTime();
      eventually(PATIENCE, () -> assertNotReady("refuses writes (HTTP 500)"));
      report("storm of 500 to not ready", begun);
      assertThat(issued()).isEqualTo(before);
    } finally {
      cluster.kubectl().run("delete", "validatingwebhookconfiguration/a-storm").orThrow();
    }

    // then
    long mended = System.nanoTime();
    eventually(
        PATIENCE,
        () -> assertThat(issued()).hasSize(before.size() + 50).containsAllEntriesOf(before));
    report("end of the storm of 500 to all issued", mended);
    assertThat(issued()).allSatisfy(FaultsIT::first);
    eventually(PATIENCE, FaultsIT::assertReady);
  }

  @Test
  @Order(3)
  void shouldGoOnWhenEtcdIsRestarted() {
    // given
    Map<String, String> before = issued();

    // when
    cluster.stopEtcd();
    long stopped = System.nanoTime();
    try {
      eventually(PATIENCE, () -> assertNotReady("the API server"));
      report("etcd away to not ready", stopped);
    } finally {
      cluster.startEtcd("--quota-backend-bytes=33554432");
    }

    // then
    long started = System.nanoTime();
    eventually(PATIENCE, FaultsIT::assertReady);
    report("etcd back to ready", started);
    eventually(() -> scene.apply(serverCert("after-etcd")));
    scene.readyServer("after-etcd");
    assertThat(issued()).hasSize(before.size() + 1).containsAllEntriesOf(before);
  }

  /** All writes fail with 500 meanwhile. */
  @Test
  @Order(4)
  void shouldGoOnWhenEtcdWasFull() {
    // given
    EtcdStorage storage = new EtcdStorage(cluster.etcdUri());
    Map<String, String> before = issued();

    // when
    assertThat(storage.fill()).contains("database space exceeded");
    scene.deleteSecret("web");
    long full = System.nanoTime();
    eventually(PATIENCE, () -> assertNotReady("refuses writes (HTTP 500)"));
    report("full etcd to not ready", full);

    // then
    storage.makeRoom();
    long room = System.nanoTime();
    eventually(PATIENCE, () -> assertThat(issued().get("web")).startsWith("2 "));
    report("room in etcd to the certificate issued", room);
    eventually(PATIENCE, FaultsIT::assertReady);
    before.remove("web");
    assertThat(issued()).containsAllEntriesOf(before);
  }

  @Test
  @Order(5)
  void shouldLeadAgainWhenTheApiServerWasAway() {
    // given: two replicas instead of one
    program.terminate();
    program.exitCode(Duration.ofSeconds(20));
    String[] options = {"--leader-election", "--management-port", "0"};
    try (OperatorProgram leader = OperatorProgram.launch(wire.kubeconfig(), options).awaitReady()) {
      eventually(() -> assertThat(leader.output()).contains("this operator leads"));
      try (OperatorProgram standby =
          OperatorProgram.launch(wire.kubeconfig(), options).awaitReady()) {
        Map<String, String> before = issued();

        // when
        cluster.stopApiServer();
        long away = System.nanoTime();
        try {
          assertThat(leader.exitCode(Duration.ofSeconds(30))).isEqualTo(1);
          report("API server away to the end of the leader", away);
          eventually(() -> assertThat(standby.get("/readyz").statusCode()).isEqualTo(503));
          Eventually.always(
              AWAY.minusNanos(System.nanoTime() - away),
              () -> assertThat(standby.get("/livez").statusCode()).isEqualTo(200));
        } finally {
          cluster.startApiServer();
        }

        // then
        long back = System.nanoTime();
        eventually(PATIENCE, () -> assertThat(standby.output()).contains("this operator leads"));
        report("API server back to the standby leading", back);
        eventually(PATIENCE, () -> assertThat(standby.get("/readyz").statusCode()).isEqualTo(200));
        report("API server back to ready", back);
        scene.apply(serverCert("after-away"));
        eventually(PATIENCE, () -> assertThat(issued()).containsKey("after-away"));
        report("API server back to the first certificate", back);
        assertThat(issued()).hasSize(before.size() + 1).containsAllEntriesOf(before);
      }
    }
  }

  private static Manifest[] leaves(int count, IntFunction<String> name) {
    return IntStream.range(0, count)
        .mapToObj(name)
        .map(Manifest::serverCert)
        .toArray(Manifest[]::new);
  }

  /** Revision and serial number of each leaf whose status and Secret agree, by name. */
  private static Map<String, String> issued() {
    Map<String, String> found = new TreeMap<>();
    Map<String, String> serials = new TreeMap<>();
    scene.secrets().stream()
        .filter(s -> "kubernetes.io/tls".equals(s.getType()))
        .forEach(s -> serials.put(s.getMetadata().getName(), Scene.serial(s)));
    scene
        .all(ServerCert.class)
        .forEach(
            leaf -> {
              String name = leaf.getMetadata().getName();
              if (leaf.getStatus() != null
                  && leaf.getStatus().serialNumber() != null
                  && leaf.getStatus().serialNumber().equals(serials.get(name))) {
                found.put(name, leaf.getStatus().revision() + " " + serials.get(name));
              }
            });
    return found;
  }

  private static void first(String name, String issuance) {
    assertThat(issuance).as(name).startsWith("1 ");
  }

  private static void assertReady() {
    assertThat(program.get("/readyz").statusCode()).isEqualTo(200);
  }

  private static void assertNotReady(String reason) {
    HttpResponse<String> answer = program.get("/readyz");
    assertThat(answer.body()).startsWith("not ready: ").contains(reason);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(program.get("/livez").statusCode()).isEqualTo(200);
  }

  /** The number of requests that the API server rejected during the overload. */
  private static int rejected() {
    return cluster
        .client()
        .raw("/metrics")
        .lines()
        .filter(line -> line.startsWith("apiserver_flowcontrol_rejected_requests_total{"))
        .filter(line -> line.contains("a-storm"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Makes the API server reject all concurrent requests of the operator. */
  private static String storm(String namespace) {
    return """
        apiVersion: flowcontrol.apiserver.k8s.io/v1
        kind: PriorityLevelConfiguration
        metadata: {name: a-storm}
        spec:
          type: Limited
          limited: {nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: {type: Reject}}
        ---
        apiVersion: flowcontrol.apiserver.k8s.io/v1
        kind: FlowSchema
        metadata: {name: a-storm}
        spec:
          priorityLevelConfiguration: {name: a-storm}
          matchingPrecedence: 2
          rules:
            - subjects: [{kind: ServiceAccount, serviceAccount: {namespace: %s, name: operator}}]
              resourceRules:
                - {verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"]}
              nonResourceRules: [{verbs: ["*"], nonResourceURLs: ["*"]}]
        """
        .formatted(namespace);
  }

  private static void report(String what, long since) {
    System.out.printf("%s: %.1f s%n", what, (System.nanoTime() - since) / 1e9);
  }
}
