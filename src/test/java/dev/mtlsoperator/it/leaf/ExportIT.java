package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.export.ExportRun;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.Clients;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} reads what a person may read in a cluster, and says what is wrong otherwise. */
@Timeout(120)
final class ExportIT {
  private final Scene scene = Scene.begin("export");

  @TempDir Path folder;

  @BeforeEach
  void issue() {
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyServer("web");
  }

  private ExportRun export(String certificate, UnaryOperator<ConfigBuilder> edit) {
    Config ours = RunningOperator.shared().cluster().client().getConfiguration();
    return ExportRun.of(
        () -> Clients.create(edit.apply(new ConfigBuilder(ours)).build(), new ApiTraffic()),
        certificate,
        "--for=nginx",
        "-n",
        scene.namespace(),
        "-o",
        folder.resolve("out").toString());
  }

  private ExportRun export(String certificate) {
    return export(certificate, config -> config);
  }

  @Test
  void shouldWriteWhatTheSecretHolds() throws IOException {
    ExportRun run = export("servercert/web");

    assertThat(run.err()).isEmpty();
    Secret secret = scene.secret("web");
    for (Map.Entry<String, String> file :
        Map.of("server.crt", "tls.crt", "server.key", "tls.key", "client-ca.crt", "ca.crt")
            .entrySet()) {
      assertThat(Files.readString(folder.resolve("out").resolve(file.getKey())))
          .isEqualTo(text(secret, file.getValue()));
    }
  }

  @Test
  void shouldSayWhatIsNotThere() {
    assertThat(export("servercert/none").err())
        .contains("there is no servercert/none in the namespace " + scene.namespace())
        .contains("Nothing was written.");

    scene.apply(serverCert("later").with("spec.rootCARef.name", "missing"));
    ExportRun run = export("servercert/later");
    assertThat(run.err()).contains("Secret " + scene.namespace() + "/later does not exist");
    assertThat(run.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldLeaveASecretAloneThatSomebodyElseWrote() {
    scene.kubectl("create", "secret", "generic", "taken", "--from-literal=tls.key=mine").orThrow();
    scene.apply(serverCert("taken"));
    eventually(() -> assertThat(scene.server("taken").getStatus()).isNotNull());

    ExportRun run = export("servercert/taken");

    assertThat(run.err())
        .contains("Secret " + scene.namespace() + "/taken was not written for servercert/taken");
    assertThat(run.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldSayWhatMayNotBeReadAndWhoDoesNotAnswer() {
    ExportRun forbidden =
        export("servercert/web", config -> config.withImpersonateUsername("nobody"));
    assertThat(forbidden.err())
        .contains("servercert/web may not be read with the credentials of KUBECONFIG");
    assertThat(forbidden.exitCode()).isEqualTo(2);

    ExportRun unreachable =
        export("servercert/web", config -> config.withMasterUrl("https://127.0.0.1:1/"));
    assertThat(unreachable.err())
        .contains("the API server at https://127.0.0.1:1/ did not answer", "Connection refused")
        .contains("does KUBECONFIG point to it?")
        .doesNotContain("\tat ");
    assertThat(unreachable.exitCode()).isEqualTo(1);
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
