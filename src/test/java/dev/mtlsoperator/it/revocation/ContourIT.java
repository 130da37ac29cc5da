package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Contour;
import dev.mtlsoperator.consumers.Upstream;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.TlsFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code examples/gateways/contour} tells people to do, with a real Contour. */
@Timeout(300)
final class ContourIT {

  /** The first time it takes minutes, for which the test has no patience. */
  @BeforeAll
  static void provision() {
    Contour.provision();
  }

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();
  private final Scene scene = Scene.begin("contour");

  @TempDir private Path folder;

  @Test
  void shouldRefuseARevokedClientAndNobodyElse() throws Exception {
    // given
    GatewayExample example =
        new GatewayExample("Contour", Contour.version(), "contour", cluster, scene, folder);
    Path files = Files.createDirectory(folder.resolve("contour"));
    try (Upstream upstream = Upstream.start();
        Contour contour = Contour.start(files, cluster)) {
      scene.apply(upstream.service("partners-app"));
      scene.apply(rootCA("root"), clientCert("stranger"));

      // when the HTTPProxy comes before there is a CRL
      scene.apply(example.certificatesWithoutRevocation());
      scene.readyServer(GatewayExample.SERVER);
      scene.readyClient("john");
      scene.apply(example.read("httpproxy.yaml"));

      // then
      eventually(
          () ->
              assertThat(proxyStatus())
                  .matches("invalid: .*: invalid CRL Secret \"\\S+\": empty \"crl.pem\" key"));
      assertThat(GatewayExample.refusal(contour, TlsFiles.of(scene.secret("john")))).isPresent();

      // when, then
      example.apply();
      example.tryOut(contour, upstream, GatewayExample.Refusals.alerts());
      assertThat(contour.log()).doesNotContain("[critical]", "[error]", "level=error");
    }
  }

  /** What Contour says about the HTTPProxy. */
  private String proxyStatus() {
    return scene
        .kubectl(
            "get",
            "httpproxy/partners",
            "-o",
            "jsonpath={.status.currentStatus}: {.status.conditions[*].errors[*].message}")
        .orThrow();
  }
}
