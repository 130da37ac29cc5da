package dev.mtlsoperator.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example for a gateway into whose console a person pastes PEM: runs its commands, and looks at
 * what is to be pasted.
 */
@Timeout(120)
final class PastedGatewayIT {
  private static final Path EXAMPLE = Path.of("examples/gateways/alibaba-api-gateway");

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();

  @TempDir private Path folder;

  @Test
  void shouldWriteWhatIsPasted() throws Exception {
    // given
    Scene scene = Scene.begin("pasted");
    Path log = folder.resolve("log");
    String script =
        Page.in(
            scene.namespace(),
            String.join("\n", Page.read(EXAMPLE.resolve("README.md")).blocks("sh")));

    // when
    int exitCode =
        Page.run(script, cluster, folder, List.of(OperatorProgram.launcher().getParent()), log);

    // then
    assertThat(exitCode).as(Files.readString(log)).isZero();
    Path paste = folder.resolve("paste");
    String key = Files.readString(paste.resolve("private-key.pem"));
    String certificate = Files.readString(paste.resolve("certificate.pem"));
    assertThat(key).startsWith("-----BEGIN RSA PRIVATE KEY-----\n");
    assertThat(certificate).startsWith("-----BEGIN CERTIFICATE-----\n");
    assertThat(Pem.readCertificates(certificate))
        .singleElement()
        .satisfies(
            server -> {
              assertThat(KeyMaterial.fromPem(key).matches(server)).isTrue();
              assertThat(server).isEqualTo(Scene.certificate(scene.secret("partners-gateway")));
            });
    assertThat(Pem.readCertificates(Files.readString(paste.resolve("client-ca.pem"))))
        .containsExactly(Scene.certificate(scene.secret("partners-ca-1")));
  }
}
