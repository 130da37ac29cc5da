package dev.mtlsoperator.it.install;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.rules.Corpus;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Kubectl;
import dev.mtlsoperator.consumers.GitOpsDiff;
import dev.mtlsoperator.consumers.GitOpsDiff.Comparison;
import dev.mtlsoperator.consumers.GitOpsTools;
import dev.mtlsoperator.harness.RunningOperator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is in Git and what the API server makes of it do not differ for Argo CD, in each of its ways
 * of comparing, nor for Flux.
 */
@Timeout(120)
final class GitOpsDriftIT {
  private static final int WAYS = 5;

  /** Files in {@code examples/} that are no objects for a cluster. */
  private static final Set<String> NOT_APPLIED = Set.of("kustomization.yaml", "health_test.yaml");

  /** The API server refuses null in a server-side apply; docs/gitops.md says so. */
  private static final String NULLS = "root-ca-nulls.yaml";

  /** Lists whose entries leave out all that has a default. */
  private static final String SPARSE_LISTS =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: sparse}
      spec:
        commonName: Sparse
        trustBundles:
          - {kind: ConfigMap, name: a, namespaces: {}, keys: {}}
          - {kind: Secret, name: b, keys: {truststore: truststore.p12}}
        additionalTrust:
          - configMapRef: {name: partner}
          - secretRef: {name: partner}
      """;

  @TempDir private static Path folder;
  private static EmbeddedCluster cluster;
  private static GitOpsDiff diff;

  @BeforeAll
  static void begin() {
    diff = GitOpsDiff.provision();
    Path crds = GitOpsTools.provision().crds();
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    Kubectl kubectl = cluster.kubectl();
    kubectl.run("apply", "--server-side", "-f", crds.toString()).orThrow();
    kubectl.awaitKinds();
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  private static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("examples"))) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .filter(file -> !NOT_APPLIED.contains(file.getFileName().toString()))
          // objects as they are in a cluster, with metadata.generation
          .filter(file -> !file.getParent().endsWith("testdata"))
          .filter(file -> !file.startsWith("examples/gateways") || isOfTheOperator(file))
          .sorted()
          .toList();
    }
  }

  // the other files there are a gateway's own, of kinds that this cluster does not serve
  private static boolean isOfTheOperator(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.startsWith("apiVersion:"))
          .allMatch(line -> line.matches("apiVersion: (mtls-operator.dev/v1alpha1|v1)"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The valid files of the corpus, without its placeholders. */
  private static List<Path> corpus() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Corpus.Manifest manifest : Corpus.valid()) {
      if (!manifest.name().equals(NULLS)) {
        files.add(Files.writeString(folder.resolve(manifest.name()), manifest.text()));
      }
    }
    return files;
  }

  @Test
  void shouldFindNothingDifferentInAnyExampleOrValidFile() throws IOException {
    // given
    List<Path> files = new ArrayList<>(examples());
    files.addAll(corpus());
    files.add(Files.writeString(folder.resolve("sparse-lists.yaml"), SPARSE_LISTS));

    // when
    List<Comparison> comparisons = diff.compare(cluster.kubeconfig(), files);

    // then
    assertThat(comparisons).filteredOn(comparison -> !comparison.drift().isEmpty()).isEmpty();
    assertThat(comparisons.stream().map(Comparison::file).collect(Collectors.toSet()))
        .containsAll(files.stream().map(file -> file.getFileName().toString()).toList());
    assertThat(comparisons.stream().map(Comparison::way).distinct()).hasSize(WAYS);
  }
}
