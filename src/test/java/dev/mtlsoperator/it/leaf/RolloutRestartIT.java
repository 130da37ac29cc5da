package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Manifest.workload;
import static dev.mtlsoperator.harness.Scene.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workloads restart when the content of a Secret changes, and at no other time. */
@Timeout(180)
@SuppressWarnings("try") // an operator works while it is open
final class RolloutRestartIT {
  private static final String WEB = "mtls-operator.dev/secret.web";
  private static final String PARTNER = "mtls-operator.dev/secret.partner";
  private static final Duration A_WHILE = Duration.ofSeconds(3);

  private static EmbeddedCluster cluster;

  private final Scene scene = Scene.in(cluster, "rollout");

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @Test
  void shouldRestartWhenTheContentChangesAndAtNoOtherTime() {
    try (RunningOperator operator = RunningOperator.startRestarting(cluster)) {
      // given: a workload and both its certificates in one apply, the certificates first
      scene.apply(
          rootCA("root"),
          following(serverCert("web"), "Deployment"),
          following(clientCert("partner"), "Deployment"),
          workload("Deployment", "shop", "web, partner"));
      scene.readyServer("web");
      scene.readyClient("partner");

      // then: the content with which its pods start is noted, and they are not replaced
      eventually(() -> assertNoted(WEB, "web"));
      eventually(() -> assertNoted(PARTNER, "partner"));
      assertThat(template()).isEmpty();

      // when: labels change, but not the content
      scene.apply(
          following(serverCert("web"), "Deployment").with("spec.secretTemplate.labels.team", "x"));
      eventually(
          () ->
              assertThat(scene.secret("web").getMetadata().getLabels()).containsEntry("team", "x"));

      // then
      always(A_WHILE, () -> assertThat(template()).isEmpty());

      // when
      scene.kubectl("annotate", "servercert/web", "mtls-operator.dev/renew=1").orThrow();

      // then: once, and nothing else is touched
      Deployment before = deployment();
      eventually(() -> assertThat(template()).containsEntry(WEB, digest("web")));
      assertNoted(WEB, "web");
      assertThat(template()).containsOnlyKeys(WEB);
      assertThat(deployment().getSpec().getTemplate().getSpec())
          .isEqualTo(before.getSpec().getTemplate().getSpec());
      assertThat(ours(deployment()))
          .singleElement()
          .satisfies(
              entry ->
                  assertThat(entry.getFieldsV1().getAdditionalProperties())
                      .containsOnlyKeys("f:metadata", "f:spec"));
      eventually(
          () ->
              assertThat(scene.events(scene.server("web")))
                  .anySatisfy(
                      event ->
                          assertThat(event.getMessage())
                              .isEqualTo(
                                  "Deployment 'shop' restarts: Secret 'web' has new content")));

      // when: the other certificate gets other keystores and keeps its key
      scene.apply(
          following(clientCert("partner"), "Deployment")
              .with("spec.keystores.pkcs12.encryption", "Legacy"));

      // then: each Secret has an annotation of its own
      eventually(() -> assertThat(template()).containsEntry(PARTNER, digest("partner")));
      assertThat(template()).containsEntry(WEB, digest("web"));

      // when: its own manifest is applied again, as GitOps tools do
      Deployment running = deployment();
      scene.apply(workload("Deployment", "shop", "web, partner"));

      // then
      always(
          A_WHILE,
          () ->
              assertThat(deployment().getSpec().getTemplate())
                  .isEqualTo(running.getSpec().getTemplate()));
      assertThat(template()).containsOnlyKeys(WEB, PARTNER);
    }
  }

  @Test
  void shouldRestartWhatIsOwedAfterACrash() {
    try (RunningOperator operator = RunningOperator.startRestarting(cluster)) {
      scene.apply(
          rootCA("root"),
          workload("Deployment", "shop", "*"),
          workload("StatefulSet", "shop", "*"),
          workload("DaemonSet", "shop", "*"),
          following(serverCert("web"), "Deployment", "StatefulSet", "DaemonSet"));
      scene.readyServer("web");
      eventually(() -> assertThat(note(scene.find(DaemonSet.class, "shop").get())).isNotNull());
    }
    // given: the Secret was written, and then the operator died
    for (String kind : List.of("deployment", "statefulset", "daemonset")) {
      scene.kubectl("annotate", kind + "/shop", "--overwrite", WEB + "=sha256:former").orThrow();
    }

    // when
    try (RunningOperator operator = RunningOperator.startRestarting(cluster)) {
      // then
      eventually(
          () -> {
            assertRestarted(scene.find(Deployment.class, "shop").get().getSpec().getTemplate());
            assertRestarted(scene.find(StatefulSet.class, "shop").get().getSpec().getTemplate());
            assertRestarted(scene.find(DaemonSet.class, "shop").get().getSpec().getTemplate());
          });
      assertThat(note(scene.find(StatefulSet.class, "shop").get())).isEqualTo(digest("web"));
    }
  }

