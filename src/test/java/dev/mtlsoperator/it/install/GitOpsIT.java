package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Kubectl;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.consumers.GitOpsTools;
import dev.mtlsoperator.consumers.GitOpsTools.Verdict;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Resources managed by GitOps tools: states are read correctly, nothing drifts, and resources can
 * be deleted in any order.
 */
@Timeout(180)
final class GitOpsIT {
  private static final Path HEALTH =
      Path.of("examples/argocd/resource_customizations/mtls-operator.dev");
  private static final String KINDS = "rootca,servercert,clientcert";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final YAMLMapper YAML = new YAMLMapper();

  private static GitOpsTools tools;
  private static EmbeddedCluster cluster;
  private static OperatorProgram operator;

  @BeforeAll
  static void begin() {
    tools = GitOpsTools.provision();
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    operator = OperatorProgram.start(cluster.kubeconfig());
  }

  @AfterAll
  static void end() {
    operator.close();
    cluster.close();
  }

  private static String list(Scene scene) {
    return scene.kubectl("get", KINDS, "-o", "json").orThrow();
  }

  /** Creates each possible state in one namespace. */
  private static Scene states() {
    Scene scene = Scene.in(cluster, "states");
    scene.kubectl("create", "secret", "generic", "taken").orThrow();
    scene.apply(
        rootCA("root"),
        serverCert("web"),
        clientCert("browser"),
        serverCert("conflict").with("spec.secretName", "taken"),
        serverCert("orphan").with("spec.rootCARef.name", "absent"),
        rootCA("doomed"),
        serverCert("left").with("spec.rootCARef.name", "doomed"));
    scene.readyServer("web");
    scene.readyClient("browser");
    scene.readyServer("left");
    scene.deleteSecret("doomed-ca-1");
    eventually(
        () -> {
          assertThat(Scene.reason(scene.server("conflict").getStatus().conditions(), "Stalled"))
              .isEqualTo("SecretConflict");
          assertThat(scene.server("orphan").getStatus()).as("status of the orphan").isNotNull();
          assertThat(Scene.reason(scene.caStatus("doomed").conditions(), "Stalled"))
              .isEqualTo("CAKeyMissing");
          assertThat(Scene.reason(scene.server("left").getStatus().conditions(), "RenewalBlocked"))
              .isNotNull();
        });
    return scene;
  }

  @Test
  void shouldBeReadRightInEachState() {
    String list = list(states());

    // Flux, kpt, `helm --wait`
    assertThat(tools.kstatus(list))
        .hasSize(7)
        .hasEntrySatisfying("RootCA/root", is("Current"))
        .hasEntrySatisfying("ServerCert/web", is("Current"))
        .hasEntrySatisfying("ClientCert/browser", is("Current"))
        .hasEntrySatisfying("ServerCert/conflict", is("Failed"))
        .hasEntrySatisfying("ServerCert/orphan", is("Failed"))
        .hasEntrySatisfying("RootCA/doomed", is("Failed"))
        // in service, but a deployment does not wait for it
        .hasEntrySatisfying("ServerCert/left", is("Current"));

    // Argo CD
    assertThat(tools.health(HEALTH.resolve("ServerCert/health.lua"), list))
        .hasEntrySatisfying("RootCA/root", is("Healthy"))
        .hasEntrySatisfying("ServerCert/web", is("Healthy"))
        .hasEntrySatisfying("ClientCert/browser", is("Healthy"))
        .hasEntrySatisfying("ServerCert/conflict", is("Degraded"))
        .hasEntrySatisfying("ServerCert/orphan", is("Degraded"))
        .hasEntrySatisfying("RootCA/doomed", is("Degraded"))
        .hasEntrySatisfying("ServerCert/left", is("Degraded"));
  }

  private static java.util.function.Consumer<Verdict> is(String status) {
    return verdict -> assertThat(verdict.status()).as("%s", verdict).isEqualTo(status);
  }

  @Test
  void shouldBeInProgressBeforeTheOperatorSawIt() throws IOException {
    Scene scene = Scene.in(cluster, "progress");
    operator.pause();
    try {
      scene.apply(rootCA("root"), serverCert("web"), clientCert("browser"));
      assertInProgress(list(scene), 3);
    } finally {
      operator.resume();
    }
    scene.readyServer("web");
    scene.readyClient("browser");
    operator.pause();
    try {
      scene.apply(serverCert("web").with("spec.duration", "10d"));
      assertInProgress(scene.kubectl("get", "servercert", "-o", "json").orThrow(), 1);
    } finally {
      operator.resume();
    }
    scene.readyServer("web");
  }

