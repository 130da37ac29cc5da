package dev.mtlsoperator.docs;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.Pluralize;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The examples for gateways that cannot be run here: runs the commands of their pages, and looks at
 * what the gateways would read then. The API server takes whatever is of the gateways' kinds.
 */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
final class LayoutCheckedExamplesIT {
  private static final Path EXAMPLES = Path.of("examples", "gateways");
  private static final Path KONG = EXAMPLES.resolve("kong");
  private static final String ISTIO = "istio-system";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  // of its own: another class asks the shared one which kinds it knows
  private static EmbeddedCluster cluster;
  private static RunningOperator operator;

  @TempDir private Path folder;

  @BeforeAll
  static void begin() throws IOException {
    Consumer.require("jq", "apt-get install jq");
    cluster = EmbeddedCluster.start();
    cluster.kubectl().runWithInput(definitions(), "apply", "-f", "-").orThrow();
    // waits for all of them
    RunningOperator.installKinds(cluster);
    cluster.kubectl().run("create", "namespace", ISTIO).orThrow();
    operator = RunningOperator.start(cluster, Clock.systemUTC());
  }

  @AfterAll
  static void end() {
    operator.close();
    cluster.close();
  }

  static List<String> examples() {
    return GatewayLayoutsTest.layouts().stream().map(GatewayLayout::folder).distinct().toList();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void shouldLeaveWhatTheGatewayReads(String example) throws Exception {
    // given
    String namespace = cluster.namespace(example);
    Path copy = copy(example, namespace);

    // when
    run(namespace, blocks(EXAMPLES.resolve(example)));

    // then
    for (GatewayLayout layout : GatewayLayoutsTest.layouts()) {
      if (layout.folder().equals(example)) {
        Path manifest = copy.resolve(layout.manifest());
        Applied applied = Applied.of(layout, namespace);
        assertThat(applied.count(manifest)).isEqualTo(objects(manifest).size());
        String text = Files.readString(manifest);
        eventually(() -> check(layout, applied, text));
      }
    }
  }

  @Test
  void shouldListInKongsPluginOnlyIdsThatThereAre() throws Exception {
    // given
    List<String> blocks = blocks(KONG);
    assertThat(blocks).hasSize(3);
    Scene scene = Scene.in(cluster, "kong");

    // when
    run(scene.namespace(), blocks.subList(0, 1));

    // then
    Set<String> first = listed(scene);
    assertThat(first).hasSize(1).isEqualTo(ids(scene));

    // when
    rotate(scene);
    String signs = question(scene, GenerationState.Distributing);
    run(scene.namespace(), blocks.subList(1, 2));

    // then
    Set<String> both = listed(scene);
    assertThat(both).hasSize(2).containsAll(first).isEqualTo(ids(scene));

    // when
    annotate(scene, signs);
    String leaves = question(scene, GenerationState.Retiring);

    // then: nothing went before its id
    assertThat(ids(scene)).isEqualTo(both);

    // when
    run(scene.namespace(), blocks.subList(2, 3));

    // then
    Set<String> second = listed(scene);
    assertThat(second).hasSize(1).doesNotContainAnyElementsOf(first);
    assertThat(ids(scene)).isEqualTo(both);

    // when
    annotate(scene, leaves);

    // then
    eventually(
        PATIENCE,
        () -> {
          assertThat(Objects.requireNonNull(scene.caStatus("company").rotation()).phase())
              .isEqualTo(RotationPhase.Stable);
          assertThat(ids(scene)).isEqualTo(second);
        });
    assertThat(listed(scene)).isEqualTo(second);
  }

  /** With an overlap of seconds, as a page cannot advise. */
  private static void rotate(Scene scene) {
    scene
        .kubectl(
            "patch",
            "rootca/company",
            "--type=merge",
            "-p",
            "{\"spec\":{\"rotation\":{\"overlap\":\"2s\"}}}")
        .orThrow();
    annotate(scene, "mtls-operator.dev/rotate=now");
  }

  private static void annotate(Scene scene, String annotation) {
    scene.kubectl("annotate", "rootca/company", annotation, "--overwrite").orThrow();
  }

  /** Waits until a rotation waits for a person and nothing else; returns the approval. */
  private static String question(Scene scene, GenerationState state) {
    eventually(
        PATIENCE,
        () -> {
          List<String> approvals = approvals(scene, state);
          assertThat(approvals).hasSize(1);
          assertThat(Objects.requireNonNull(scene.caStatus("company").rotation()).blockedBy())
              .singleElement()
              .asString()
              .contains(approvals);
        });
    return approvals(scene, state).get(0);
  }

  private static List<String> approvals(Scene scene, GenerationState state) {
    return scene.caStatus("company").generations().stream()
        .filter(generation -> generation.state() == state)
        .map(generation -> "mtls-operator.dev/advance=" + generation.fingerprint())
        .toList();
  }

  /** What the plugin lists. */
  private static Set<String> listed(Scene scene) {
    String ids =
        scene
            .kubectl(
                "get",
                "kongplugin/company-clients",
                "-o",
                "jsonpath={range .config.ca_certificates[*]}{@}{\"\\n\"}{end}")
            .orThrow();
    assertThat(ids.lines()).doesNotHaveDuplicates();
    return ids.lines().collect(Collectors.toSet());
  }

  /** What Kong would find. */
  private static Set<String> ids(Scene scene) {
    return scene.all(ConfigMap.class).stream()
        .filter(map -> map.getMetadata().getLabels() != null)
        .filter(map -> "true".equals(map.getMetadata().getLabels().get("konghq.com/ca-cert")))
        .map(map -> Objects.requireNonNull(map.getData().get("id")))
        .collect(Collectors.toSet());
  }

  private static List<String> blocks(Path example) throws IOException {
    return Page.read(example.resolve("README.md")).blocks("sh");
  }

  private void run(String namespace, List<String> blocks) throws Exception {
    Path log = folder.resolve("log");
    String script = Page.in(namespace, String.join("\n", blocks));
    int exitCode = Page.run(script, cluster, folder, List.of(), log);
    assertThat(exitCode).as("%s%n%s", script, Files.readString(log)).isZero();
  }

  /** The example where its commands look for it, with the namespace replaced as it tells to. */
  private Path copy(String example, String namespace) throws IOException {
    Path copy = Files.createDirectories(folder.resolve(EXAMPLES).resolve(example));
    try (Stream<Path> files = Files.list(EXAMPLES.resolve(example))) {
      for (Path file : files.toList()) {
        Files.writeString(
            copy.resolve(file.getFileName()),
            Files.readString(file)
                .replace("namespace: default", "namespace: " + namespace)
                .replace("default/partners", namespace + "/partners"));
      }
    }
    return copy;
  }

  private static void check(GatewayLayout layout, Applied applied, String manifest) {
    try {
      layout.check(applied, manifest, GatewayLayoutsTest.HOST);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What is in a namespace. */
  private record Applied(String namespace) implements GatewayLayout.Written {
    /**
     * Of an example.
     *
     * @param own namespace that the commands do not name
     */
    static Applied of(GatewayLayout layout, String own) {
      return new Applied(layout.namespace().equals("default") ? own : layout.namespace());
    }

    @Override
    public Optional<HasMetadata> find(String kind, String place) {
      String[] parts = place.split("/", 2);
      assertThat(parts[0]).isIn("default", namespace);
      Class<? extends HasMetadata> type = kind.equals("Secret") ? Secret.class : ConfigMap.class;
      return Optional.ofNullable(
          cluster.client().resources(type).inNamespace(namespace).withName(parts[1]).get());
    }

    @Override
    public List<X509Certificate> roots() {
      return cluster
          .client()
          .resources(RootCA.class)
          .inNamespace(namespace)
          .withName("partners")
          .require()
          .getStatus()
          .generations()
          .stream()
          .map(Generation::certificate)
          .map(Pem::readFirst)
          .toList();
    }

    /** How many objects of a manifest are there; all of them, or it fails. */
    long count(Path manifest) {
      return cluster
          .kubectl()
          .run("get", "-n", namespace, "-o", "name", "-f", manifest.toString())
          .orThrow()
          .lines()
          .count();
    }
  }

  /** CRDs for the kinds of others, which say nothing about them. */
  private static String definitions() throws IOException {
    Set<String> definitions = new TreeSet<>();
    List<Path> manifests =
        GatewayLayoutsTest.layouts().stream()
            .map(layout -> EXAMPLES.resolve(layout.folder()).resolve(layout.manifest()))
            .collect(Collectors.toList());
    manifests.add(KONG.resolve("kong.yaml"));
    for (Path manifest : manifests) {
      for (JsonNode object : objects(manifest)) {
        String[] version = object.at("/apiVersion").asText().split("/", 2);
        if (version.length == 2 && !cluster.client().hasApiGroup(version[0], true)) {
          definitions.add(definition(version[0], version[1], object.at("/kind").asText()));
        }
      }
    }
    return String.join("---\n", definitions);
  }

  private static List<JsonNode> objects(Path manifest) throws IOException {
    try (var documents =
        new YAMLMapper().readerFor(JsonNode.class).<JsonNode>readValues(manifest.toFile())) {
      return documents.readAll();
    }
  }

  private static String definition(String group, String version, String kind) {
    return """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: %2$s.%1$s
          annotations:
            api-approved.kubernetes.io: unapproved, for a test
        spec:
          group: %1$s
          scope: Namespaced
          names:
            kind: %4$s
            plural: %2$s
          versions:
            - name: %3$s
              served: true
              storage: true
              schema:
                openAPIV3Schema:
                  type: object
                  x-kubernetes-preserve-unknown-fields: true
        """
        .formatted(group, Pluralize.toPlural(kind.toLowerCase(Locale.ROOT)), version, kind);
  }
}