  @Test
  void shouldTouchNothingWithoutConsentAndNotTellWhatExists() {
    try (RunningOperator operator = RunningOperator.startRestarting(cluster)) {
      // given
      scene.apply(
          rootCA("root"),
          workload("Deployment", "shop", "another-secret"),
          following(serverCert("web"), "Deployment"),
          following(serverCert("lost"), "Deployment")
              .with(
                  "spec.rolloutRestart", List.of(Map.of("kind", "Deployment", "name", "missing"))));
      String untouched = deployment().getMetadata().getResourceVersion();

      // when
      scene.readyServer("web");
      scene.readyServer("lost");
      scene.kubectl("annotate", "servercert/web", "mtls-operator.dev/renew=1").orThrow();

      // then
      String denied = blocked(scene, "web");
      String absent = blocked(scene, "lost");
      assertThat(denied)
          .isEqualTo(
              "WorkloadNotAvailable: Deployment 'shop' is not restarted: a Deployment of that name"
                  + " with the annotation mtls-operator.dev/allow-restart: web is needed in this"
                  + " namespace");
      assertThat(absent.replace("'missing'", "'shop'").replace(": lost ", ": web "))
          .isEqualTo(denied);
      assertThat(scene.readyServer("web").getStatus().revision()).isEqualTo(2);
      assertThat(deployment().getMetadata().getResourceVersion()).isEqualTo(untouched);
      eventually(
          () ->
              assertThat(scene.events(scene.server("web")))
                  .anySatisfy(
                      event -> assertThat(event.getReason()).isEqualTo("WorkloadNotAvailable")));

      // when: it consents, and an edit of the certificate triggers a reconciliation
      scene.apply(
          workload("Deployment", "shop", "another-secret,web"),
          following(serverCert("web"), "Deployment")
              .with("spec.secretTemplate.labels.look", "now"));

      // then
      eventually(() -> assertNoted(WEB, "web"));
      eventually(
          () ->
              assertThat(condition(scene.server("web").getStatus().conditions(), "RestartBlocked"))
                  .isEmpty());
      assertThat(template()).isEmpty();
    }
  }

  @Test
  void shouldSayWhenTheOperatorRestartsNothing() {
    try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC())) {
      // when
      scene.apply(
          rootCA("root"),
          workload("Deployment", "shop", "*"),
          following(serverCert("web"), "Deployment"));
      scene.readyServer("web");

      // then
      assertThat(blocked(scene, "web"))
          .startsWith("RestartsOff: this operator restarts no workloads")
          .contains("--rollout-restart");
      assertThat(deployment().getMetadata().getAnnotations()).doesNotContainKey(WEB);
    }
  }

  private static Manifest following(Manifest leaf, String... kinds) {
    return leaf.with(
        "spec.rolloutRestart",
        java.util.Arrays.stream(kinds).map(kind -> Map.of("kind", kind, "name", "shop")).toList());
  }

  private static String blocked(Scene scene, String leaf) {
    eventually(() -> assertThat(blockedNow(scene.server(leaf))).isNotEmpty());
    return blockedNow(scene.server(leaf));
  }

  private static String blockedNow(LeafCert<?> leaf) {
    return condition(leaf.getStatus().conditions(), "RestartBlocked")
        .map(found -> found.reason() + ": " + found.message())
        .orElse("");
  }

  private Deployment deployment() {
    return scene.find(Deployment.class, "shop").orElseThrow();
  }

  private Map<String, String> template() {
    Map<String, String> annotations =
        deployment().getSpec().getTemplate().getMetadata().getAnnotations();
    return annotations == null ? Map.of() : annotations;
  }

  private String digest(String secret) {
    return SecretData.digest(scene.secret(secret));
  }

  private void assertRestarted(PodTemplateSpec template) {
    assertThat(template.getMetadata().getAnnotations()).containsEntry(WEB, digest("web"));
  }

  private void assertNoted(String annotation, String secret) {
    assertThat(deployment().getMetadata().getAnnotations())
        .containsEntry(annotation, digest(secret));
  }

  private static String note(HasMetadata workload) {
    return workload.getMetadata().getAnnotations().get(WEB);
  }

  private static List<ManagedFieldsEntry> ours(HasMetadata workload) {
    return workload.getMetadata().getManagedFields().stream()
        .filter(entry -> "mtls-operator".equals(entry.getManager()))
        .toList();
  }
}