  private static void assertInProgress(String list, int resources) throws IOException {
    assertThat(tools.kstatus(list))
        .hasSize(resources)
        .allSatisfy((name, verdict) -> assertThat(verdict.status()).isEqualTo("InProgress"));
    assertThat(tools.health(HEALTH.resolve("RootCA/health.lua"), list))
        .allSatisfy((name, verdict) -> assertThat(verdict.status()).isEqualTo("Progressing"));
  }

  @Test
  void shouldNotFailWhileOneApplyIsUnderWay() {
    // a tool that gives up at the first Failed must not see one
    Scene scene = Scene.in(cluster, "one-apply");

    scene.apply(serverCert("web"));
    // half of the time within which resources count as one apply
    always(
        Duration.ofSeconds(5),
        () ->
            assertThat(tools.kstatus(list(scene)).get("ServerCert/web").status())
                .isEqualTo("InProgress"));
    scene.apply(rootCA("root"));

    scene.readyServer("web");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RootCA", "ServerCert", "ClientCert"})
  void shouldPassItsHealthTests(String kind) throws IOException {
    // the form in which Argo CD keeps such scripts
    Path folder = HEALTH.resolve(kind);
    for (JsonNode test : YAML.readTree(folder.resolve("health_test.yaml").toFile()).get("tests")) {
      Path input = folder.resolve(test.get("inputPath").asText());
      JsonNode expected = test.get("healthStatus");
      ObjectNode list = JSON.createObjectNode();
      list.putArray("items").add(YAML.readTree(input.toFile()));

      assertThat(tools.health(folder.resolve("health.lua"), list.toString()).values())
          .as("%s", input)
          .containsExactly(
              new Verdict(expected.get("status").asText(), expected.get("message").asText()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RootCA", "ServerCert", "ClientCert"})
  void shouldOfferTheSameScriptInTheConfigMap(String kind) throws IOException {
    JsonNode data = YAML.readTree(Path.of("examples/argocd/argocd-cm.yaml").toFile()).get("data");

    assertThat(data.get("resource.customizations.health.mtls-operator.dev_" + kind).asText())
        .isEqualTo(Files.readString(HEALTH.resolve(kind).resolve("health.lua")))
        .isEqualTo(Files.readString(HEALTH.resolve("RootCA/health.lua")));
  }

  @Test
  void shouldLetSyncWavesOfApplicationsWait() throws IOException {
    Path script = Files.createTempFile("application", ".lua");
    Files.writeString(
        script,
        YAML.readTree(Path.of("examples/argocd/argocd-cm.yaml").toFile())
            .get("data")
            .get("resource.customizations.health.argoproj.io_Application")
            .asText());
    String list =
        """
        {"items": [
          {"kind": "Application", "metadata": {"name": "new"}},
          {"kind": "Application", "metadata": {"name": "syncing"},
           "status": {"health": {"status": "Healthy"}, "operationState": {"phase": "Running"}}},
          {"kind": "Application", "metadata": {"name": "done"},
           "status": {"health": {"status": "Healthy"}, "operationState": {"phase": "Succeeded"}}},
          {"kind": "Application", "metadata": {"name": "broken"},
           "status": {"health": {"status": "Degraded", "message": "m"}}}]}
        """;

    assertThat(tools.health(script, list))
        .hasEntrySatisfying("Application/new", is("Progressing"))
        .hasEntrySatisfying("Application/syncing", is("Progressing"))
        .hasEntrySatisfying("Application/done", is("Healthy"))
        .hasEntrySatisfying("Application/broken", is("Degraded"));
    Files.delete(script);
  }

  @Test
  void shouldHaveExamplesThatArgoCDAndFluxAccept() throws IOException {
    Kubectl kubectl = cluster.kubectl();
    kubectl.run("apply", "--server-side", "-f", tools.crds().toString()).orThrow();
    kubectl.awaitKinds();
    for (String namespace : List.of("argocd", "flux-system")) {
      kubectl.run("create", "namespace", namespace).orThrow();
    }

    kubectl.run("apply", "-R", "--validate=strict", "-f", "examples/argocd/applications").orThrow();
    kubectl.run("apply", "--validate=strict", "-f", "examples/argocd/app-of-apps.yaml").orThrow();
    kubectl.run("apply", "--validate=strict", "-f", "examples/argocd/argocd-cm.yaml").orThrow();
    kubectl.run("apply", "--validate=strict", "-f", "examples/flux/flux.yaml").orThrow();
    kubectl.run("apply", "--validate=strict", "-k", "examples/flux/operator").orThrow();

    // the objects that they refer to exist
    List<JsonNode> all = new ArrayList<>();
    for (String folder : List.of("examples/argocd/applications", "examples/flux")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
          try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
            documents.forEachRemaining(all::add);
          }
        }
      }
    }
    List<String> paths =
        all.stream()
            .flatMap(
                d ->
                    Stream.of(
                        d.at("/spec/source/path"),
                        d.at("/spec/path"),
                        d.at("/spec/chart/spec/chart")))
            .filter(JsonNode::isTextual)
            .map(JsonNode::asText)
            .toList();
    assertThat(paths).hasSize(7).allSatisfy(path -> assertThat(Path.of(path)).isDirectory());
    List<String> names = all.stream().map(d -> d.at("/metadata/name").asText()).toList();
    assertThat(
            all.stream()
                .flatMap(d -> d.at("/spec/dependsOn").findValuesAsText("name").stream())
                .toList())
        .hasSize(2)
        .allSatisfy(name -> assertThat(names).contains(name));
  }

  @Test
  void shouldHaveNothingToDoTheSecondTime() {
    Kubectl kubectl = cluster.kubectl();
    kubectl.run("apply", "-f", "crds", "-f", "examples/deploy").orThrow();
    kubectl.run("apply", "-k", "examples/quickstart").orThrow();
    kubectl
        .run("wait", "--for=condition=Ready", "--timeout=60s", KINDS, "--all", "-n", "default")
        .orThrow();

    assertThat(
            kubectl.run("apply", "-f", "crds", "-f", "examples/deploy").orThrow().lines().toList())
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).endsWith(" unchanged"));
    assertThat(kubectl.run("apply", "-k", "examples/quickstart").orThrow().lines().toList())
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).endsWith(" unchanged"));
    kubectl.run("diff", "-f", "crds", "-f", "examples/deploy").orThrow();
    kubectl.run("diff", "-k", "examples/quickstart").orThrow();
  }

  @Test
  void shouldBeAppliedByTwoManagersServerSide() {
    // given: one team owns names, another one labels on the Secret
    Scene scene = Scene.in(cluster, "managers");
    scene.apply(rootCA("root"));
    apply(scene, "web-team", serverCert("web").with("spec.duration", "30d"));
    Manifest labels =
        serverCert("web").with("spec.secretTemplate.labels", Map.of("team", "platform"));
    labels.without("spec.dnsNames").without("spec.rootCARef");

    Manifest names =
        serverCert("web")
            .with("spec.duration", "30d")
            .with("spec.dnsNames", List.of("new.example.org"));

    // when
    apply(scene, "platform-team", labels);
    apply(scene, "web-team", names);

    // then: both take effect, and neither removes the other's entries
    scene.readyServer("web");
    eventually(
        () ->
            assertThat(scene.secret("web").getMetadata().getLabels())
                .containsEntry("team", "platform"));
    assertThat(scene.server("web").getSpec().dnsNames()).containsExactly("new.example.org");
    serverSide(scene, "diff", "web-team", names).orThrow();
    serverSide(scene, "diff", "platform-team", labels).orThrow();
    assertThat(serverSide(scene, "apply", "platform-team", labels.with("spec.duration", "5d")))
        .satisfies(
            refused -> {
              assertThat(refused.exitCode()).isNotZero();
              assertThat(refused.stderr()).contains("conflict", "web-team", ".spec.duration");
            });
  }

  private static void apply(Scene scene, String manager, Manifest manifest) {
    serverSide(scene, "apply", manager, manifest).orThrow();
  }

  private static KubectlResult serverSide(
      Scene scene, String verb, String manager, Manifest manifest) {
    return cluster
        .kubectl()
        .runWithInput(
            manifest.yaml(),
            verb,
            "--server-side",
            "--field-manager=" + manager,
            "-n",
            scene.namespace(),
            "-f",
            "-");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rootca servercert clientcert secret",
        "clientcert servercert rootca secret",
        "secret rootca clientcert servercert",
        "configmap servercert secret rootca clientcert",
        "operator servercert rootca clientcert",
        "namespace"
      })
  void shouldEndWhenAllIsDeletedInAnyOrder(String order) {
    Scene scene = Scene.in(cluster, "order");
    scene.apply(
        rootCA("root").with("spec.deletionPolicy", "Delete"),
        serverCert("web"),
        clientCert("browser"));
    scene.readyServer("web");
    scene.readyClient("browser");

    try {
      for (String step : List.of(order.split(" ", -1))) {
        delete(scene, step);
      }
    } finally {
      operator.resume();
    }

    eventually(
        Duration.ofSeconds(60),
        () -> {
          assertThat(scene.secrets()).isEmpty();
          assertThat(scene.kubectl("get", KINDS).stdout()).isEmpty();
        });
  }

  private static void delete(Scene scene, String step) {
    switch (step) {
      case "operator" -> operator.pause();
      case "namespace" ->
          scene.kubectl("delete", "namespace", scene.namespace(), "--timeout=60s").orThrow();
      default -> scene.kubectl("delete", step, "--all", "--timeout=30s").orThrow();
    }
  }
}
