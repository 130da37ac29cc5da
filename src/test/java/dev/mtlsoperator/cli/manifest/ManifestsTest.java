package dev.mtlsoperator.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Durations;
import dev.mtlsoperator.api.leaf.LeafSpec;
import dev.mtlsoperator.api.leaf.Pkcs12Encryption;
import dev.mtlsoperator.api.leaf.PrivateKey;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ManifestsTest {
  private static final String ROOT_CA =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec: {commonName: Root}
      """;

  @Test
  void shouldSetTheDefaultsOfTheSchema() {
    // given
    String text =
        """
        apiVersion: mtls-operator.dev/v1alpha1
        kind: ServerCert
        metadata: {name: web}
        spec: {rootCARef: {name: root}, dnsNames: [web.example.com]}
        ---
        apiVersion: mtls-operator.dev/v1alpha1
        kind: ClientCert
        metadata: {name: client}
        spec: {rootCARef: {name: root}, commonName: client}
        """;

    // when
    Manifests read = Manifests.read("text", text);

    // then
    assertThat(read.problems()).isEmpty();
    LeafSpec server = read.leaves().get(0).getSpec();
    LeafSpec client = read.leaves().get(1).getSpec();
    assertThat(Durations.parse(server.duration())).isEqualTo(Duration.ofDays(90));
    assertThat(server.privateKey()).isEqualTo(PrivateKey.defaults());
    assertThat(server.keystores().pkcs12().enabled()).isFalse();
    assertThat(client.keystores().pkcs12().enabled()).isTrue();
    assertThat(client.keystores().pkcs12().encryption()).isEqualTo(Pkcs12Encryption.Modern);
    assertThat(read.leaves().get(0).effectiveSecretName()).isEqualTo("web");
  }

  @Test
  void shouldTellFileAndDocumentOfAProblem() {
    // when
    Manifests read =
        Manifests.read("web.yaml", ROOT_CA + "---\n" + ROOT_CA.replace("Root}", "' '}"));

    // then
    assertThat(read.rootCAs()).hasSize(1);
    assertThat(read.problems()).hasSize(1);
    assertThat(read.problems().get(0))
        .hasToString(
            "web.yaml, document 2, RootCA root: spec.commonName: ' ' must be printable text: no"
                + " control characters, no line breaks, no space at its ends");
  }

  @Test
  void shouldTellAllProblemsOfAResourceAtOnce() {
    // when
    Manifests read =
        Manifests.read(
            "text",
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ServerCert
            metadata: {name: web}
            spec:
              rootCARef: {name: root}
              dnsNames: [Web.example.com, "*"]
              duration: 1m
              privateKey: {size: 1}
            """);

    // then
    assertThat(read.problems())
        .extracting(problem -> problem.violation().path())
        .containsExactly(
            "spec.dnsNames[0]", "spec.dnsNames[1]", "spec.duration", "spec.privateKey.size");
  }

  @Test
  void shouldIgnoreKindsOfOthers() {
    // when
    Manifests read =
        Manifests.read(
            "text",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n" + ROOT_CA);

    // then
    assertThat(read.ignored()).containsExactly(new Manifests.Ignored("text", 1, "Deployment web"));
    assertThat(read.rootCAs()).hasSize(1);
    assertThat(read.problems()).isEmpty();
  }

  @Test
  void shouldReadSecretsWithPlainText() {
    // when
    Manifests read =
        Manifests.read(
            "text",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: pw}
            data: {a: b2xk, password: b2xk}
            stringData: {password: new}
            """);

    // then
    assertThat(read.problems()).isEmpty();
    Secret secret = read.secrets().get(0);
    assertThat(secret.getData())
        .containsEntry("a", "b2xk")
        .containsEntry(
            "password", Base64.getEncoder().encodeToString("new".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void shouldNotQuoteSecretsInProblems() {
    // given
    String secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: pw}\n";

    // when
    Manifests read =
        Manifests.read("a", secret + "data: {password: hunter2%}\n")
            .plus(Manifests.read("b", secret + "stringData: {password: [hunter2]}\n"))
            .plus(Manifests.read("c", secret + "stringData:\n  password: hunter2: x\n"));

    // then
    assertThat(read.secrets()).isEmpty();
    assertThat(read.problems()).hasSize(3).noneMatch(p -> p.toString().contains("hunter2"));
  }

  @Test
  @Timeout(10)
  void shouldRefuseTextsThatBlowUp() {
    // given
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x]\n");
    for (int i = 1; i < 25; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    String deep = "[".repeat(20_000);
    String loop = "a: &a [*a]\n";
    String large = "#" + "x".repeat(4 << 20);
    String keys = "? &a [*a]\n: b\n";

    // when, then
    for (String text : new String[] {bomb.toString(), deep, loop, large, keys}) {
      assertThat(Manifests.read("text", text).problems())
          .as(text.substring(0, 10))
          .hasSize(1)
          .allMatch(problem -> problem.violation().message().startsWith("not valid YAML: "));
    }
  }

  @Test
  void shouldRefuseTypesOfJava() {
    // when
    Manifests read = Manifests.read("text", "!!javax.script.ScriptEngineManager [x]\n");

    // then
    assertThat(read.problems()).hasSize(1);
  }

  @Test
  void shouldRefuseAFieldGivenTwice() {
    // kubectl takes the last one silently
    assertThat(
            Manifests.read("text", ROOT_CA.replace("Root}", "Root, commonName: Other}")).problems())
        .extracting(problem -> problem.violation().message())
        .containsExactly("not valid YAML: line 4, column 26: found duplicate key commonName");
  }

  @Test
  void shouldRefuseWhatIsNoResource() {
    // when
    Manifests read = Manifests.read("text", "just text\n---\n[1, 2]\n---\n{}\n---\nkind: RootCA\n");

    // then
    assertThat(read.problems())
        .extracting(problem -> problem.violation().message())
        .containsExactly(
            "not a resource: a mapping with apiVersion and kind is expected",
            "not a resource: a mapping with apiVersion and kind is expected",
            "kind not set",
            "apiVersion not set");
  }

  @Test
  void shouldSkipTextsWithoutDocuments() {
    assertThat(Manifests.read("text", "")).isEqualTo(Manifests.none());
    assertThat(Manifests.read("text", "# only\n---\n# comments\n")).isEqualTo(Manifests.none());
  }

  @Test
  void shouldKeepTerminalsSafeFromNames() {
    // when
    Manifests read =
        Manifests.read("text", ROOT_CA.replace("{name: root}", "{name: \"x\\e[2J\\ny\"}"));

    // then
    assertThat(read.problems()).hasSize(1);
    assertThat(read.problems().get(0).toString()).doesNotContain("\u001b").doesNotContain("\n");
  }

  @Property
  void shouldNeverThrow(@ForAll String anything) {
    assertThat(Manifests.read("text", anything).problems()).hasSizeLessThan(10_000);
    assertThat(Manifests.read("text", ROOT_CA.replace("Root}", anything)).rootCAs())
        .hasSizeLessThan(2);
  }
}
