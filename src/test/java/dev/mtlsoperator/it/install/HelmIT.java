package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.password;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.AuditedRequest;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.consumers.ConformanceRow;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.consumers.ProgramVersions;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chart, installed by a real helm on a real API server. There are no pods: the operator runs as
 * a process with the arguments and the ServiceAccount's token of the Deployment that was installed.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class HelmIT {
  private static final String CHART = "helm/mtls-operator";
  private static final String RELEASE = "mtls-operator";
  private static final String DEPLOYMENT = "templates/deployment.yaml";
  private static final Duration END = Duration.ofSeconds(15);

  /** What every authenticated user may: discovery, and reviews of the user's own rights. */
  private static final Set<String> OF_EVERYBODY = Set.of("create selfsubjectrulesreviews");

  private static EmbeddedCluster cluster;
  private static Consumer helm;

  @TempDir private Path folder;

  @BeforeAll
  static void begin() {
    helm = Consumer.provision("src/test/tools/provision-helm.sh");
    cluster = EmbeddedCluster.start();
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  private Run helm(String... arguments) {
    return helm.run(
        Path.of("").toAbsolutePath(),
        Map.of(
            "KUBECONFIG", cluster.kubeconfig().toString(),
            "HELM_CACHE_HOME", folder.resolve("cache").toString(),
            "HELM_CONFIG_HOME", folder.resolve("config").toString(),
            "HELM_DATA_HOME", folder.resolve("data").toString()),
        arguments);
  }

  @Test
  @Order(1)
  void shouldBeCleanAndRefuseTypos() throws IOException {
    assertThat(helm("lint", "--strict", CHART).orThrow().output())
        .contains("1 chart(s) linted, 0 chart(s) failed")
        .doesNotContain("[WARNING]", "[ERROR]");
    ConformanceRow.of("Packaging", "`helm lint --strict`, the chart")
        .says("none")
        .with(ProgramVersions.ofModule(Path.of("src/test/tools/helm"), "helm/v3"))
        .require();

    assertThat(helm("template", "x", CHART, "--set", "replica=3"))
        .satisfies(
            run -> {
              assertThat(run.exitCode()).isNotZero();
              assertThat(run.output()).contains("'replica'");
            });
    assertThat(helm("template", "x", CHART, "--set", "logging.format=yaml").exitCode()).isNotZero();
    assertThat(
            helm("template", "x", CHART, "--set", "replicas=2,leaderElection.enabled=false")
                .output())
        .contains("replicas > 1 requires leaderElection.enabled");
  }

  @Test
  @Order(1)
  void shouldServeCrlsOnlyWhenAsked() {
    // the CRDs explain the options
    String apart = "crds.enabled=false";
    assertThat(helm("template", "x", CHART, "--set", apart).orThrow().output())
        .doesNotContain("crl-port", "crl-url", "-crl");
    assertThat(
            helm(
                    "template",
                    "x",
                    CHART,
                    "--set",
                    "crl.enabled=true,networkPolicy.enabled=true," + apart)
                .orThrow()
                .output())
        .contains("name: x-mtls-operator-crl", "- --crl-port=8081", "targetPort: crl")
        .contains("- port: 8081", "type: ClusterIP")
        .doesNotContain("crl-url");
    assertThat(helm("template", "x", CHART, "--set", "crl.enabled=true,crl.port=8080").output())
        .contains("crl.port and management.port are the same");
  }

  @Test
  @Order(1)
  void shouldTellTheUrlOfTheResponder() {
    String url = "crl.url=http://crl.example.com/pki";
    assertThat(
            helm(
                    "template",
                    "x",
                    CHART,
                    "--set",
                    "crl.enabled=true,crl.service.type=LoadBalancer,crl.service.annotations.a=b,"
                        + url)
                .orThrow()
                .output())
        .contains("- --crl-url=http://crl.example.com/pki", "type: LoadBalancer", "    a: b");
    assertThat(helm("template", "x", CHART, "--set", url).output())
        .contains("crl.url needs crl.enabled");
    for (String wrong : List.of("crl.url=crl.example.com", "crl.service.type=ExternalName")) {
      assertThat(helm("template", "x", CHART, "--set", "crl.enabled=true," + wrong).exitCode())
          .as(wrong)
          .isNotZero();
    }
  }

  @Test
  @Order(1)
  void shouldRenderWhatPeopleExpect() {
    String all =
        helm(
                "template",
                "x",
                CHART,
                "--namespace",
                "pki",
                "--set",
                "replicas=2,podDisruptionBudget.enabled=true,networkPolicy.enabled=true,"
                    + "serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboards.enabled=true,"
                    + "image.digest=sha256:"
                    + "ab".repeat(32)
                    + ",priorityClassName=system-cluster-critical,imagePullSecrets={pull},"
                    + "topologySpreadConstraints[0].maxSkew=1,"
                    + "topologySpreadConstraints[0].topologyKey=zone,"
                    + "topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway,"
                    + "extraArgs={--help},extraEnv[0].name=A,extraEnv[0].value=b")
            .orThrow()
            .output();

    // the API server does not have the Prometheus operator's kinds
    List<String> documents =
        Stream.of(all.split("\n---\n"))
            .filter(d -> !d.contains("monitoring.coreos.com") && d.contains("kind:"))
            .toList();
    cluster.client().resource(namespace("pki")).createOr(existing -> existing.update());
    cluster
        .kubectl()
        .runWithInput(String.join("\n---\n", documents), "create", "--dry-run=server", "-f", "-")
        .orThrow();
    assertThat(all)
        .contains("kind: PodDisruptionBudget", "kind: NetworkPolicy", "kind: ServiceMonitor")
        .contains("kind: PrometheusRule", "mtls-operator@sha256:abab", "- name: pull")
        .contains("readOnlyRootFilesystem: true", "runAsNonRoot: true", "--leader-election");
  }

  @Test
  @Order(1)
  void shouldBeAdmittedWhereOnlyRestrictedPodsAre() throws IOException {
    // given
    String label = "pod-security.kubernetes.io/enforce";
    cluster
        .client()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName("restricted")
                .addToLabels(label, "restricted")
                .endMetadata()
                .build())
        .create();
    String rendered = helm("template", "x", CHART, "--show-only", DEPLOYMENT).orThrow().output();
    PodSpec spec =
        cluster
            .client()
            .getKubernetesSerialization()
            .unmarshal(rendered, Deployment.class)
            .getSpec()
            .getTemplate()
            .getSpec();
    spec.setServiceAccountName("default");

    // when, then
    assertThat(create(spec).exitCode()).isZero();
    // it is that: without what the chart says, the pod is refused
    spec.getContainers().get(0).setSecurityContext(null);
    assertThat(create(spec).stderr()).contains("violates PodSecurity \"restricted");
    ConformanceRow.of("Packaging", "Pod Security admission with `restricted`, the chart")
        .says("none")
        .with(ProgramVersions.ofModule(Path.of("src/test/cluster/kubernetes"), "kubernetes"))
        .require();
  }

  private static KubectlResult create(PodSpec spec) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("operator")
            .withNamespace("restricted")
            .endMetadata()
            .withSpec(spec)
            .build();
    return cluster
        .kubectl()
        .runWithInput(Serialization.asYaml(pod), "create", "--dry-run=server", "-f", "-");
  }

  @Test
  @Order(2)
  void shouldInstallUpgradeRollBackAndUninstall() throws IOException {
    int port = FreePort.next();
    Path previous = previousChart();
    assertThat(
            helm(
                    "install",
                    RELEASE,
                    previous.toString(),
                    "--namespace",
                    "mtls-system",
                    "--create-namespace",
                    "--set",
                    "management.port=" + port)
                .orThrow()
                .output())
        .contains("kubectl wait --for=condition=Ready servercert/web");
    cluster.kubectl().awaitKinds();

    Scene scene = Scene.in(cluster, "helm");
    Secret caBefore;
    Secret leafBefore;
    try (OperatorProgram program = runAsInstalled("mtls-system").awaitReady()) {
      eventually(() -> assertThat(program.output()).contains("this operator leads"));
      useEveryVerb(scene);
      publishToTheCluster(scene);
      caBefore = scene.secret("root-ca-2");
      leafBefore = scene.secret("web");
      program.terminate();
      program.exitCode(END);
    }
    assertUsedIsGranted("mtls-system");

    // upgrade: nothing is lost, nothing is issued again
    String crdUid = crdUid();
    helm(
            "upgrade",
            RELEASE,
            CHART,
            "--namespace",
            "mtls-system",
            "--set",
            "logging.format=json,management.port=" + port)
        .orThrow();
    try (OperatorProgram program = runAsInstalled("mtls-system").awaitReady()) {
      eventually(
          () -> assertThat(program.output()).contains("\"message\":\"this operator leads\""));
      scene.apply(serverCert("after-upgrade"));
      scene.readyServer("after-upgrade");
      assertThat(program.output().lines()).allSatisfy(line -> assertThat(line).startsWith("{"));
    }
    assertThat(crdUid()).isEqualTo(crdUid);
    assertSame(scene, caBefore, leafBefore);

    helm("rollback", RELEASE, "1", "--namespace", "mtls-system").orThrow();
    assertThat(arguments("mtls-system")).contains("--log-format=text");
    assertThat(helm("history", RELEASE, "--namespace", "mtls-system").orThrow().output())
        .contains("Rollback to 1");
    assertSame(scene, caBefore, leafBefore);

    // uninstall keeps CAs, certificates and kinds, and says so
    assertThat(helm("uninstall", RELEASE, "--namespace", "mtls-system").orThrow().output())
        .contains("kept due to the resource policy", "rootcas.mtls-operator.dev");
    assertThat(crdUid()).isEqualTo(crdUid);
    assertSame(scene, caBefore, leafBefore);

    // install again: the same CA is used
    helm(
            "install",
            RELEASE,
            CHART,
            "--namespace",
            "mtls-system",
            "--set",
            "management.port=" + port)
        .orThrow();
    try (OperatorProgram program = runAsInstalled("mtls-system").awaitReady()) {
      eventually(
          Duration.ofSeconds(40),
          () -> assertThat(program.output()).contains("this operator leads"));
      scene.apply(serverCert("after-all"));
      scene.readyServer("after-all");
    }
    assertSame(scene, caBefore, leafBefore);
    helm("uninstall", RELEASE, "--namespace", "mtls-system").orThrow();
  }

  @Test
  @Order(3)
  void shouldWorkWithRolesOnly() throws IOException {
    RunningOperator.installKinds(cluster);
    Scene a = Scene.in(cluster, "listed");
    Scene b = Scene.in(cluster, "listed");
    Scene other = Scene.in(cluster, "unlisted");
    helm(
            "install",
            RELEASE,
            CHART,
            "--namespace",
            "mtls-listed",
            "--create-namespace",
            "--set",
            "crds.enabled=false,rbac.aggregate=false,rolloutRestart.enabled=true,management.port="
                + FreePort.next()
                + ",watchNamespaces={"
                + a.namespace()
                + ","
                + b.namespace()
                + "}")
        .orThrow();
    assertThat(
            cluster.client().rbac().clusterRoles().withLabel(INSTANCE, RELEASE).list().getItems())
        .isEmpty();
    assertThat(
            cluster
                .client()
                .flowControl()
                .v1()
                .flowSchema()
                .withLabel(INSTANCE, RELEASE)
                .list()
                .getItems())
        .isEmpty();
    other.apply(rootCA("root"), serverCert("web"));

    try (OperatorProgram program = runAsInstalled("mtls-listed").awaitReady()) {
      useEveryVerb(a);
      restartEveryKind(a);
      b.apply(rootCA("root"), serverCert("web"));
      b.readyServer("web");
      program.terminate();
      program.exitCode(END);
    }

    assertThat(other.secrets()).isEmpty();
    assertUsedIsGranted("mtls-listed");
    helm("uninstall", RELEASE, "--namespace", "mtls-listed").orThrow();
  }

  @Test
  @Order(4)
  void shouldGivePeopleTheThreeKindsAndNoSecret() {
    helm(
            "install",
            RELEASE,
            CHART,
            "--namespace",
            "mtls-people",
            "--create-namespace",
            "--set",
            "crds.enabled=false")
        .orThrow();
    String namespace = cluster.namespace("people");

    for (String role : List.of("view", "edit", "admin")) {
      cluster
          .kubectl()
          .run(
              "create",
              "rolebinding",
              role,
              "--clusterrole=" + role,
              "--user=" + role,
              "-n",
              namespace)
          .orThrow();
    }
    assertFlowsOf("mtls-people");
    eventually(() -> assertThat(may("view", "list", "rootcas", namespace)).isTrue());
    assertThat(may("view", "create", "servercerts", namespace)).isFalse();
    eventually(() -> assertThat(may("edit", "create", "servercerts", namespace)).isTrue());
    assertThat(may("edit", "delete", "clientcerts", namespace)).isTrue();
    assertThat(may("edit", "create", "rootcas", namespace)).isFalse();
    eventually(() -> assertThat(may("admin", "create", "rootcas", namespace)).isTrue());
    for (ClusterRole role :
        cluster.client().rbac().clusterRoles().withLabel(INSTANCE, RELEASE).list().getItems()) {
      if (!role.getMetadata().getName().equals(RELEASE)) {
        assertThat(role.getRules())
            .allSatisfy(
                rule -> assertThat(rule.getApiGroups()).containsExactly("mtls-operator.dev"));
      }
    }
    helm("uninstall", RELEASE, "--namespace", "mtls-people").orThrow();
  }

  /** Requests of the ServiceAccount are classified as the chart says; its Lease does not wait. */
  private static void assertFlowsOf(String namespace) {
    Path account = cluster.kubeconfigFor(namespace, RELEASE);
    try (KubernetesClient operator = cluster.client(account)) {
      eventually(
          () -> {
            assertThat(flow(operator, "/api/v1/secrets?limit=1")).isEqualTo(uid(RELEASE));
            assertThat(
                    flow(
                        operator,
                        "/apis/coordination.k8s.io/v1/namespaces/"
                            + namespace
                            + "/leases/mtls-operator"))
                .isEqualTo(uid(RELEASE + "-lease"));
          });
    }
  }

  private static String uid(String flowSchema) {
    return cluster
        .client()
        .flowControl()
        .v1()
        .flowSchema()
        .withName(flowSchema)
        .require()
        .getMetadata()
        .getUid();
  }

  // whatever the answer is
  private static String flow(KubernetesClient client, String path) {
    return client
        .getHttpClient()
        .sendAsync(
            client
                .getHttpClient()
                .newHttpRequestBuilder()
                .uri(client.getMasterUrl().toString().replaceAll("/$", "") + path)
                .build(),
            String.class)
        .join()
        .header("X-Kubernetes-Pf-Flowschema-Uid");
  }

  @Test
  @Order(5)
  void shouldInstallFromPlainManifests() throws IOException {
    Path manifest = Path.of("examples/deploy/operator.yaml");
    String rendered =
        helm(
                "template",
                RELEASE,
                CHART,
                "--namespace",
                "mtls-operator",
                "--set",
                "crds.enabled=false")
            .orThrow()
            .output();
    String wanted =
        """
        # Generated by `helm template mtls-operator helm/mtls-operator --namespace mtls-operator --set crds.enabled=false`;
        # crds/ contains the CustomResourceDefinitions.
        ---
        apiVersion: v1
        kind: Namespace
        metadata:
          name: mtls-operator
        """
            + rendered;
    if (Boolean.getBoolean("crds.update")) {
      Files.createDirectories(manifest.getParent());
      Files.writeString(manifest, wanted);
    }
    assertThat(manifest).content().isEqualTo(wanted);

    RunningOperator.installKinds(cluster);
    // CAs of former installations, which have another seal: the operator refuses to start with them
    cluster.kubectl().run("delete", "rootcas", "--all", "--all-namespaces").orThrow();
    cluster.kubectl().run("apply", "-f", "examples/deploy").orThrow();
    Scene scene = Scene.in(cluster, "plain");
    List<String> arguments =
        arguments("mtls-operator").stream()
            .map(a -> a.startsWith("--management-port") ? "--management-port=0" : a)
            .toList();
    try (OperatorProgram program =
        OperatorProgram.run(cluster.kubeconfigFor("mtls-operator", RELEASE), arguments)
            .awaitReady()) {
      scene.apply(rootCA("root"), serverCert("web"));
      scene.readyServer("web");
      assertThat(program.isAlive()).isTrue();
    }
    cluster.kubectl().run("delete", "-f", "examples/deploy", "--wait=false").orThrow();
  }

  private static final String INSTANCE = "app.kubernetes.io/instance";

  private static boolean may(String user, String verb, String resource, String namespace) {
    return cluster
        .kubectl()
        .run("auth", "can-i", verb, resource + ".mtls-operator.dev", "-n", namespace, "--as", user)
        .stdout()
        .strip()
        .equals("yes");
  }

  /** A scenario that uses all rights of the operator. */
  private static void useEveryVerb(Scene scene) {
    // an Event: its CA is missing
    scene.apply(serverCert("web"));
    eventually(
        () -> {
          ServerCert web = scene.server("web");
          assertThat(web.getStatus()).isNotNull();
          assertThat(Scene.reason(web.getStatus().conditions(), "Stalled"))
              .isEqualTo("CANotAvailable");
        });
    scene.apply(
        rootCA("root").with("spec.deletionPolicy", "Delete"),
        password("pw", "correct-horse"),
        clientCert("client").with("spec.keystores.pkcs12.passwordSecretRef.name", "pw"));
    ServerCert first = scene.readyServer("web");
    scene.readyClient("client");
    scene.readyRootCA("root");
    // a renewal replaces the Secret
    scene.kubectl("annotate", "servercert/web", "mtls-operator.dev/renew=now").orThrow();
    scene.reissued(first);
    eventually(() -> assertThat(scene.events(first)).hasSizeGreaterThanOrEqualTo(2));
    // a tampered bundle is replaced
    scene.editConfigMap(
        "root-trust",
        map -> {
          map.setData(Map.of("ca.crt", "none"));
          return map;
        });
    eventually(
        () ->
            assertThat(
                    scene.find(ConfigMap.class, "root-trust").orElseThrow().getData().get("ca.crt"))
                .contains("BEGIN CERTIFICATE"));
    // a copy that is no longer requested is removed
    scene.apply(
        rootCA("shared")
            .with("spec.trustBundles", List.of(Map.of("kind", "ConfigMap", "name", "copy"))));
    eventually(() -> assertThat(scene.find(ConfigMap.class, "copy")).isPresent());
    scene.apply(rootCA("shared").with("spec.trustBundles", List.of()));
    eventually(() -> assertThat(scene.find(ConfigMap.class, "copy")).isEmpty());
    // the CA's Secrets follow the policy
    scene.apply(rootCA("root").with("spec.deletionPolicy", "Retain"));
    eventually(
        () -> assertThat(scene.secret("root-ca-1").getMetadata().getOwnerReferences()).isEmpty());
    // a finalizer keeps what is deleted until it is revoked
    scene.apply(
        rootCA("revoking").with("spec.revocation.revokeOnDelete", true),
        serverCert("left").with("spec.rootCARef.name", "revoking"),
        clientCert("right").with("spec.rootCARef.name", "revoking"));
    scene.readyServer("left");
    scene.readyClient("right");
    scene.kubectl("delete", "servercert/left", "clientcert/right", "--timeout=60s").orThrow();
    assertThat(scene.caStatus("revoking").crl().revoked()).isEqualTo(2);
    // a distrusted generation is deleted
    ServerCert second = scene.server("web");
    scene
        .kubectl(
            "annotate",
            "rootca/root",
            "mtls-operator.dev/distrust="
                + scene.caStatus("root").generations().get(0).fingerprint())
        .orThrow();
    assertThat(scene.reissued(second).getStatus().caGeneration()).isEqualTo(2);
    eventually(() -> assertThat(scene.client("client").getStatus().caGeneration()).isEqualTo(2));
    eventually(() -> assertThat(scene.find(Secret.class, "root-ca-1")).isEmpty());
  }

  /** Actions that only an operator for the whole cluster takes. */
  private static void publishToTheCluster(Scene scene) {
    cluster
        .kubectl()
        .run(
            "annotate",
            "namespace",
            scene.namespace(),
            "mtls-operator.dev/allow-cluster-trust-bundles=true")
        .orThrow();
    String bundle = "clustertrustbundle/mtls-operator." + scene.namespace() + ".public";
    Map<String, Object> wanted = Map.of("kind", "ClusterTrustBundle", "name", "public");
    scene.apply(rootCA("public").with("spec.trustBundles", List.of(wanted)));
    eventually(() -> assertThat(cluster.kubectl().run("get", bundle).exitCode()).isZero());
    Map<String, Object> labelled = new java.util.HashMap<>(wanted);
    labelled.put("labels", Map.of("team", "edge"));
    scene.apply(rootCA("public").with("spec.trustBundles", List.of(labelled)));
    eventually(
        () ->
            assertThat(cluster.kubectl().run("get", bundle, "--show-labels").orThrow())
                .contains("team=edge"));
    scene.apply(rootCA("public").with("spec.trustBundles", List.of()));
    eventually(
        () ->
            assertThat(cluster.kubectl().run("get", bundle, "--ignore-not-found").orThrow())
                .isEmpty());
  }

  private static void restartEveryKind(Scene scene) {
    for (String kind : List.of("Deployment", "StatefulSet", "DaemonSet")) {
      scene.apply(Manifest.workload(kind, "follower", "*"));
      scene.apply(
          serverCert("for-" + kind.toLowerCase(java.util.Locale.ROOT))
              .with("spec.rolloutRestart", List.of(Map.of("kind", kind, "name", "follower"))));
      ServerCert leaf = scene.readyServer("for-" + kind.toLowerCase(java.util.Locale.ROOT));
      eventually(
          () ->
              assertThat(
                      scene
                          .kubectl(
                              "get", kind, "follower", "-o", "jsonpath={.metadata.annotations}")
                          .stdout())
                  .contains(leaf.getStatus().secretDigest()));
    }
  }

  private static void assertSame(Scene scene, Secret ca, Secret leaf) {
    assertThat(scene.secret("root-ca-2").getMetadata().getUid())
        .isEqualTo(ca.getMetadata().getUid());
    assertThat(scene.secret("root-ca-2").getData()).isEqualTo(ca.getData());
    assertThat(scene.secret("web").getMetadata().getResourceVersion())
        .isEqualTo(leaf.getMetadata().getResourceVersion());
  }

  private static String crdUid() {
    return cluster
        .client()
        .apiextensions()
        .v1()
        .customResourceDefinitions()
        .withName("rootcas.mtls-operator.dev")
        .require()
        .getMetadata()
        .getUid();
  }

  private static List<String> arguments(String namespace) {
    Deployment deployment =
        cluster.client().apps().deployments().inNamespace(namespace).withName(RELEASE).require();
    return deployment.getSpec().getTemplate().getSpec().getContainers().get(0).getArgs();
  }

  private static OperatorProgram runAsInstalled(String namespace) {
    Deployment deployment =
        cluster.client().apps().deployments().inNamespace(namespace).withName(RELEASE).require();
    String account = deployment.getSpec().getTemplate().getSpec().getServiceAccountName();
    return OperatorProgram.run(cluster.kubeconfigFor(namespace, account), arguments(namespace));
  }

  /** Checks both directions: no right is unused, and no request was refused. */
  private static void assertUsedIsGranted(String namespace) {
    List<AuditedRequest> requests = cluster.requestsOf(namespace, RELEASE);
    assertThat(requests).filteredOn(r -> r.code() == 403).isEmpty();
    // otherwise a start with ten thousand certificates exceeds the memory limit
    assertThat(requests)
        .filteredOn(r -> r.verb().equals("list") && r.namespace().isEmpty())
        .allSatisfy(r -> assertThat(r.uri()).matches(".*[?&]limit=(4|10|50|500)(&.*)?"));
    Set<String> used =
        requests.stream()
            .map(r -> r.verb() + " " + r.resource())
            .filter(r -> !OF_EVERYBODY.contains(r))
            .collect(Collectors.toCollection(TreeSet::new));
    Stream<PolicyRule> cluster =
        HelmIT.cluster
            .client()
            .rbac()
            .clusterRoles()
            .withLabel(INSTANCE, RELEASE)
            .list()
            .getItems()
            .stream()
            .filter(role -> role.getMetadata().getName().equals(RELEASE))
            .map(ClusterRole::getRules)
            .flatMap(List::stream);
    Stream<PolicyRule> namespaced =
        HelmIT.cluster
            .client()
            .rbac()
            .roles()
            .inAnyNamespace()
            .withLabel(INSTANCE, RELEASE)
            .list()
            .getItems()
            .stream()
            .map(Role::getRules)
            .flatMap(List::stream);
    Set<String> granted =
        Stream.concat(cluster, namespaced)
            .flatMap(
                rule ->
                    rule.getResources().stream()
                        .flatMap(r -> rule.getVerbs().stream().map(v -> v + " " + r)))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(used).isEqualTo(granted);
  }

  private static io.fabric8.kubernetes.api.model.Namespace namespace(String name) {
    return new io.fabric8.kubernetes.api.model.NamespaceBuilder()
        .withNewMetadata()
        .withName(name)
        .endMetadata()
        .build();
  }

  /** The chart with an older version number, since none has been released yet. */
  private Path previousChart() throws IOException {
    Path copy = folder.resolve("previous");
    try (Stream<Path> files = Files.walk(Path.of(CHART))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(Path.of(CHART).relativize(file));
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
    Path chart = copy.resolve("Chart.yaml");
    Files.writeString(
        chart, Files.readString(chart).replaceFirst("version: [0-9.]+", "version: 0.0.1"));
    return copy;
  }
}
