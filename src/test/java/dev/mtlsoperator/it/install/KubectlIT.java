package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** kubectl handles the three kinds like built-in ones. */
@Timeout(120)
final class KubectlIT {
  private static final String WAIT = "--timeout=40s";

  private final Scene scene = Scene.begin("kubectl");

  @Test
  void shouldListAllKindsByCategory() {
    // given
    applyAll();

    // when
    String list = scene.kubectl("get", "mtls").orThrow();
    String everywhere =
        RunningOperator.shared().cluster().kubectl().run("get", "mtls", "-A").orThrow();

    // then
    assertThat(list)
        .contains("rootca.mtls-operator.dev/root ", "servercert.mtls-operator.dev/web ")
        .contains("clientcert.mtls-operator.dev/partner ");
    assertThat(everywhere.lines())
        .filteredOn(line -> line.startsWith(scene.namespace() + " "))
        .hasSize(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rca  | root    | NAME READY GENERATION ROTATION EXPIRES AGE",
        "scert | web     | NAME READY CA SECRET EXPIRES AGE",
        "ccert | partner | NAME READY CA SECRET EXPIRES AGE"
      })
  void shouldShowColumnsByShortName(String kind, String name, String header) {
    // given
    applyAll();

    // when
    List<String> lines = scene.kubectl("get", kind).orThrow().lines().toList();
    List<String> wide = scene.kubectl("get", kind, "-o", "wide").orThrow().lines().toList();

    // then
    assertThat(columns(lines.get(0))).isEqualTo(header);
    assertThat(lines.get(1)).startsWith(name + " ").contains(" True ").doesNotContain("<none>");
    assertThat(columns(wide.get(0)).length()).isGreaterThan(header.length());
    assertThat(wide.get(1)).doesNotContain("<none>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rootca.spec                                | deletionPolicy",
        "rootca.spec.privateKey.algorithm           | ENUM",
        "servercert.spec.dnsNames                   | wildcard",
        "clientcert.spec.keystores.pkcs12           | passwordSecretRef",
        "servercert.status.conditions               | lastTransitionTime"
      })
  void shouldExplainFields(String field, String expected) {
    // when
    String text = scene.kubectl("explain", field).orThrow();

    // then
    assertThat(text).contains(expected).doesNotContain("<no description>");
  }

  @Test
  void shouldWaitForReadyAndAfterAnEditForTheNewCertificate() {
    // given
    scene.apply(rootCA("root"), serverCert("web"), clientCert("partner"));

    // when
    String ready =
        scene
            .kubectl(
                "wait", "--for=condition=Ready", WAIT, "rca/root", "scert/web", "ccert/partner")
            .orThrow();

    // then
    assertThat(ready.lines()).hasSize(3).allMatch(line -> line.endsWith("condition met"));
    ServerCert before = scene.readyServer("web");

    // when
    scene
        .kubectl("patch", "scert/web", "--type=merge", "-p", "{\"spec\":{\"duration\":\"30d\"}}")
        .orThrow();
    scene.kubectl("wait", "--for=condition=Ready", WAIT, "scert/web").orThrow();

    // then
    assertThat(scene.server("web").getStatus().serialNumber())
        .isNotEqualTo(before.getStatus().serialNumber());
  }

  @Test
  void shouldDescribeWithConditionsAndEvents() {
    // given
    applyAll();
    scene.kubectl("annotate", "scert/web", "mtls-operator.dev/renew=1").orThrow();

    // then
    eventually(
        () -> {
          String text = scene.kubectl("describe", "scert/web").orThrow();
          assertThat(text).contains("Events:").contains("RenewRequested").contains("Issued");
        });
  }

  @Test
  void shouldShowNoDriftAfterTheOperatorWorked(@TempDir Path folder) throws Exception {
    // given
    Path manifests =
        Files.writeString(
            folder.resolve("all.yaml"),
            Manifest.all(rootCA("root"), serverCert("web"), clientCert("partner")));
    scene.kubectl("apply", "-f", manifests.toString()).orThrow();
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyClient("partner");

    // when
    KubectlResult diff = scene.kubectl("diff", "-f", manifests.toString());
    KubectlResult serverSide =
        scene.kubectl("diff", "--server-side", "--force-conflicts", "-f", manifests.toString());
    String again = scene.kubectl("apply", "-f", manifests.toString()).orThrow();

    // then
    assertThat(diff.exitCode()).as(diff.stdout() + diff.stderr()).isZero();
    assertThat(serverSide.stdout()).doesNotContain("+  status").doesNotContain("-  status");
    assertThat(again.lines()).hasSize(3).allMatch(line -> line.endsWith(" unchanged"));
  }

  @Test
  void shouldLeaveSpecAndMetadataToTheUser() {
    // given
    applyAll();

    // when
    ServerCert web = scene.server("web");

    // then
    assertThat(web.getMetadata().getGeneration()).isEqualTo(1);
    assertThat(web.getMetadata().getFinalizers()).isEmpty();
    assertThat(web.getMetadata().getManagedFields())
        .filteredOn(f -> !f.getManager().startsWith("kubectl"))
        .allSatisfy(f -> assertThat(f.getSubresource()).isEqualTo("status"));
  }

  @Test
  void shouldDeleteAtOnce() {
    // given
    applyAll();

    // when
    String deleted =
        scene.kubectl("delete", WAIT, "scert/web", "ccert/partner", "rca/root").orThrow();

    // then
    assertThat(deleted.lines()).hasSize(3);
    assertThat(scene.kubectl("get", "mtls").stderr()).contains("No resources found");
  }

  @Test
  void shouldSelectByTheCA() {
    // given
    scene.apply(serverCert("web"), serverCert("other").with("spec.rootCARef.name", "another"));

    // when
    String found =
        scene
            .kubectl("get", "scert", "--field-selector", "spec.rootCARef.name=root", "-o", "name")
            .orThrow();

    // then
    assertThat(found.trim()).isEqualTo("servercert.mtls-operator.dev/web");
  }

  private void applyAll() {
    scene.apply(rootCA("root"), serverCert("web"), clientCert("partner"));
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyClient("partner");
  }

  private static String columns(String header) {
    return header.trim().replaceAll(" +", " ");
  }
}
