package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.Scene;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The operator's metrics in Prometheus format, and its logs in machine-readable form. */
@Timeout(180)
final class ObservabilityIT {
  private static final Pattern METRIC = Pattern.compile("\\bmtls_[a-z_]+");
  private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (mtls_[a-z_]+) ");
  private static final Pattern SAMPLE = Pattern.compile("(?m)^(mtls_[a-z_]+)[ {]");
  private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(mtls_[a-z_]+)` \\|");

  private static EmbeddedCluster cluster;
  private static OperatorProgram operator;

  @TempDir private Path folder;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    cluster.kubectl().run("apply", "-f", "crds/").orThrow();
    refuseSecretsNamed("refused");
    operator =
        OperatorProgram.start(
            cluster.kubeconfig(), "--log-format", "json", "--metrics-per-certificate");
  }

  @AfterAll
  static void end() {
    operator.close();
    cluster.close();
  }

  /** Rejects Secrets with that name, as an organisation's admission policy would. */
  private static void refuseSecretsNamed(String name) {
    cluster
        .kubectl()
        .runWithInput(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: no-such-secrets}
            spec:
              failurePolicy: Fail
              matchConstraints:
                resourceRules:
                  - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [secrets]}
              validations:
                - {expression: "object.metadata.name != '%s'", message: "our policy forbids this name"}
            ---
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicyBinding
            metadata: {name: no-such-secrets}
            spec: {policyName: no-such-secrets, validationActions: [Deny]}
            """
                .formatted(name),
            "apply",
            "-f",
            "-")
        .orThrow();
    eventually(
        () ->
            assertThat(
                    cluster
                        .kubectl()
                        .run("create", "secret", "generic", name, "--dry-run=server")
                        .exitCode())
                .isNotZero());
  }

  private static String scrape() {
    return operator.get("/metrics").body();
  }

  private static Set<String> found(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(m -> m.group(m.groupCount()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** One resource in each counted state: ready, blocked, refused. */
  private Scene everything(String prefix) {
    Scene scene = Scene.in(cluster, prefix);
    scene.kubectl("create", "secret", "generic", "taken").orThrow();
    scene.apply(
        rootCA("root").with("spec.revocation.validity", "30d"),
        serverCert("web"),
        clientCert("browser"),
        serverCert("refused"),
        serverCert("blocked").with("spec.secretName", "taken"));
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyClient("browser");
    for (String name : List.of("blocked", "refused")) {
      eventually(
          () -> assertThat(scene.server(name).getStatus()).as("status of %s", name).isNotNull());
    }
    return scene;
  }

  @Test
  void shouldTellWhatTheApiServerRefuses() {
    Scene scene = everything("refusal");

    // its first status may still wait for the RootCA
    eventually(
        () ->
            assertThat(Scene.condition(scene.server("refused").getStatus().conditions(), "Ready"))
                .hasValueSatisfying(
                    ready -> {
                      assertThat(ready.reason()).isEqualTo("IssuanceFailed");
                      assertThat(ready.message())
                          .contains("the API server refuses it", "our policy forbids this name");
                    }));
  }

  @Test
  void shouldExposeWhatDocsAlertsAndDashboardsSpeakOf() throws IOException {
    Scene scene = everything("metrics");
    scene.apply(serverCert("advised").with("spec.privateKey.algorithm", "Ed25519"));
    scene.readyServer("advised");
    eventually(() -> assertThat(scrape()).contains("mtls_resources_advised{", "mtls_crl_revoked{"));
    String scrape = scrape();

    // exactly those in the docs
    assertThat(found(DOCUMENTED, Files.readString(Path.of("docs/observability.md"))))
        .isEqualTo(found(TYPE, scrape));
    try (Stream<Path> files = Files.walk(Path.of("helm/mtls-operator"))) {
      for (Path file :
          files
              .filter(f -> f.getParent().endsWith("alerts") || f.getParent().endsWith("dashboards"))
              .toList()) {
        assertThat(found(SAMPLE, scrape))
            .as("metrics that %s asks for", file)
            .containsAll(found(METRIC, Files.readString(file)));
      }
    }
  }

  @Test
  void shouldSatisfyPromtool() throws IOException {
    everything("promtool");
    Path scrape = folder.resolve("scrape");
    Files.writeString(
        scrape,
        scrape()
            .lines()
            .filter(line -> line.matches("(# (HELP|TYPE) )?mtls_.*"))
            .collect(Collectors.joining("\n", "", "\n")));

    assertThat(
            Consumer.require("promtool", "apt-get install prometheus")
                .runWithInput(folder, scrape, "check", "metrics"))
        .satisfies(
            run -> {
              assertThat(run.output()).isEmpty();
              assertThat(run.exitCode()).isZero();
            });
  }

  @Test
  void shouldForgetTheSeriesOfWhatIsDeleted() {
    Scene scene = everything("forget");
    String series =
        "mtls_certificate_expiry_timestamp_seconds{kind=\"ServerCert\",name=\"web\",namespace=\""
            + scene.namespace();
    eventually(() -> assertThat(scrape()).contains(series));

    scene.kubectl("delete", "servercert", "web").orThrow();

    eventually(() -> assertThat(scrape()).doesNotContain(series));
  }

  @Test
  void shouldLogOneLineForEachIssuanceWithItsReason() throws IOException {
    Scene scene = everything("logs");
    scene
        .kubectl("annotate", "servercert", "web", "mtls-operator.dev/renew=now", "--overwrite")
        .orThrow();
    ServerCert first = scene.server("web");
    ServerCert second = first.getStatus().revision() == 2 ? first : scene.reissued(first);

    List<Map<String, String>> lines = issuances(scene.namespace());

    assertThat(lines)
        .extracting(line -> line.get("kind") + " " + line.get("name") + " " + line.get("reason"))
        .containsExactlyInAnyOrder(
            "RootCA root Created",
            "ServerCert web SecretMissing",
            "ClientCert browser SecretMissing",
            "ServerCert web RenewRequested");
    assertThat(lines)
        .anySatisfy(
            line -> {
              assertThat(line.get("serial")).isEqualTo(second.getStatus().serialNumber());
              assertThat(line.get("notAfter")).isEqualTo(second.getStatus().notAfter());
            });
    assertThat(operator.output()).doesNotContain("PRIVATE KEY");
  }

  /** The INFO lines about new certificates; fails if a line is not a JSON object. */
  private static List<Map<String, String>> issuances(String namespace) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<Map<String, String>> all = new java.util.ArrayList<>();
    for (String line : operator.output().lines().toList()) {
      JsonNode entry = json.readTree(line);
      assertThat(entry.path("level").asText()).as(line).isNotEmpty();
      Map<String, String> pairs = new TreeMap<>();
      entry
          .path("kvpList")
          .forEach(
              pair -> pair.properties().forEach(p -> pairs.put(p.getKey(), p.getValue().asText())));
      if ("INFO".equals(entry.path("level").asText())
          && pairs.containsKey("notAfter")
          && namespace.equals(pairs.get("namespace"))) {
        all.add(pairs);
      }
    }
    return all;
  }
}
