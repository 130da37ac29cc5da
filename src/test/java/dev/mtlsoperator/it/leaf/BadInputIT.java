package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Invalid input is rejected by the API server or reported in status, and affects nothing else. */
@Timeout(120)
final class BadInputIT {
  private final Scene scene = Scene.begin("bad");

  static Stream<Named<Manifest>> refused() {
    return Stream.of(
        Named.of(
            "RSA-1024",
            serverCert("web")
                .with("spec.privateKey.algorithm", "RSA")
                .with("spec.privateKey.size", 1024)),
        Named.of(
            "400 names",
            serverCert("web")
                .with(
                    "spec.dnsNames",
                    IntStream.range(0, 400).mapToObj(i -> "a" + i + ".example.org").toList())),
        Named.of(
            "a common name of a MiB",
            clientCert("web").with("spec.commonName", "x".repeat(1 << 20))),
        Named.of(
            "renewed before it is issued",
            serverCert("web").with("spec.duration", "24h").with("spec.renewBefore", "25h")),
        Named.of("a minute", serverCert("web").with("spec.duration", "1m")),
        Named.of("a CA generation's Secret", serverCert("web").with("spec.secretName", "x-ca-2")),
        Named.of("no name", serverCert("web").with("spec.dnsNames", List.of())),
        Named.of("a long name of a CA", rootCA("x".repeat(53))));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void shouldBeRefusedByTheApiServer(Manifest manifest) {
    // when
    KubectlResult result = create(manifest);

    // then
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.stderr())
        .containsAnyOf("is invalid", "Invalid value", "Too many", "Too long");
    assertThat(scene.kubectl("get", "mtls").stdout()).isEmpty();
  }

  @Test
  void shouldIssueAHundredNames() {
    // given
    List<String> names =
        IntStream.range(0, 100).mapToObj(i -> "a".repeat(60) + "." + i + ".example.org").toList();

    // when
    scene.apply(rootCA("root"), serverCert("web").with("spec.dnsNames", names));

    // then
    scene.readyServer("web");
  }

  @Test
  void shouldRefuseWhatTheSubjectHoldsAgainstTheCAsNameConstraints() {
    // when
    scene.apply(
        rootCA("root")
            .with("spec.nameConstraints.permitted.emailAddresses", List.of("example.com"))
            .with("spec.nameConstraints.permitted.dnsDomains", List.of("example.com")),
        clientCert("mallory")
            .without("spec.commonName")
            .with("spec.literalSubject", "CN=mallory,emailAddress=ceo@evil.test"),
        clientCert("underscore").with("spec.commonName", "a_b.evil.test"));

    // then: OpenSSL would say error 47
    refusedByConstraints("mallory", "'ceo@evil.test' (e-mail address in the subject)");
    refusedByConstraints("underscore", "'a_b.evil.test' (common name)");

    // when
    scene.apply(
        clientCert("mallory")
            .without("spec.commonName")
            .with("spec.literalSubject", "CN=mallory,emailAddress=ceo@example.com"));

    // then
    scene.readyClient("mallory");
  }

  private void refusedByConstraints(String name, String what) {
    eventually(
        () -> {
          ClientCert refused = scene.client(name);
          assertThat(refused.getStatus()).isNotNull();
          assertThat(condition(refused.getStatus().conditions(), "Stalled"))
              .hasValueSatisfying(
                  c -> {
                    assertThat(c.reason()).isEqualTo("InvalidSpec");
                    assertThat(c.message())
                        .contains("the CA's name constraints do not allow " + what)
                        .contains("permitted is example.com");
                  });
        });
    assertThat(scene.find(Secret.class, name)).isEmpty();
  }

  @Test
  void shouldTellThatALeafHasTheNameOfItsCA() {
    // when
    scene.apply(
        rootCA("root").with("spec.commonName", "the same"),
        clientCert("partner").with("spec.commonName", "the same"));

    // then
    eventually(
        () -> {
          ClientCert partner = scene.client("partner");
          assertThat(partner.getStatus()).isNotNull();
          assertThat(condition(partner.getStatus().conditions(), "Stalled"))
              .hasValueSatisfying(
                  c -> {
                    assertThat(c.reason()).isEqualTo("InvalidSpec");
                    assertThat(c.message()).contains("the same", "give this certificate another");
                  });
        });
    assertThat(scene.find(Secret.class, "partner")).isEmpty();

    // when
    scene.apply(clientCert("partner"));

    // then
    scene.readyClient("partner");
  }

  @Test
  void shouldTellThatTheCAMayNotSignThatName() {
    // when
    scene.apply(
        rootCA("root")
            .with("spec.nameConstraints.permitted.dnsDomains", List.of("example.org"))
            .with("spec.nameConstraints.excluded.dnsDomains", List.of("secret.example.org")),
        serverCert("web").with("spec.dnsNames", List.of("www.example.com")),
        serverCert("wild").with("spec.dnsNames", List.of("*.example.org")));

    // then
    eventually(
        () -> {
          assertStalled(scene.server("web"), "name constraints do not allow 'www.example.com'");
          assertStalled(scene.server("wild"), "*.example.org");
        });
    assertThat(scene.find(Secret.class, "web")).isEmpty();

    // when
    scene.apply(
        serverCert("web").with("spec.dnsNames", List.of("www.example.org")),
        serverCert("wild").with("spec.dnsNames", List.of("*.www.example.org")));

    // then
    scene.readyServer("web");
    scene.readyServer("wild");
  }

  private static void assertStalled(ServerCert server, String why) {
    assertThat(server.getStatus()).isNotNull();
    assertThat(condition(server.getStatus().conditions(), "Stalled"))
        .hasValueSatisfying(
            c -> {
              assertThat(c.reason()).isEqualTo("InvalidSpec");
              assertThat(c.message()).contains(why);
            });
  }

  @Test
  void shouldTellThatAPasswordCannotBeUsed() {
    // when
    scene.apply(
        rootCA("root"),
        Manifest.password("store-password", "pässword"),
        clientCert("partner")
            .with("spec.keystores.pkcs12.passwordSecretRef.name", "store-password"));

    // then
    eventually(
        () -> {
          ClientCert partner = scene.client("partner");
          assertThat(partner.getStatus()).isNotNull();
          assertThat(condition(partner.getStatus().conditions(), "Stalled"))
              .hasValueSatisfying(
                  c -> {
                    assertThat(c.reason()).isEqualTo("InvalidInput");
                    assertThat(c.message()).contains("ASCII");
                    assertThat(c.message()).doesNotContain("pässword");
                  });
        });

    // when
    scene.apply(Manifest.password("store-password", "changeit"));

    // then
    scene.readyClient("partner");
  }

  @Test
  void shouldTellThatThereIsNoCA() {
    // when
    scene.apply(serverCert("web"));

    // then
    eventually(
        () -> {
          ServerCert web = scene.server("web");
          assertThat(web.getStatus()).isNotNull();
          assertThat(condition(web.getStatus().conditions(), "Stalled"))
              .hasValueSatisfying(
                  c -> {
                    assertThat(c.reason()).isEqualTo("CANotAvailable");
                    assertThat(c.message())
                        .contains("there is no RootCA 'root'", "spec.rootCARef.name");
                  });
        });
  }

  // apply would put a MiB into an annotation, which has its own limit
  private KubectlResult create(Manifest manifest) {
    return RunningOperator.shared()
        .cluster()
        .kubectl()
        .runWithInput(manifest.yaml(), "create", "-n", scene.namespace(), "-f", "-");
  }
}
