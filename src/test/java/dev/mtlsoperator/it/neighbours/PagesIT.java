package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.RunningOperator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs pages of the documentation from the first command to the last. */
@Timeout(300)
final class PagesIT {
  private static final String SHOP =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: shop-ca}
      spec: {commonName: Shop CA, rotation: {overlap: 2s}}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: web}
      spec: {rootCARef: {name: shop-ca}, dnsNames: [shop.example.org]}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: browser}
      spec: {rootCARef: {name: shop-ca}, commonName: browser}
      """;

  /** Sets up the state that the procedures of the last two sections expect. */
  private static final String FILES =
      """
      openssl genrsa -out root.key 2048
      openssl req -new -key root.key -subj '/C=CN/O=alibaba/CN=root' -out root.csr
      openssl x509 -req -in root.csr -signkey root.key -days 3650 -out root.crt
      openssl req -newkey rsa:2048 -nodes -keyout server.key -subj /CN=shop.example.org -out server.csr
      openssl x509 -req -in server.csr -CA root.crt -CAkey root.key -CAcreateserial -days 365 -out server.crt
      """;

  private static final String CERT_MANAGER =
      """
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN=company-root -addext keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign -keyout cm.key -out cm.crt
      kubectl create secret generic company-root -n shop --type kubernetes.io/tls --from-file=tls.crt=cm.crt --from-file=tls.key=cm.key --from-file=ca.crt=cm.crt
      """;

  private static EmbeddedCluster cluster;
  private static RunningOperator operator;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    operator = RunningOperator.start(cluster, Clock.systemUTC());
  }

  @AfterAll
  static void stop() {
    operator.close();
    cluster.close();
  }

  /** With an overlap of seconds. */
  @Test
  void shouldRotateAsItSays() throws IOException, InterruptedException {
    Consumer.require("jq", "apt-get install jq");
    cluster.kubectl().run("create", "namespace", "shop").orThrow();
    cluster.kubectl().runWithInput(SHOP, "apply", "-n", "shop", "-f", "-").orThrow();
    cluster
        .kubectl()
        .run("wait", "--for=condition=Ready", "--timeout=60s", "-n", "shop", "mtls", "--all")
        .orThrow();
    run(FILES + CERT_MANAGER);

    Map<String, Page> sections = Page.read(Path.of("docs/rotation.md")).sections();
    for (Page section : sections.values()) {
      runCommands(section);
    }

    assertThat(sections).hasSizeGreaterThan(8);
    eventually(
        () ->
            assertThat(generations("shop-ca"))
                .as("after rotate, advance and distrust")
                .isEqualTo("4"));
  }

  @Test
  void shouldServeTenantsAsItSays() throws IOException, InterruptedException {
    runCommands(Page.read(Path.of("docs/tenancy.md")));
  }

  @Test
  void shouldRevokeAsItSays() throws IOException, InterruptedException {
    runCommands(Page.read(Path.of("docs/revocation.md")));

    assertThat(
            cluster
                .kubectl()
                .run("get", "rootca/partners", "-o", "jsonpath={.status.crl.published}")
                .orThrow())
        .isEqualTo("true");
  }

  private static String generations(String rootCA) {
    return cluster
        .kubectl()
        .run(
            "get",
            "rootca",
            rootCA,
            "-n",
            "shop",
            "-o",
            "jsonpath={.status.generations[*].generation}")
        .orThrow();
  }

  private void runCommands(Page page) throws IOException, InterruptedException {
    List<String> blocks = page.blocks("sh");
    if (!blocks.isEmpty()) {
      run(String.join("\n", blocks));
    }
  }

  private void run(String script) throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "run", ".log");
    int exitCode = Page.run(script, cluster, folder, List.of(), log);
    assertThat(exitCode).as("%s%n%s", script, Files.readString(log)).isZero();
  }
}
