package dev.mtlsoperator.api.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cli.manifest.Manifests;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.harness.RunningOperator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same corpus, judged by the real API server, and rules that only it can judge. */
final class CorpusIT {
  private static final EmbeddedCluster CLUSTER = EmbeddedCluster.shared();

  /** What kubectl says of each invalid file, by its name: one call for all of them. */
  private static final Map<String, String> REFUSALS = new HashMap<>();

  @BeforeAll
  static void applyAllInvalid(@TempDir Path folder) throws IOException {
    RunningOperator.installKinds(CLUSTER);
    for (Corpus.Manifest manifest : Corpus.invalid()) {
      Files.writeString(folder.resolve(manifest.name()), manifest.text());
    }
    KubectlResult all =
        CLUSTER.kubectl().run("apply", "--server-side=false", "-f", folder.toString());
    assertThat(all.exitCode()).isEqualTo(1);
    assertThat(all.stdout()).as("accepted").isEmpty();
    // what it says of a file follows the file's name
    List<MatchResult> named =
        Pattern.compile('"' + Pattern.quote(folder + "/") + "([^\"]+)\"")
            .matcher(all.stderr())
            .results()
            .toList();
    for (int i = 0; i < named.size(); i++) {
      int end = i + 1 < named.size() ? named.get(i + 1).start() : all.stderr().length();
      REFUSALS.merge(
          named.get(i).group(1),
          all.stderr().substring(named.get(i).end(), end),
          (one, other) -> one + other);
    }
  }

  static List<Corpus.Manifest> valid() {
    return Corpus.valid();
  }

  static List<Corpus.Manifest> invalid() {
    return Corpus.invalid();
  }

  @ParameterizedTest
  @MethodSource("valid")
  void shouldAcceptValidWithTheDefaultsOfTheOfflineReading(Corpus.Manifest manifest) {
    // given
    String namespace = CLUSTER.namespace("valid");
    Manifests offline = Manifests.read(manifest.name(), manifest.text());

    // when
    apply(namespace, manifest.text()).orThrow();

    // then
    Stream.<CustomResource<?, ?>>concat(offline.rootCAs().stream(), offline.leaves().stream())
        .forEach(
            expected ->
                assertThat(readBack(namespace, expected).getSpec()).isEqualTo(expected.getSpec()));
    CLUSTER.client().namespaces().withName(namespace).delete();
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void shouldRefuseInvalidWithItsMessage(Corpus.Manifest manifest) {
    assertThat(REFUSALS).containsKey(manifest.name());
    assertThat(REFUSALS.get(manifest.name())).contains(manifest.kubectl());
  }

  @Test
  void shouldRefuseAnotherSecretName() {
    // given
    String namespace = CLUSTER.namespace("rename");
    apply(namespace, serverCert("secretName: first")).orThrow();

    // when
    KubectlResult changed = apply(namespace, serverCert("secretName: second"));
    KubectlResult dropped = apply(namespace, serverCert("duration: 90d"));

    // then
    assertThat(List.of(changed, dropped))
        .allSatisfy(
            result ->
                assertThat(result.stderr())
                    .contains("spec.secretName")
                    .contains("secretName cannot be changed"));
  }

  @Test
  void shouldJudgeTheSecretNameThatHolds() {
    // given
    String namespace = CLUSTER.namespace("rename");
    apply(namespace, serverCert("duration: 90d")).orThrow();

    // when
    KubectlResult other = apply(namespace, serverCert("secretName: other"));
    KubectlResult own = apply(namespace, serverCert("secretName: web"));
    KubectlResult droppedAgain = apply(namespace, serverCert("duration: 91d"));

    // then
    assertThat(other.stderr()).contains("secretName cannot be changed");
    assertThat(own.exitCode()).as(own.stderr()).isZero();
    assertThat(droppedAgain.exitCode()).as(droppedAgain.stderr()).isZero();
  }

  @Test
  void shouldMergeTheNamesOfTwoManagers() {
    // given
    String namespace = CLUSTER.namespace("managers");
    serverSideApply(namespace, "one", serverCert("dnsNames: [one.example.com]"));

    // when
    serverSideApply(namespace, "two", serverCert("dnsNames: [two.example.com]"));

    // then
    assertThat(
            CLUSTER
                .client()
                .resources(ServerCert.class)
                .inNamespace(namespace)
                .withName("web")
                .get()
                .getSpec()
                .dnsNames())
        .containsExactlyInAnyOrder("one.example.com", "two.example.com");
  }

  private static String serverCert(String field) {
    return """
    apiVersion: mtls-operator.dev/v1alpha1
    kind: ServerCert
    metadata: {name: web}
    spec:
      rootCARef: {name: ca}
      ipAddresses: [192.0.2.1]
      %s
    """
        .formatted(field);
  }

  private static KubectlResult apply(String namespace, String manifest) {
    return CLUSTER
        .kubectl()
        .runWithInput(manifest, "apply", "--server-side=false", "-n", namespace, "-f", "-");
  }

  private static void serverSideApply(String namespace, String manager, String manifest) {
    CLUSTER
        .kubectl()
        .runWithInput(
            manifest,
            "apply",
            "--server-side",
            "--field-manager=" + manager,
            "-n",
            namespace,
            "-f",
            "-")
        .orThrow();
  }

  private static CustomResource<?, ?> readBack(String namespace, HasMetadata like) {
    return (CustomResource<?, ?>)
        CLUSTER
            .client()
            .resources(like.getClass())
            .inNamespace(namespace)
            .withName(like.getMetadata().getName())
            .require();
  }
}
