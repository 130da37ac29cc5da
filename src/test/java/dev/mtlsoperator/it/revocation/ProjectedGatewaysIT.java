package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import dev.mtlsoperator.consumers.Envoy;
import dev.mtlsoperator.consumers.HaProxy;
import dev.mtlsoperator.consumers.Nginx;
import dev.mtlsoperator.consumers.ProjectedPod;
import dev.mtlsoperator.consumers.Upstream;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.it.revocation.GatewayExample.Refusals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the examples tell people to do whose gateways read Secrets as files: with the real gateways,
 * and volumes as kubelet projects them.
 */
@Timeout(300)
final class ProjectedGatewaysIT {

  @BeforeAll
  static void provision() {
    Nginx.provision();
    HaProxy.provision();
    Envoy.provision();
  }

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();

  @TempDir private Path folder;

  @Test
  void shouldServeByNginx() throws Exception {
    serve(
        "nginx",
        Nginx.version(),
        "nginx",
        List.of(),
        new Refusals(
            "No required SSL certificate was sent",
            "The SSL certificate error",
            "The SSL certificate error",
            "The SSL certificate error",
            "(?s).*The SSL certificate error.*"));
  }

  @Test
  void shouldServeByHaProxy() throws Exception {
    serve("HAProxy", HaProxy.version(), "haproxy", List.of(), Refusals.alerts());
  }

  @Test
  void shouldServeByEnvoy() throws Exception {
    serve(
        "Envoy",
        Envoy.version(),
        "envoy",
        List.of(Envoy.provision().getParent()),
        Refusals.alerts());
  }

  private void serve(
      String name, Cell version, String example, List<Path> programs, Refusals refusals)
      throws Exception {
    // given
    Scene scene = Scene.begin(example);
    GatewayExample guide = new GatewayExample(name, version, example, cluster, scene, folder);
    scene.apply(rootCA("root"), clientCert("stranger"));
    try (Upstream upstream = Upstream.start()) {
      // when, then
      guide.apply();
      try (ProjectedPod pod =
          ProjectedPod.start(
              cluster,
              scene.namespace(),
              "partners-" + example,
              Files.createDirectory(folder.resolve("pod")),
              upstream.insteadOf("partners-app"),
              programs)) {
        guide.tryOut(pod, upstream, refusals);
        assertThat(pod.log()).doesNotContain("[emerg]", "[ALERT]", "[error]", "[critical]");
      }
    }
  }
}
