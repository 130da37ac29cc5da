package dev.mtlsoperator.it.install;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.reconcile.context.SealKeeper;
import dev.mtlsoperator.secret.Digests;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs docs/operations.md from install to removal, with a disaster after the backup. There are no
 * pods: the operator runs as a process between the steps.
 */
@Timeout(300)
final class OperationsIT {
  private static final String SHOP =
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: chosen, labels: {mtls-operator.dev/input: "true"}}
      stringData: {password: a chosen password}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec: {commonName: Shop CA}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: web, annotations: {mtls-operator.dev/renew: once}}
      spec: {rootCARef: {name: root}, dnsNames: [shop.example.org], secretName: web-tls}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: browser}
      spec:
        rootCARef: {name: root}
        commonName: browser
        keystores: {pkcs12: {passwordSecretRef: {name: chosen, key: password}}}
      """;

  @TempDir private Path folder;

  private EmbeddedCluster cluster;
  private Path helm;

  @Test
  void shouldDoWhatItSays() throws IOException, InterruptedException {
    Consumer.require("jq", "apt-get install jq");
    helm = Consumer.provision("src/test/tools/provision-helm.sh").program().getParent();
    Map<String, Page> sections = Page.read(Path.of("docs/operations.md")).sections();
    try (EmbeddedCluster started = EmbeddedCluster.start()) {
      cluster = started;
      run(sections.get("Install"));
      Map<String, String> before;
      try (OperatorProgram operator = OperatorProgram.start(cluster.kubeconfig())) {
        cluster.kubectl().run("create", "namespace", "shop").orThrow();
        cluster.kubectl().runWithInput(SHOP, "apply", "-n", "shop", "-f", "-").orThrow();
        awaitReady();
        run(sections.get("Look at it"));
        run(sections.get("Upgrade"));
        before = contents();
        assertThat(before)
            .containsKeys("web-tls/tls.key", "browser/keystore.p12", "root-ca-1/tls.key");
        run(sections.get("Back up"));
        assertThat(operator.isAlive()).isTrue();
        try (Stream<Path> files = Files.list(folder.resolve("backup"))) {
          assertThat(files)
              .hasSize(5)
              .allSatisfy(
                  file ->
                      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                          .isEqualTo("rw-------"));
        }
      }

      lose("shop", "mtls-operator");
      List<String> restore = sections.get("Restore").blocks("sh");
      run(restore.get(0) + restore.get(1));
      try (OperatorProgram operator = OperatorProgram.start(cluster.kubeconfig())) {
        run(restore.get(2));
        assertThat(contents())
            .as("keys and certificates after the restore")
            .containsExactlyInAnyOrderEntriesOf(before);
        assertThat(leaves())
            .hasSize(2)
            .allSatisfy(leaf -> assertThat(leaf.getStatus().revision()).isEqualTo(1));
        assertThat(operator.output()).contains("MetadataChanged").doesNotContain("SecretMissing");
        // and they stay: restored objects have an owner again
        cluster.kubectl().run("delete", "clientcert", "browser", "-n", "shop").orThrow();
        awaitGone("browser");
      }

      goOnWithoutTheSealsKey(sections.get("Without the seal's key").blocks("sh"));

      run(sections.get("Remove"));
      assertThat(cluster.kubectl().run("get", "crd", "-o", "name").stdout())
          .doesNotContain("mtls-operator");
      assertThat(contents()).containsOnlyKeys("chosen/password");
    }
  }

  private void goOnWithoutTheSealsKey(List<String> commands)
      throws IOException, InterruptedException {
    Map<String, String> before = contents();
    cluster.client().secrets().inNamespace("mtls-operator").withName(SealKeeper.NAME).delete();
    try (OperatorProgram operator = OperatorProgram.launch(cluster.kubeconfig())) {
      assertThat(operator.exitCode(Duration.ofSeconds(60))).isNotZero();
      assertThat(operator.output()).contains("shop/root-ca-1", commands.get(0).strip());
    }
    run(commands.get(0));
    try (OperatorProgram operator = OperatorProgram.start(cluster.kubeconfig())) {
      cluster
          .kubectl()
          .run(
              "wait",
              "-n",
              "shop",
              "rootca/root",
              "--for=jsonpath={.status.conditions[?(@.type=='Stalled')].reason}=CAKeyMissing",
              "--timeout=60s")
          .orThrow();
      run(commands.get(1));
      awaitReady();
      assertThat(contents()).containsExactlyInAnyOrderEntriesOf(before);
      assertThat(operator.output()).contains("Adopted").doesNotContain("SecretMissing");
    }
  }

  private void run(Page section) throws IOException, InterruptedException {
    run(String.join("\n", section.blocks("sh")));
  }

  private void run(String script) throws IOException, InterruptedException {
    assertThat(script).isNotBlank();
    Path log = Files.createTempFile(folder, "run", ".log");
    int exitCode = Page.run(script, cluster, folder, List.of(helm), log);
    assertThat(exitCode).as("%s%n%s", script, Files.readString(log)).isZero();
  }

  /** Deletes the CRDs and all namespaces with their content. */
  private void lose(String... namespaces) {
    cluster.kubectl().run("delete", "-f", "crds").orThrow();
    for (String namespace : namespaces) {
      cluster.kubectl().run("delete", "namespace", namespace, "--timeout=60s").orThrow();
    }
  }

  private void awaitReady() {
    cluster
        .kubectl()
        .run("wait", "--for=condition=Ready", "--timeout=60s", "-n", "shop", "mtls", "--all")
        .orThrow();
  }

  private void awaitGone(String secret) {
    cluster
        .kubectl()
        .run("wait", "--for=delete", "--timeout=60s", "-n", "shop", "secret/" + secret)
        .orThrow();
  }

  private List<? extends LeafCert<?>> leaves() {
    return Stream.concat(
            cluster
                .client()
                .resources(ServerCert.class)
                .inNamespace("shop")
                .list()
                .getItems()
                .stream(),
            cluster
                .client()
                .resources(ClientCert.class)
                .inNamespace("shop")
                .list()
                .getItems()
                .stream())
        .toList();
  }

  /** Digests of all values in the Secrets of the shop, by Secret and key. */
  private Map<String, String> contents() {
    Map<String, String> all = new TreeMap<>();
    for (Secret secret : cluster.client().secrets().inNamespace("shop").list().getItems()) {
      secret
          .getData()
          .forEach(
              (key, value) ->
                  all.put(secret.getMetadata().getName() + "/" + key, Digests.ofValue(value)));
    }
    return all;
  }
}
