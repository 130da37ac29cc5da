package dev.mtlsoperator.it.bundles;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.password;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.Keys;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A tenant that may write Secrets and leaves in a namespace, the CA's own or another, cannot delay
 * a rotation. A copy counts as holding a generation only if each trust format in it does.
 *
 * <p>Each test waits for half a minute or longer: two at a time.
 */
@Timeout(240)
@Execution(ExecutionMode.CONCURRENT)
final class BlockedCopiesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The limit in bytes of an object's annotations in Kubernetes. */
  private static final int MOST_ANNOTATIONS = 256 * 1024;

  private final Scene scene = Scene.begin("unwritable");

  private void givenALeaf() {
    scene.apply(rootCA("root").with("spec.rotation.overlap", "1s"), serverCert("web"));
    scene.readyServer("web");
    scene.readyRootCA("root");
  }

  private void rotate() {
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=now").orThrow();
  }

  private RotationStatus rotation() {
    return Objects.requireNonNull(scene.caStatus("root").rotation());
  }

  private List<Integer> generations() {
    return scene.caStatus("root").generations().stream().map(Generation::generation).toList();
  }

  private void assertEndsAndNames(String... words) {
    eventually(
        PATIENCE,
        () -> {
          assertThat(generations()).as("%s", rotation()).containsExactly(2);
          assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable);
          assertThat(rotation().blockedBy()).anySatisfy(why -> assertThat(why).contains(words));
        });
  }

  @Test
  void shouldNotWaitForALeafThatIsBeingDeleted() {
    // given
    givenALeaf();
    patch("servercert/web", "{\"metadata\":{\"finalizers\":[\"example.org/stay\"]}}");
    scene.kubectl("delete", "servercert", "web", "--wait=false").orThrow();

    // when
    rotate();

    // then
    assertEndsAndNames("ServerCert 'web'", "is being deleted");
    patch("servercert/web", "{\"metadata\":{\"finalizers\":[]}}");
  }

  @Test
  void shouldNotWaitForASecretWhoseAnnotationsAreFull() {
    // given
    givenALeaf();
    fill(
        text ->
            scene.editSecret(
                "web",
                s -> s.edit().editMetadata().addToAnnotations("pad", text).endMetadata().build()));

    // when
    rotate();

    // then
    assertEndsAndNames("ServerCert 'web'", "refuses it (HTTP 422)");
  }

  // up to the byte
  private static void fill(Consumer<String> pad) {
    int padding = MOST_ANNOTATIONS - 10_000;
    int step = 5_000;
    while (step > 0) {
      String text = "x".repeat(padding + step);
      try {
        pad.accept(text);
        padding += step;
      } catch (KubernetesClientException e) {
        assertThat(e.getCode()).isEqualTo(422);
        step /= 2;
      }
    }
  }

  @Test
  void shouldNotWaitForAnImmutableSecret() {
    // given
    givenALeaf();
    scene.editSecret("web", s -> s.edit().withImmutable(true).build());

    // when
    rotate();

    // then
    assertEndsAndNames("ServerCert 'web'", "immutable");
  }

  @Test
  void shouldServeASecretThatAFinalizerKeepsFromGoing() {
    // given
    givenALeaf();
    patch("secret/web", "{\"metadata\":{\"finalizers\":[\"example.org/stay\"]}}");
    scene.kubectl("delete", "secret", "web", "--wait=false").orThrow();

    // when
    rotate();

    // then
    eventually(PATIENCE, () -> assertThat(generations()).containsExactly(2));
    patch("secret/web", "{\"metadata\":{\"finalizers\":[]}}");
  }

  @Test
  void shouldNotWaitForASecretThatIsChangedAgainAndAgain() {
    // given
    givenALeaf();
    Secret former = scene.secret("web");

    // when
    despite(
        Duration.ofMillis(200),
        () ->
            scene.editSecret(
                "web", s -> s.edit().withData(former.getData()).addToData("more", "AA==").build()),
        () -> {
          rotate();

          // then
          eventually(
              Duration.ofMinutes(4),
              () -> assertThat(generations()).as("%s", rotation()).containsExactly(2));
        });
  }

  @Test
  void shouldNotWaitForASecretThatIsWrittenAtTheSameTimeAlways() {
    // given
    givenALeaf();

    // when
    despite(
        Duration.ofMillis(1),
        () ->
            scene.editSecret(
                "web",
                s ->
                    s.edit()
                        .editMetadata()
                        .addToAnnotations("n", String.valueOf(System.nanoTime()))
                        .endMetadata()
                        .build()),
        () -> {
          rotate();

          // then
          eventually(
              PATIENCE, () -> assertThat(generations()).as("%s", rotation()).containsExactly(2));
        });
  }

  @Test
  void shouldNotWaitForOneWhoSaysThatItsTrustWasChangedJustNow() {
    // given
    givenALeaf();
    patch("rca/root", "{\"spec\":{\"rotation\":{\"overlap\":\"3s\"}}}");

    // when
    despite(
        Duration.ofMillis(500),
        () ->
            scene.editConfigMap(
                "root-trust",
                m ->
                    m.edit()
                        .editMetadata()
                        .addToAnnotations(
                            Keys.TRUST_SINCE, Instant.now().minusSeconds(1).toString())
                        .endMetadata()
                        .build()),
        () -> {
          rotate();

          // then
          eventually(
              PATIENCE, () -> assertThat(generations()).as("%s", rotation()).containsExactly(2));
        });
  }

  @Test
  void shouldNotWaitForATrustConfigMapThatCannotBeWritten() {
    // given
    givenALeaf();
    // and so that the next write, which contains a time, is longer
    fill(
        text ->
            scene.editConfigMap(
                "root-trust",
                m ->
                    m.edit()
                        .editMetadata()
                        .removeFromAnnotations(Keys.TRUST_SINCE)
                        .addToAnnotations("pad", text)
                        .endMetadata()
                        .build()));

    // when
    rotate();

    // then
    assertEndsAndNames("ConfigMap 'root-trust'", "refuses it (HTTP 422)");
  }

  private void freeze(Scene where, String map) {
    where.editConfigMap(
        map,
        m ->
            m.edit()
                .withImmutable(true)
                .editMetadata()
                .addToLabels("team", "shop")
                .endMetadata()
                .build());
  }

  private String certificateInService() {
    return scene.caStatus("root").generations().get(0).certificate();
  }

  private static void assertMadeAnew(HasMetadata now, HasMetadata before) {
    assertThat(now.getMetadata().getUid()).isNotEqualTo(before.getMetadata().getUid());
    assertThat(now.getMetadata().getLabels()).containsEntry("team", "shop");
  }

  @Test
  void shouldMakeAnImmutableTrustConfigMapAnew() {
    // given
    givenALeaf();
    freeze(scene, "root-trust");
    ConfigMap frozen = scene.configMap("root-trust");

    // when
    rotate();

    // then: it no longer contains the generation that left
    eventually(
        PATIENCE,
        () -> {
          assertThat(generations()).as("%s", rotation()).containsExactly(2);
          assertThat(scene.configMap("root-trust").getData())
              .containsEntry("ca.crt", certificateInService());
        });
    assertMadeAnew(scene.configMap("root-trust"), frozen);
    assertThat(scene.configMap("root-trust").getImmutable()).isNull();
    assertThat(rotation().blockedBy()).isEmpty();
  }

  @Test
  void shouldMakeImmutableCopiesElsewhereAnew() {
    // given
    Scene tenant = Scene.begin("unwritable-frozen");
    accept(tenant);
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "1s")
            .with(
                "spec.trustBundles",
                List.of(
                    elsewhere("ConfigMap", "map", tenant), elsewhere("Secret", "copy", tenant))),
        serverCert("web"));
    scene.readyServer("web");
    eventually(
        () -> {
          assertThat(tenant.find(ConfigMap.class, "map")).isPresent();
          assertThat(tenant.find(Secret.class, "copy")).isPresent();
        });
    freeze(tenant, "map");
    tenant.editSecret(
        "copy",
        s ->
            s.edit()
                .withImmutable(true)
                .editMetadata()
                .addToLabels("team", "shop")
                .endMetadata()
                .build());
    ConfigMap map = tenant.configMap("map");
    Secret copy = tenant.secret("copy");

    // when
    rotate();

    // then
    eventually(
        PATIENCE,
        () -> {
          assertThat(generations()).as("%s", rotation()).containsExactly(2);
          assertThat(tenant.configMap("map").getData())
              .containsEntry("ca.crt", certificateInService());
          assertThat(text(tenant.secret("copy"), "ca.crt")).isEqualTo(certificateInService());
        });
    assertMadeAnew(tenant.configMap("map"), map);
    assertMadeAnew(tenant.secret("copy"), copy);
  }

  @Test
  void shouldLeaveAnImmutableConfigMapOfSomebodyElseAlone() {
    // given
    ConfigMap foreign =
        scene.create(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("root-trust")
                .endMetadata()
                .addToData("ca.crt", "theirs")
                .withImmutable(true)
                .build());
    scene.apply(rootCA("root").with("spec.rotation.overlap", "1s"), serverCert("web"));
    scene.readyServer("web");

    // when
    rotate();

    // then
    assertEndsAndNames("ConfigMap 'root-trust'", "somebody else's");
    assertThat(scene.configMap("root-trust").getMetadata().getUid())
        .isEqualTo(foreign.getMetadata().getUid());
  }

  @Test
  void shouldTellThatWhatAFinalizerKeepsStillHoldsADistrustedGeneration() {
    // given
    givenALeaf();
    freeze(scene, "root-trust");
    patch("configmap/root-trust", "{\"metadata\":{\"finalizers\":[\"example.org/stay\"]}}");

    // when
    scene
        .kubectl(
            "annotate",
            "rca/root",
            "mtls-operator.dev/distrust="
                + scene.caStatus("root").generations().get(0).fingerprint())
        .orThrow();

    // then
    eventually(
        PATIENCE,
        () ->
            assertThat(rotation().blockedBy())
                .anySatisfy(
                    why ->
                        assertThat(why)
                            .contains(
                                "ConfigMap 'root-trust' still holds a distrusted generation",
                                "a finalizer keeps it from being deleted")));

    // when
    patch("configmap/root-trust", "{\"metadata\":{\"finalizers\":[]}}");

    // then
    eventually(
        PATIENCE,
        () ->
            assertThat(scene.configMap("root-trust").getData())
                .containsEntry("ca.crt", certificateInService()));
  }

  private void accept(Scene tenant) {
    tenant
        .kubectl(
            "annotate",
            "namespace",
            tenant.namespace(),
            "mtls-operator.dev/accept-trust-from=" + scene.namespace())
        .orThrow();
  }

  private static Map<String, Object> elsewhere(String kind, String name, Scene tenant) {
    return Map.of(
        "kind",
        kind,
        "name",
        name,
        "namespaces",
        Map.of(
            "from",
            "Selector",
            "selector",
            Map.of("matchLabels", Map.of("kubernetes.io/metadata.name", tenant.namespace()))));
  }

  @Test
  void shouldNotWaitForACopyBesideTheCAThatIsChangedAgainAndAgain() {
    // given
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "1s")
            .with("spec.trustBundles", List.of(Map.of("kind", "ConfigMap", "name", "copy"))),
        serverCert("web"));
    scene.readyServer("web");
    eventually(() -> assertThat(scene.find(ConfigMap.class, "copy")).isPresent());
    ConfigMap former = scene.configMap("copy");

    // when
    despite(
        Duration.ofMillis(50),
        () -> scene.editConfigMap("copy", m -> m.edit().withData(former.getData()).build()),
        () -> {
          rotate();

          // then
          eventually(
              PATIENCE, () -> assertThat(generations()).as("%s", rotation()).containsExactly(2));
        });
  }

  @Test
  void shouldLetAGenerationGoWhoseSecretAFinalizerKeeps() {
    // given
    givenALeaf();
    patch("secret/root-ca-1", "{\"metadata\":{\"finalizers\":[\"example.org/stay\"]}}");

    // when
    rotate();

    // then
    eventually(
        PATIENCE,
        () -> {
          assertThat(generations()).as("%s", rotation()).containsExactly(2);
          assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable);
        });
    String settled = scene.rootCA("root").getMetadata().getResourceVersion();
    always(
        Duration.ofSeconds(3),
        () ->
            assertThat(scene.rootCA("root").getMetadata().getResourceVersion()).isEqualTo(settled));
    patch("secret/root-ca-1", "{\"metadata\":{\"finalizers\":[]}}");
  }

  @Test
  void shouldWaitForATruststoreThatCannotBeEncoded() {
    // given
    scene.apply(
        rootCA("root").with("spec.rotation.overlap", "1s"),
        password("secret-word", "correct horse"),
        clientCert("jane")
            .with(
                "spec.keystores.pkcs12.passwordSecretRef",
                Map.of("name", "secret-word", "key", "password")));
    scene.readyClient("jane");
    consent("mtls-operator.dev/input-");

    // when
    rotate();

    // then
    eventually(
        () -> {
          assertThat(text(scene.secret("jane"), "ca.crt").split("BEGIN", -1)).hasSize(3);
          assertThat(rotation().blockedBy())
              .anySatisfy(
                  why -> assertThat(why).contains("ClientCert 'jane'", "truststore.p12", "2"));
        });
    // a tenant that may write the Secret claims that it is up to date
    scene.editSecret(
        "jane",
        s ->
            s.edit()
                .editMetadata()
                .addToAnnotations(Keys.LAYOUT, "hmac-sha256:0")
                .endMetadata()
                .build());
    always(
        Duration.ofSeconds(5),
        () ->
            assertThat(scene.secret("root-ca-2").getMetadata().getAnnotations())
                .doesNotContainKeys(Keys.SIGNING_SINCE, Keys.DISTRIBUTED_AT));

    // when
    consent("mtls-operator.dev/input=true");

    // then
    eventually(PATIENCE, () -> assertThat(generations()).containsExactly(2));
    assertThat(truststore(scene.secret("jane"), "correct horse"))
        .isEqualTo(scene.caStatus("root").generations().get(0).certificate());
  }

  private void consent(String label) {
    scene.kubectl("label", "secret", "secret-word", label).orThrow();
  }

  private static String truststore(Secret secret, String password) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(
          new ByteArrayInputStream(Scene.bytes(secret, "truststore.p12")), password.toCharArray());
      StringBuilder all = new StringBuilder();
      for (String alias : Collections.list(store.aliases())) {
        all.append(Pem.write((X509Certificate) store.getCertificate(alias)));
      }
      return all.toString();
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldNotWaitForATruststoreInAnotherNamespace() {
    // given
    Scene tenant = Scene.begin("unwritable-tenant");
    scene.apply(
        rootCA("root")
            .with("spec.rotation.overlap", "1s")
            .with("spec.allowedNamespaces.from", "All")
            .with("spec.policy.commonNames", List.of("*")));
    scene.readyRootCA("root");
    tenant.apply(
        password("secret-word", "correct horse"),
        clientCert("jane")
            .with("spec.rootCARef", Map.of("name", "root", "namespace", scene.namespace()))
            .with(
                "spec.keystores.pkcs12.passwordSecretRef",
                Map.of("name", "secret-word", "key", "password")));
    tenant.readyClient("jane");
    tenant.kubectl("label", "secret", "secret-word", "mtls-operator.dev/input-").orThrow();

    // when
    rotate();

    // then
    eventually(
        PATIENCE,
        () -> {
          assertThat(scene.secret("root-ca-2").getMetadata().getAnnotations())
              .as("%s", rotation())
              .containsKey(Keys.SIGNING_SINCE);
          assertThat(rotation().blockedBy())
              .anySatisfy(
                  why -> assertThat(why).contains(tenant.namespace() + "/jane", "password"));
        });
  }

  private void patch(String object, String patch) {
    scene.kubectl("patch", object, "--type=merge", "-p", patch).orThrow();
  }

  /** Runs an action while another thread repeats a second one, whether or not it is refused. */
  private static void despite(Duration pause, Runnable nuisance, Runnable what) {
    AtomicBoolean over = new AtomicBoolean();
    Thread thread =
        new Thread(
            () -> {
              while (!over.get()) {
                try {
                  nuisance.run();
                } catch (KubernetesClientException e) {
                  // the next one may succeed
                  assertThat(e.getCode()).isPositive();
                }
                LockSupport.parkNanos(pause.toNanos());
              }
            },
            "nuisance");
    thread.start();
    try {
      what.run();
    } finally {
      over.set(true);
    }
  }
}
