package dev.mtlsoperator.it.install;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Writes that the API server rejects for cluster-specific reasons: an admission policy, a quota, or
 * the size limit of the storage.
 */
@Timeout(240)
final class RefusedWritesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int LONGEST_LABEL = 63;
  private static final String LONG_PREFIX = ("x".repeat(LONGEST_LABEL - 1) + ".").repeat(3) + "x/";

  /** The size of a label and of its managed-fields entry. */
  private static final int LABEL_BYTES = 500;

  /** The size limit of a request to etcd. */
  private static final int MOST_BYTES = 1_572_864;

  private final Scene scene = Scene.begin("refused");

  private void givenALeaf() {
    scene.apply(rootCA("root").with("spec.rotation.overlap", "1s"), serverCert("web"));
    scene.readyServer("web");
    scene.readyRootCA("root");
  }

  private void rotate() {
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=now").orThrow();
  }

  private List<Integer> generations() {
    return scene.caStatus("root").generations().stream().map(Generation::generation).toList();
  }

  private void assertRotationEndsAndNames(String... words) {
    eventually(
        PATIENCE,
        () -> {
          assertThat(generations()).containsExactly(2);
          assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable);
          assertThat(rotation().blockedBy()).anySatisfy(why -> assertThat(why).contains(words));
        });
  }

  private RotationStatus rotation() {
    return Objects.requireNonNull(scene.caStatus("root").rotation());
  }

  @Test
  void shouldNotWaitForASecretThatAnAdmissionPolicyForbidsToChange() {
    // given
    givenALeaf();
    String policy =
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: frozen-%1$s}
        spec:
          failurePolicy: Fail
          matchConstraints:
            resourceRules:
              - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [secrets]}
          validations:
            - {expression: "object.metadata.namespace != '%1$s' || object.metadata.name != 'web'", message: "our policy freezes it"}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: frozen-%1$s}
        spec: {policyName: frozen-%1$s, validationActions: [Deny]}
        """
            .formatted(scene.namespace());
    RunningOperator.shared().cluster().kubectl().runWithInput(policy, "apply", "-f", "-").orThrow();
    try {
      eventually(
          () ->
              assertThat(
                      scene.kubectl("annotate", "secret/web", "a=b", "--dry-run=server").exitCode())
                  .isNotZero());

      // when
      rotate();

      // then
      assertRotationEndsAndNames("ServerCert 'web'", "our policy freezes it");
    } finally {
      RunningOperator.shared()
          .cluster()
          .kubectl()
          .runWithInput(policy, "delete", "-f", "-")
          .orThrow();
    }

    // when: the leaf had to wait, and is reconciled as soon as possible
    scene.apply(
        serverCert("web").with("spec.dnsNames", List.of("web.example.org", "b.example.org")));

    // then
    eventually(
        PATIENCE,
        () ->
            assertThat(text(scene.secret("web"), "ca.crt"))
                .isEqualTo(scene.configMap("root-trust").getData().get("ca.crt")));
  }

  @Test
  void shouldTellOfAQuotaAndGoOnWhenThereIsRoom() {
    // given
    givenALeaf();
    int there = scene.secrets().size();
    scene.kubectl("create", "quota", "few", "--hard=count/secrets=" + there).orThrow();
    eventually(
        () ->
            assertThat(
                    scene
                        .kubectl("create", "secret", "generic", "another", "--dry-run=server")
                        .stderr())
                .contains("exceeded quota"));

    // when
    scene.apply(serverCert("api"));
    rotate();

    // then: certificates in service stay, and both resources report the problem
    eventually(
        PATIENCE,
        () -> {
          assertThat(messages("servercert/api")).contains("exceeded quota: few");
          assertThat(messages("rca/root")).contains("exceeded quota: few");
        });
    assertThat(generations()).containsExactly(1);

    // when
    scene.kubectl("delete", "quota", "few").orThrow();

    // then
    scene.readyServer("api");
    eventually(
        Duration.ofMinutes(2),
        () -> {
          assertThat(generations()).containsExactly(2);
          assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable);
        });
  }

  @Test
  void shouldNotWaitForASecretThatIsAsLargeAsItCanBe() {
    // given: the only limit of the metadata is the storage's
    givenALeaf();
    fill("web");

    // when
    rotate();

    // then
    assertRotationEndsAndNames("ServerCert 'web'", "too large");
  }

  private String messages(String resource) {
    return scene
        .kubectl("get", resource, "-o", "jsonpath={.status.conditions[*].message}")
        .orThrow();
  }

  // leaves less room than another certificate in the bundle needs
  private void fill(String secret) {
    Map<String, String> labels = new TreeMap<>();
    int step = MOST_BYTES / LABEL_BYTES / 2;
    while (step > 0) {
      Map<String, String> more = new TreeMap<>(labels);
      for (int i = 0; i < step; i++) {
        more.put(LONG_PREFIX + more.size(), "x".repeat(LONGEST_LABEL));
      }
      if (isTaken(secret, more)) {
        labels = more;
      } else {
        step /= 2;
      }
    }
    assertThat(labels).hasSizeGreaterThan(MOST_BYTES / LABEL_BYTES / 2);
  }

  private boolean isTaken(String secret, Map<String, String> labels) {
    Config config =
        new ConfigBuilder(RunningOperator.shared().cluster().client().getConfiguration())
            // the storage's rejection is reported as a server error
            .withRequestRetryBackoffLimit(0)
            .build();
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      Secret labelled =
          scene.secret(secret).edit().editMetadata().addToLabels(labels).endMetadata().build();
      client.secrets().resource(labelled).update();
      return true;
    } catch (KubernetesClientException e) {
      assertThat(e.getMessage()).contains("too large");
      return false;
    }
  }
}
