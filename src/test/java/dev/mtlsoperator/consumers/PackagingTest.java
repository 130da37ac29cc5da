package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What those who judge manifests say of the chart; whatever stays has a reason. */
@Tag("programs")
@Tag("once")
final class PackagingTest {

  /** Why a finding stays, by what the judges call it. */
  private static final Map<String, String> OF_THE_CHART =
      Map.of(
          "CPU limit is not set",
          "no CPU limit: what is throttled renews late, and loses its Lease",
          "CKV_K8S_11",
          "CKV_K8S_11, no CPU limit: what is throttled renews late, and loses its Lease",
          "ImagePullPolicy is not set to Always",
          "`IfNotPresent`: a tag of ours never moves (`image.pullPolicy` sets another one)",
          "CKV_K8S_15",
          "CKV_K8S_15, `IfNotPresent`: a tag of ours never moves (`image.pullPolicy` sets another one)",
          "The pod does not have a matching NetworkPolicy",
          "no NetworkPolicy: `networkPolicy.enabled`, off since ports of API servers differ",
          "CKV2_K8S_6",
          "CKV2_K8S_6, no NetworkPolicy: `networkPolicy.enabled`, off since ports of API servers differ",
          "Deployment few replicas",
          "one replica: `replicas` sets more, and gateways do not notice a pause of minutes",
          "CKV_K8S_43",
          "CKV_K8S_43, no digest: `image.digest` sets that of your registry's image",
          "CKV_K8S_38",
          "CKV_K8S_38, a ServiceAccount's token: it talks to the API server");

  private static final String THROTTLED = "no CPU limit: it throttles handshakes";
  private static final String SCALE =
      "one replica, no PodDisruptionBudget, no affinity: how many there are is yours to decide";
  private static final String NO_LIVENESS =
      "no liveness probe: the end of its process ends the container, and a probe without a certificate sees no more";
  private static final String USER = "the user is that of the image";

  private static final Map<String, String> OF_THE_EXAMPLES =
      Map.ofEntries(
          Map.entry("CPU limit is not set", THROTTLED),
          Map.entry("CKV_K8S_11", "CKV_K8S_11, " + THROTTLED),
          Map.entry("ImagePullPolicy is not set to Always", "the image is yours to choose"),
          Map.entry("CKV_K8S_15", "CKV_K8S_15, CKV_K8S_43, the image is yours to choose"),
          Map.entry("CKV_K8S_43", "CKV_K8S_15, CKV_K8S_43, the image is yours to choose"),
          Map.entry("Container is missing a livenessProbe", NO_LIVENESS),
          Map.entry("CKV_K8S_8", "CKV_K8S_8, " + NO_LIVENESS),
          Map.entry("CKV_K8S_21", "CKV_K8S_21, the namespace is that of your context"),
          Map.entry("The container is running with a low user ID", USER),
          Map.entry("The container running with a low group ID", USER),
          Map.entry("CKV_K8S_40", "CKV_K8S_40, " + USER),
          Map.entry("Deployment few replicas", SCALE),
          Map.entry("Deployment does not have a host podAntiAffinity set", SCALE),
          Map.entry("No matching PodDisruptionBudget was found", SCALE),
          Map.entry(
              "The pod does not have a matching NetworkPolicy",
              "no NetworkPolicy: it depends on who calls"),
          Map.entry("CKV2_K8S_6", "CKV2_K8S_6, no NetworkPolicy: it depends on who calls"));

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "the chart as it is | rbac.create=true",
        "the chart with all that it offers for availability and safety | "
            + RenderedChart.ALL
            + ",image.digest=sha256:0000000000000000000000000000000000000000000000000000000000000000"
      })
  void shouldHaveNoFindingWithoutAReason(String what, String values) throws IOException {
    Path manifests = RenderedChart.with(values, folder);
    require(
        "kube-score, " + what, scored(kubeScore(), manifests), OF_THE_CHART, version("kube-score"));
    require("checkov, " + what, checked(checkov(), manifests), OF_THE_CHART, version("checkov"));
  }

  @Test
  void shouldHaveNoFindingWithoutAReasonInExamples() throws IOException {
    String what = "the pods in `examples/gateways/`";
    Path manifests =
        Files.writeString(folder.resolve("examples.yaml"), String.join("---\n", pods()));

    require(
        "kube-score, " + what,
        scored(kubeScore(), manifests),
        OF_THE_EXAMPLES,
        version("kube-score"));
    require("checkov, " + what, checked(checkov(), manifests), OF_THE_EXAMPLES, version("checkov"));
  }

  private static List<String> pods() throws IOException {
    List<String> pods = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("examples/gateways"))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".yaml")).sorted().toList()) {
        String manifests = Files.readString(file);
        if (manifests.contains("\nkind: Deployment\n")) {
          pods.add(manifests);
        }
      }
    }
    assertThat(pods).hasSizeGreaterThan(2);
    return pods;
  }

  private static Consumer kubeScore() {
    return Consumer.provision("src/test/consumers/provision-kube-score.sh");
  }

  private static Consumer checkov() {
    return Consumer.provision(
        "src/test/consumers/provision-checkov.sh",
        "python3",
        "apt-get install python3 python3-pip");
  }

  private SortedSet<String> scored(Consumer score, Path manifests) throws IOException {
    JsonNode objects =
        score.run(folder, "score", manifests.toString(), "--output-format", "json").json("[");
    SortedSet<String> findings = new TreeSet<>();
    int checks = 0;
    for (JsonNode object : objects) {
      for (JsonNode check : object.path("checks")) {
        checks++;
        if (!check.path("skipped").asBoolean() && check.path("grade").asInt() < 10) {
          JsonNode comments = check.path("comments");
          comments.forEach(comment -> findings.add(comment.path("summary").asText()));
          if (comments.isEmpty()) {
            findings.add(check.path("check").path("id").asText());
          }
        }
      }
    }
    assertThat(checks).as("checks that ran").isGreaterThan(20);
    return findings;
  }

  private SortedSet<String> checked(Consumer checkov, Path manifests) throws IOException {
    JsonNode results =
        checkov
            .run(
                folder,
                "--file",
                manifests.toString(),
                "--framework",
                "kubernetes",
                "--skip-download",
                "--quiet",
                "--output",
                "json")
            .json("{");
    assertThat(results.path("summary").path("passed").asInt()).isGreaterThan(100);
    assertThat(results.path("summary").path("parsing_errors").asInt(1)).isZero();
    SortedSet<String> findings = new TreeSet<>();
    results
        .path("results")
        .path("failed_checks")
        .forEach(check -> findings.add(check.path("check_id").asText()));
    return findings;
  }

  private static Cell version(String program) throws IOException {
    Path sources = Path.of("src/test/consumers", program);
    Path requirements = sources.resolve("requirements.txt");
    return Files.exists(requirements)
        ? ProgramVersions.ofRequirement(requirements, program)
        : ProgramVersions.ofModule(sources, program);
  }

  private static void require(
      String row, SortedSet<String> findings, Map<String, String> reasons, Cell version)
      throws IOException {
    assertThat(reasons.keySet()).as("reasons for what is found").containsAll(findings);
    ConformanceRow.of("Packaging", row)
        .says(findings.stream().map(reasons::get).distinct().collect(Collectors.joining("; ")))
        .with(version)
        .require();
  }
}
