package dev.mtlsoperator.consumers;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.workload;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.CaRotation;
import dev.mtlsoperator.harness.Handshakes;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.TlsFiles;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A web application of Spring Boot with the resources and the properties of {@code docs/peers.md},
 * on a volume as kubelet has it: it takes up each new version without a restart.
 */
@Timeout(300)
final class SpringBootIT {
  private static final String HOST = "shop.data.svc";
  private static final String SERVER = "shop";
  private static final String CLIENT = "partner";

  /** Longer than the application waits before it reads its files again. */
  private static final Duration OVERLAP = Duration.ofSeconds(8);

  private static final String REFUSED =
      "(?is).*(certificate.required|bad.certificate|certificate.unknown|unknown.ca|reset|broken pipe).*";

  /** What the application's handler of {@code SslBundles.addBundleUpdateHandler} logs. */
  private static final String UPDATED = "bundle mtls is new";

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int ENOUGH = 50;

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();

  @TempDir private Path folder;

  private static Path jar;

  @BeforeAll
  @Timeout(900)
  static void provision() {
    jar = SpringBootApp.provision();
  }

  @ParameterizedTest
  @CsvSource({"PEM, 0", "PKCS#12, 1"})
  void shouldTakeUpEachVersion(String form, int block) throws Exception {
    // given
    Page page = Page.read(Path.of("docs/peers.md")).sections().get("Spring Boot");
    Scene scene = Scene.begin("spring");
    issue(scene, page);
    deploy(scene, page.blocks("properties").get(block));
    TlsFiles before = files(scene, CLIENT);
    try (ProjectedPod app =
            ProjectedPod.start(
                cluster,
                scene.namespace(),
                SERVER,
                folder,
                Map.of(),
                List.of(Path.of(System.getProperty("java.home"), "bin")));
        Handshakes requests = new Handshakes()) {
      // then
      assertThat(refusal(app, before)).isEmpty();
      assertThat(refusal(app, new TlsFiles(Optional.empty(), before.trust())).orElseThrow())
          .matches(REFUSED);
      assertThat(refusal(app, files(scene, "stranger")).orElseThrow()).matches(REFUSED);

      // when
      requests.keep(
          CLIENT,
          pair -> {
            pair.is("Spring Boot", CLIENT);
            served(app, files(scene, CLIENT));
            // the machine is busier
            Thread.sleep(100);
          });
      requests.keep(
          "stranger",
          pair -> {
            pair.is("Spring Boot", "the stranger");
            GatewayClient.requireRefused(app.port(), files(scene, "stranger"), HOST, REFUSED);
            Thread.sleep(200);
          });
      CaRotation.complete(scene, "shop-ca", CLIENT, PATIENCE);
      assertThat(scene.caStatus("shop-ca").generations())
          .extracting(Generation::generation)
          .containsExactly(2);
      X509Certificate own = Scene.certificate(scene.secret(SERVER));
      eventually(() -> assertThat(served(app, files(scene, CLIENT))).isEqualTo(own));
      int made = requests.made().get(CLIENT);
      eventually(
          PATIENCE, () -> assertThat(requests.made().get(CLIENT)).isGreaterThan(made + ENOUGH));

      // then: it has forgotten the former CA
      TlsFiles former = new TlsFiles(before.own(), files(scene, CLIENT).trust());
      eventually(
          () ->
              assertThat(refusal(app, former))
                  .hasValueSatisfying(why -> assertThat(why).matches(REFUSED)));
      System.out.println("Spring Boot, " + form + ", rotated: " + requests.made());
      assertThat(requests.failures()).isEmpty();
      assertThat(app.log()).contains(UPDATED).doesNotContain("[error]", " ERROR ");
      ConformanceRow.of(
              "Gateways",
              "Spring Boot (Tomcat), a bundle in " + form + " ([peers](peers.md#spring-boot))")
          .says(
              "rotation of the CA, without a restart", "none, of another CA, of the former CA", "0")
          .measured(requests.made().get(CLIENT), requests.made().get("stranger"))
          .with(SpringBootApp.version())
          .require();
    }
  }

  /** With one thing that is not on the page: it does not wait for ten seconds. */
  private static void deploy(Scene scene, String properties) {
    Map<String, Object> container =
        Map.of(
            "name",
            "shop",
            "image",
            "example.org/none",
            "command",
            List.of(
                "java",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                jar.toString(),
                "--spring.config.location=file:/config/application.properties",
                "--server.address=127.0.0.1",
                "--server.port=8443",
                "--spring.ssl.bundle.watch.file.quiet-period=500ms"),
            "ports",
            List.of(Map.of("containerPort", 8443)),
            "volumeMounts",
            List.of(
                Map.of("name", "tls", "mountPath", "/tls"),
                Map.of("name", "config", "mountPath", "/config")));
    scene.create(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName("properties")
            .endMetadata()
            .addToData("application.properties", properties)
            .build());
    scene.apply(
        workload("Deployment", SERVER, "*")
            .with("spec.template.spec.containers", List.of(container))
            .with(
                "spec.template.spec.volumes",
                List.of(
                    Map.of("name", "tls", "secret", Map.of("secretName", SERVER)),
                    Map.of("name", "config", "configMap", Map.of("name", "properties")))));
  }

  private void issue(Scene scene, Page page) throws IOException {
    Path resources = folder.resolve("resources.yaml");
    Files.writeString(resources, page.blocks("yaml").get(0));
    scene.kubectl("apply", "-f", resources.toString()).orThrow();
    scene.apply(
        rootCA("other"),
        clientCert("stranger")
            .with("spec.rootCARef.name", "other")
            .with("spec.trustedCARefs", List.of(Map.of("name", "shop-ca"))));
    scene
        .kubectl(
            "patch",
            "rootca/shop-ca",
            "--type=merge",
            "-p",
            "{\"spec\":{\"rotation\":{\"overlap\":\"%ds\",\"reissue\":\"Immediately\"}}}"
                .formatted(OVERLAP.toSeconds()))
        .orThrow();
    scene.readyServer(SERVER);
    List.of(CLIENT, "stranger").forEach(scene::readyClient);
  }

  private static TlsFiles files(Scene scene, String client) {
    return TlsFiles.of(scene.secret(client));
  }

  private static Optional<String> refusal(MtlsGateway app, TlsFiles client) {
    return GatewayClient.refusal(app.port(), client, HOST);
  }

  private static X509Certificate served(MtlsGateway app, TlsFiles client) {
    try {
      return GatewayClient.request(app.port(), client.context(), HOST);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
