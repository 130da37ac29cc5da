package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.EnvoyGateway;
import dev.mtlsoperator.consumers.Upstream;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code examples/gateways/envoy-gateway} tells people to do, with a real Envoy Gateway. */
@Timeout(600)
final class EnvoyGatewayIT {

  /** The first time it takes minutes, for which the test has no patience. */
  @BeforeAll
  static void provision() {
    EnvoyGateway.provision();
    Consumer.require("jq", "apt-get install jq");
  }

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();
  private final Scene scene = Scene.begin("envoy-gateway");

  @TempDir private Path folder;

  @Test
  void shouldServeEachExampleOfGatewayApi() throws Exception {
    // given
    GatewayExample example =
        new GatewayExample(
            "Envoy Gateway", EnvoyGateway.version(), "envoy-gateway", cluster, scene, folder);
    Path files = Files.createDirectory(folder.resolve("gateway"));
    try (Upstream upstream = Upstream.start();
        EnvoyGateway gateway = EnvoyGateway.start(files, cluster)) {
      scene.apply(upstream.service("partners-app"));
      scene.apply(rootCA("root"), clientCert("stranger"));

      // when, then
      copy(example, folder, gateway.port());
      example.apply();
      TlsFiles john = TlsFiles.of(scene.secret("john"));
      // Envoy listens before it has its certificates
      eventually(() -> assertThat(GatewayExample.refusal(gateway, john)).isEmpty());
      example.tryOut(gateway, upstream, GatewayExample.Refusals.alerts());
      moveFromIngressNginx(gateway);
      example.tryOutWithoutRevocation(
          gateway,
          GatewayExample.Refusals.alerts(),
          "[Gateway API with one ConfigMap, by Envoy Gateway](../examples/gateways/ingress-nginx/README.md#move-to-gateway-api)",
          example::rotate);
      scene.kubectl("delete", "gateway/partners").orThrow();
      serveByGatewayApiAlone(gateway, upstream);
      assertThat(gateway.log()).doesNotContain("[critical]", "[error]", "\tERROR\t");
    }
  }

  /** What that example tells people to move to: Gateway API alone, which knows no CRLs. */
  private void moveFromIngressNginx(EnvoyGateway gateway) throws IOException {
    TlsFiles john = TlsFiles.of(scene.secret("john"));
    TlsFiles revoked = new TlsFiles(TlsFiles.of(scene.secret("joan")).own(), john.trust());
    TlsFiles stranger = new TlsFiles(TlsFiles.of(scene.secret("stranger")).own(), john.trust());
    scene
        .kubectl("patch", "ccert/joan", "--type=merge", "-p", "{\"spec\":{\"revoked\":{}}}")
        .orThrow();
    eventually(() -> assertThat(GatewayExample.refusal(gateway, revoked)).isPresent());

    scene.kubectl("delete", "clienttrafficpolicy/partners").orThrow();
    scene.apply(
        Files.readString(Path.of("examples/gateways/ingress-nginx/gateway.yaml"))
            .replace("gatewayClassName: example", "gatewayClassName: envoy")
            .replace("port: 443", "port: " + gateway.port()));

    // in between, it asks nobody
    eventually(
        () -> {
          assertThat(GatewayExample.refusal(gateway, stranger)).isPresent();
          assertThat(GatewayExample.refusal(gateway, revoked)).isEmpty();
          assertThat(GatewayExample.refusal(gateway, john)).isEmpty();
        });
  }

  /** With a ConfigMap for each certificate of the CA, which people list. */
  private void serveByGatewayApiAlone(EnvoyGateway gateway, Upstream upstream) throws Exception {
    Scene core = Scene.begin("gateway-api");
    Path own = Files.createDirectory(folder.resolve("core"));
    GatewayExample example =
        new GatewayExample(
            "Envoy Gateway", EnvoyGateway.version(), "gateway-api", cluster, core, own);
    core.apply(upstream.service("partners-app"));
    core.apply(rootCA("root"), clientCert("stranger"));
    copy(example, own, gateway.port());
    example.apply();
    TlsFiles john = TlsFiles.of(core.secret("john"));
    eventually(() -> assertThat(GatewayExample.refusal(gateway, john)).isEmpty());
    example.tryItOut(gateway);
    example.tryOutWithoutRevocation(
        gateway,
        GatewayExample.Refusals.alerts(),
        "[Gateway API with a ConfigMap for each certificate, by Envoy Gateway](../examples/gateways/gateway-api/README.md)",
        example::rotateByHand);
  }

  /** The example with a port that Envoy can bind: a Service would lead from port 443 to it. */
  private static void copy(GatewayExample example, Path folder, int port) throws IOException {
    Path copy = Files.createDirectories(folder.resolve(example.path()));
    Files.writeString(copy.resolve("certificates.yaml"), example.read("certificates.yaml"));
    Files.writeString(
        copy.resolve("gateway.yaml"),
        example
            .read("gateway.yaml")
            .replace("gatewayClassName: example", "gatewayClassName: envoy")
            .replace("port: 443", "port: " + port));
  }
}
