package dev.mtlsoperator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class EmbeddedClusterIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final EmbeddedCluster cluster = EmbeddedCluster.shared();
  private final KubernetesClient client = cluster.client();

  @Test
  void shouldRefuseATokenWithoutRights() {
    // given
    String namespace = cluster.namespace("rbac");
    Path kubeconfig = cluster.kubeconfigFor(namespace, serviceAccount(namespace, "nobody"));

    // when
    try (KubernetesClient nobody = cluster.client(kubeconfig)) {
      // then
      assertThatThrownBy(() -> nobody.secrets().inNamespace(namespace).list())
          .isInstanceOfSatisfying(
              KubernetesClientException.class, e -> assertThat(e.getCode()).isEqualTo(403))
          .hasMessageContaining("system:serviceaccount:" + namespace + ":nobody");
    }
  }

  @Test
  void shouldGrantATokenWhatARoleGives() {
    // given
    String namespace = cluster.namespace("rbac");
    Path kubeconfig = cluster.kubeconfigFor(namespace, serviceAccount(namespace, "reader"));
    Kubectl reader = cluster.kubectl().as(kubeconfig);
    cluster
        .kubectl()
        .run(
            "create",
            "rolebinding",
            "reads",
            "-n",
            namespace,
            "--clusterrole=view",
            "--serviceaccount=" + namespace + ":reader")
        .orThrow();

    // when
    await(() -> reader.run("get", "configmaps", "-n", namespace).exitCode() == 0);

    // then
    assertThat(reader.run("create", "configmap", "x", "-n", namespace).stderr())
        .contains("forbidden")
        .contains("cannot create resource \"configmaps\"");
  }

  @Test
  void shouldCollectTheDependentsOfADeletedOwner() {
    // given
    String namespace = cluster.namespace("gc");
    ConfigMap owner = configMap(namespace, "owner");
    client
        .configMaps()
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("dependent")
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("ConfigMap")
                .withName("owner")
                .withUid(owner.getMetadata().getUid())
                .endOwnerReference()
                .endMetadata()
                .build())
        .create();
    ConfigMap bystander = configMap(namespace, "bystander");

    // when
    client.configMaps().resource(owner).delete();

    // then
    await(() -> read(namespace, "dependent") == null);
    assertThat(read(namespace, "bystander")).isEqualTo(bystander);
  }

  @Test
  void shouldEndADeletedNamespaceWithItsContent() {
    // given
    String namespace = cluster.namespace("ends");
    configMap(namespace, "content");

    // when
    client.namespaces().withName(namespace).delete();

    // then
    await(() -> client.namespaces().withName(namespace).get() == null);
    assertThat(read(namespace, "content")).isNull();
  }

  @Test
  void shouldMakeTheDefaultServiceAccountOfANamespace() {
    // given
    String namespace = cluster.namespace("accounts");

    // when, then
    await(() -> client.serviceAccounts().inNamespace(namespace).withName("default").get() != null);
  }

  @Test
  void shouldRunTheRealKubectl() {
    // given
    String namespace = cluster.namespace("kubectl");
    Kubectl kubectl = cluster.kubectl();
    String manifest =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: from-stdin, namespace: %s}
        data: {colour: green}
        """
            .formatted(namespace);

    // when
    KubectlResult applied = kubectl.runWithInput(manifest, "apply", "-f", "-");

    // then
    assertThat(applied).isEqualTo(new KubectlResult(0, "configmap/from-stdin created\n", ""));
    assertThat(
            kubectl.run(
                "get", "cm", "from-stdin", "-n", namespace, "-o", "jsonpath={.data.colour}"))
        .isEqualTo(new KubectlResult(0, "green", ""));
    assertThatThrownBy(() -> kubectl.run("get", "cm", "none", "-n", namespace).orThrow())
        .hasMessageContaining("configmaps \"none\" not found");
  }

  @Test
  void shouldGiveKubeconfigsWithBothFormsOfAnEcKey() throws IOException {
    // given
    Path sec1 = cluster.kubeconfig();
    Path pkcs8 = cluster.kubeconfigWithEcPkcs8Key();

    // when, then
    assertThat(clientKey(sec1)).startsWith("-----BEGIN EC PRIVATE KEY-----");
    assertThat(clientKey(pkcs8)).startsWith("-----BEGIN PRIVATE KEY-----");
    for (Path kubeconfig : new Path[] {sec1, pkcs8}) {
      assertThat(cluster.kubectl().as(kubeconfig).run("auth", "whoami").orThrow())
          .contains("system:masters");
      try (KubernetesClient someone = cluster.client(kubeconfig)) {
        assertThat(someone.namespaces().withName("default").get()).isNotNull();
      }
    }
  }

  @Test
  void shouldCountRequestsExactly() {
    // given: cluster-scoped, since controllers delete namespaced ones with another test's namespace
    var classes = client.scheduling().v1().priorityClasses();
    Metrics before = cluster.metrics();

    // when
    for (int i = 0; i < 50; i++) {
      classes
          .resource(
              new PriorityClassBuilder()
                  .withNewMetadata()
                  .withName("count" + i)
                  .endMetadata()
                  .withValue(i)
                  .build())
          .create();
    }
    classes.withName("count7").delete();
    classes.withName("none").get();

    // then
    await(() -> cluster.metrics().since(before).requests().containsKey(request("GET", 404)));
    await(() -> cluster.metrics().since(before).writes("priorityclasses") >= 51);
    Metrics counted = cluster.metrics().since(before);
    assertThat(counted.writes("priorityclasses")).as("%s", counted.requests()).isEqualTo(51);
    assertThat(counted.requests())
        .containsEntry(request("POST", 201), 50L)
        .containsEntry(request("DELETE", 200), 1L)
        .containsEntry(request("GET", 404), 1L);
  }

  private static Metrics.Request request(String verb, int code) {
    return new Metrics.Request(verb, "scheduling.k8s.io", "priorityclasses", "", code);
  }

  @Test
  void shouldTellWhatItsProcessesUse() {
    // given
    Usage before = Usage.of(cluster.apiServer());

    // when
    await(() -> Usage.of(cluster.apiServer()).since(before).cpu().toMillis() > 0);

    // then
    assertThat(before.cpu()).isPositive();
    assertThat(before.residentBytes()).isBetween(50L << 20, 4L << 30);
    assertThat(Usage.of(cluster.etcd()).residentBytes()).isBetween(10L << 20, 2L << 30);
    assertThat(Usage.of(cluster.controllerManager()).residentBytes()).isPositive();
  }

  @Test
  void shouldKeepItsDataWhileTheApiServerIsAway() {
    // given
    String namespace = cluster.namespace("kept");
    ConfigMap kept = configMap(namespace, "kept");

    // when
    cluster.stopApiServer();
    KubectlResult away = cluster.kubectl().run("get", "cm", "kept", "-n", namespace);
    cluster.startApiServer();

    // then
    assertThat(away.exitCode()).isEqualTo(1);
    assertThat(away.stderr()).contains("connection").contains("refused");
    assertThat(read(namespace, "kept")).isEqualTo(kept);
  }

  @Test
  void shouldAnswerNothingWhileItIsPaused() {
    // given
    Kubectl kubectl = cluster.kubectl();

    // when
    cluster.pause();
    KubectlResult frozen;
    try {
      frozen = kubectl.run("get", "ns", "default", "--request-timeout=2s");
    } finally {
      cluster.resume();
    }

    // then
    assertThat(frozen.exitCode()).isEqualTo(1);
    assertThat(frozen.stdout()).isEmpty();
    await(() -> kubectl.run("get", "ns", "default").exitCode() == 0);
  }

  @Test
  void shouldLeaveNothingBehindWhenItIsClosed() {
    // given
    EmbeddedCluster mine = EmbeddedCluster.start();
    Path folder = mine.kubeconfig().getParent();
    ProcessHandle[] processes = {mine.apiServer(), mine.etcd(), mine.controllerManager()};

    // when
    mine.close();
    mine.close();

    // then
    assertThat(processes).noneMatch(ProcessHandle::isAlive);
    assertThat(folder).doesNotExist();
  }

  @Test
  void shouldLeaveNothingBehindWhenItsJvmIsKilled() throws IOException, InterruptedException {
    // given
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                RunCluster.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String export;
    try (var lines = jvm.inputReader()) {
      export =
          lines
              .lines()
              .filter(line -> line.startsWith("export KUBECONFIG="))
              .findFirst()
              .orElse("");
      Path folder = Path.of(export.substring(export.indexOf('=') + 1)).getParent();
      assertThat(folder).isDirectory();
      var processes = jvm.descendants().toList();
      assertThat(processes).hasSizeGreaterThanOrEqualTo(4);

      // when
      jvm.destroyForcibly().waitFor();

      // then
      await(() -> Files.notExists(folder));
      await(() -> processes.stream().noneMatch(EmbeddedClusterIT::isRunning));
    } finally {
      jvm.destroyForcibly();
    }
  }

  private String serviceAccount(String namespace, String name) {
    client
        .serviceAccounts()
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .build())
        .create();
    return name;
  }

  private ConfigMap configMap(String namespace, String name) {
    return client
        .configMaps()
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withData(Map.of("name", name))
                .build())
        .create();
  }

  private @Nullable ConfigMap read(String namespace, String name) {
    return client.configMaps().inNamespace(namespace).withName(name).get();
  }

  private static String clientKey(Path kubeconfig) throws IOException {
    String data =
        Files.readAllLines(kubeconfig).stream()
            .filter(line -> line.contains("client-key-data:"))
            .findFirst()
            .orElseThrow();
    return new String(
        Base64.getDecoder().decode(data.substring(data.indexOf(':') + 1).strip()),
        StandardCharsets.US_ASCII);
  }

  /** Also false for a zombie, which remains if process 1 does not reap orphans. */
  private static boolean isRunning(ProcessHandle process) {
    return process.isAlive() && process.info().command().isPresent();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("still waiting").isNegative();
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }
}
