package dev.mtlsoperator.it.rootca;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.reason;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.reconcile.context.SealKeeper;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.SecretData;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A lost CA key is reported, and the CA is never replaced silently; restoring the key repairs
 * everything.
 */
@Timeout(180)
final class CaKeyMissingIT {
  private static final Duration QUIET = Duration.ofSeconds(2);

  private final Scene scene = Scene.begin("lost");
  @TempDir private Path folder;

  @Test
  void shouldHealWhenALostGenerationIsRestored() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    RootCA before = scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");
    Secret inService = scene.secret("web");
    ConfigMap trust = scene.configMap("root-trust");
    String backup = scene.kubectl("get", "secret/root-ca-1", "-o", "yaml").orThrow();

    // when
    scene.deleteSecret("root-ca-1");

    // then
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
    eventually(
        () ->
            assertThat(reason(scene.server("web").getStatus().conditions(), "RenewalBlocked"))
                .isEqualTo("CANotAvailable"));
    List<Condition> conditions = scene.server("web").getStatus().conditions();
    assertThat(reason(conditions, "Ready")).isEqualTo("Issued");
    assertThat(reason(conditions, "Stalled")).isNull();
    assertThat(condition(conditions, "RenewalBlocked").orElseThrow().message())
        .contains(web.getStatus().notAfter());
    RootCA lost = scene.rootCA("root");
    assertThat(reason(lost.getStatus().conditions(), "Ready")).isNull();
    assertThat(lost.getStatus().generations())
        .extracting(g -> g.fingerprint())
        .isEqualTo(before.getStatus().generations().stream().map(g -> g.fingerprint()).toList());
    eventually(
        () -> assertThat(scene.events(lost)).anyMatch(e -> "CAKeyMissing".equals(e.getReason())));
    always(
        QUIET,
        () -> {
          assertThat(scene.secret("web")).isEqualTo(inService);
          assertThat(scene.configMap("root-trust")).isEqualTo(trust);
          assertThat(scene.find(Secret.class, "root-ca-1")).isEmpty();
          assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
        });

    // when: as a person restores it
    scene.apply(stripped(backup));

    // then
    RootCA after = scene.readyRootCA("root");
    assertThat(after.getStatus().generations()).isEqualTo(before.getStatus().generations());
    eventually(
        () ->
            assertThat(scene.server("web").getStatus().conditions())
                .extracting(Condition::type)
                .containsExactly("Ready"));
    assertThat(scene.server("web").getStatus().serialNumber())
        .isEqualTo(web.getStatus().serialNumber());
    scene.apply(serverCert("late"));
    scene.readyServer("late");
  }

  @Test
  void shouldNoticeARestoredGenerationWithoutItsLabels() {
    // given
    scene.apply(rootCA("root"));
    RootCA before = scene.readyRootCA("root");
    Secret backup = scene.secret("root-ca-1");
    scene.deleteSecret("root-ca-1");
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));

    // when
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("root-ca-1")
            .withAnnotations(backup.getMetadata().getAnnotations())
            .endMetadata()
            .withType(backup.getType())
            .withData(backup.getData())
            .build());
    // without this, it would be found half a minute later
    scene.kubectl("annotate", "rca/root", "example.org/look=again").orThrow();

    // then
    eventually(
        () ->
            assertThat(scene.caStatus("root").conditions())
                .extracting(Condition::type)
                .containsExactly("Ready"));
    assertThat(scene.caStatus("root").generations()).isEqualTo(before.getStatus().generations());
    assertThat(scene.secret("root-ca-1").getMetadata().getLabels())
        .isEqualTo(backup.getMetadata().getLabels());
  }

  @Test
  void shouldNotAdoptAGenerationOnAWordForAnother() {
    // given: a CA that was made elsewhere
    Scene elsewhere = Scene.begin("elsewhere");
    elsewhere.apply(rootCA("root"));
    elsewhere.readyRootCA("root");
    Secret moved = elsewhere.secret("root-ca-1");
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("root-ca-1")
            .withLabels(moved.getMetadata().getLabels())
            .withAnnotations(moved.getMetadata().getAnnotations())
            .endMetadata()
            .withType(moved.getType())
            .withData(moved.getData())
            .build());

    // when: with an annotation for another one
    String another = "sha256:" + "0".repeat(64);
    scene.apply(rootCA("root").annotation("mtls-operator.dev/adopt", another), serverCert("web"));

    // then: it is reported, and no other one is created silently
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
    assertThat(scene.caMessage("root", "Stalled"))
        .contains("'root-ca-1' without a seal", Fingerprint.of(Scene.certificate(moved)).text());
    always(
        QUIET,
        () -> {
          assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
          assertThat(scene.secret("root-ca-1").getMetadata().getAnnotations())
              .isEqualTo(moved.getMetadata().getAnnotations());
        });
  }

  @Test
  void shouldMakeNoNewCAUponABackupThatLacksTheSeal() {
    // given: the documented backup without the seal, in a cluster with another seal
    Scene elsewhere = Scene.begin("elsewhere");
    elsewhere.apply(rootCA("root"), serverCert("web"));
    elsewhere.readyRootCA("root");
    elsewhere.readyServer("web");
    Secret moved = elsewhere.secret("root-ca-1");
    scene.create(copyOf(moved));

    // when
    scene.apply(rootCA("root"), serverCert("web"));

    // then
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
    String fingerprint = Fingerprint.of(Scene.certificate(moved)).text();
    assertThat(scene.caMessage("root", "Stalled")).contains("adopt", fingerprint);
    assertThat(scene.find(Secret.class, "web")).isEmpty();

    // when
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/adopt=" + fingerprint).orThrow();

    // then
    assertThat(scene.readyRootCA("root").getStatus().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.fingerprint()).isEqualTo(fingerprint));
    scene.readyServer("web");
  }

  @Test
  void shouldMakeNoNewSealWhileThereAreCAsThatWereSealed() throws Exception {
    // given: the operator's namespace is lost; a CA in a namespace of ours is not
    scene.apply(rootCA("root"));
    scene.readyRootCA("root");
    KubernetesClient client = RunningOperator.shared().cluster().client();
    String lost = Scene.begin("operator").namespace();

    // when
    IllegalStateException refusal =
        assertThrows(
            IllegalStateException.class,
            () -> SealKeeper.open(client, lost, Set.of(scene.namespace())));

    // then
    assertThat(refusal)
        .hasMessageContaining(scene.namespace() + "/root-ca-1")
        .hasMessageContaining("Restore that Secret from the backup");
    assertThat(client.secrets().inNamespace(lost).withName(SealKeeper.NAME).get()).isNull();

    // when: as the message says
    String command =
        refusal.getMessage().replaceFirst("(?s).*make a new one: ", "").replaceFirst(" ; .*", "");
    assertThat(command).startsWith("kubectl create secret");
    Path log = folder.resolve("log");
    assertThat(Page.run(command, RunningOperator.shared().cluster(), folder, List.of(), log))
        .as("%s: %s", command, Files.readString(log))
        .isZero();

    // then
    Seal seal = SealKeeper.open(client, lost, Set.of(scene.namespace()));
    assertThat(GenerationSecret.read(scene.namespace(), "root", scene.secret("root-ca-1"), seal))
        .isEmpty();
  }

  @Test
  void shouldMakeASealThoughSomebodyLabelledASecretLikeACAs() {
    // given: sealed, and of the right name; but there is no RootCA
    Scene elsewhere = Scene.begin("elsewhere");
    elsewhere.apply(rootCA("root"));
    elsewhere.readyRootCA("root");
    scene.create(copyOf(elsewhere.secret("root-ca-1")));
    KubernetesClient client = RunningOperator.shared().cluster().client();
    String fresh = Scene.begin("operator").namespace();

    // when
    SealKeeper.open(client, fresh, Set.of(scene.namespace()));

    // then
    assertThat(client.secrets().inNamespace(fresh).withName(SealKeeper.NAME).get()).isNotNull();
  }

  @Test
  void shouldMakeASealThoughARootCAWaitsThatNeverHadAGeneration() {
    // given: applied before the first start, next to a forged Secret
    Scene elsewhere = Scene.begin("elsewhere");
    elsewhere.apply(rootCA("root"));
    elsewhere.readyRootCA("root");
    scene.create(copyOf(elsewhere.secret("root-ca-1")));
    scene.apply(rootCA("root"));
    eventually(
        () ->
            assertThat(condition(scene.caStatus("root").conditions(), "Stalled"))
                .hasValueSatisfying(c -> assertThat(c.reason()).isEqualTo("CAKeyMissing")));
    KubernetesClient client = RunningOperator.shared().cluster().client();
    String fresh = Scene.begin("operator").namespace();

    // when
    SealKeeper.open(client, fresh, Set.of(scene.namespace()));

    // then
    assertThat(client.secrets().inNamespace(fresh).withName(SealKeeper.NAME).get()).isNotNull();
  }

  @Test
  void shouldMakeAnotherCABesideOneWithoutASealWhenAsked() {
    // given: the seal was lost, and nobody adopts the existing Secrets
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");
    scene.editSecret(
        "root-ca-1",
        found ->
            found
                .edit()
                .editMetadata()
                .addToAnnotations("mtls-operator.dev/seal", "hmac-sha256:00")
                .endMetadata()
                .build());
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));

    // when
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=make another one").orThrow();

    // then
    assertThat(scene.reissued(web).getStatus().caGeneration()).isEqualTo(2);
    scene.readyRootCA("root");
    assertThat(scene.caStatus("root").generations())
        .singleElement()
        .satisfies(g -> assertThat(g.generation()).isEqualTo(2));
  }

  private static Secret copyOf(Secret moved) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName(moved.getMetadata().getName())
        .withLabels(moved.getMetadata().getLabels())
        .withAnnotations(moved.getMetadata().getAnnotations())
        .endMetadata()
        .withType(moved.getType())
        .withImmutable(true)
        .withData(moved.getData())
        .build();
  }

  @Test
  void shouldAdoptFromTheStartWhatComesFromAnotherCluster() {
    // given
    Scene elsewhere = Scene.begin("elsewhere");
    elsewhere.apply(rootCA("root"));
    String fingerprint =
        elsewhere.readyRootCA("root").getStatus().generations().get(0).fingerprint();
    Secret moved = elsewhere.secret("root-ca-1");
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("root-ca-1")
            .withLabels(moved.getMetadata().getLabels())
            // notes that were made elsewhere, or by the person who restored it, do not count
            .addToAnnotations("mtls-operator.dev/retires", "999999999")
            .addToAnnotations("mtls-operator.dev/distrusts", fingerprint)
            .endMetadata()
            .withType(moved.getType())
            .withImmutable(true)
            .withData(moved.getData())
            .build());

    // when
    scene.apply(
        serverCert("web"), rootCA("root").annotation("mtls-operator.dev/adopt", fingerprint));

    // then
    RootCA root = scene.readyRootCA("root");
    assertThat(root.getStatus().generations())
        .singleElement()
        .satisfies(
            g -> {
              assertThat(g.fingerprint()).isEqualTo(fingerprint);
              assertThat(g.secretName()).isEqualTo("root-ca-1");
            });
    assertThat(root.getStatus().adopt()).isEqualTo(fingerprint);
    scene.readyServer("web");
    assertThat(scene.secret("root-ca-1").getData()).isEqualTo(moved.getData());
  }

  @Test
  void shouldAdoptALostCAOnlyByItsRightFingerprint() {
    // given: restored, but the seal is gone (as from a cluster whose operator's namespace is lost)
    scene.apply(rootCA("root"), serverCert("web"));
    RootCA before = scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");
    String fingerprint = before.getStatus().generations().get(0).fingerprint();
    Secret backup = scene.secret("root-ca-1");
    scene.deleteSecret("root-ca-1");
    Secret unsealed =
        scene.create(
            new SecretBuilder()
                .withNewMetadata()
                .withName("root-ca-1")
                .withLabels(backup.getMetadata().getLabels())
                .endMetadata()
                .withType(backup.getType())
                .withData(backup.getData())
                .build());
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));

    // when
    scene
        .kubectl("annotate", "rca/root", "mtls-operator.dev/adopt=sha256:" + "0".repeat(64))
        .orThrow();

    // then
    always(
        QUIET,
        () -> {
          assertThat(scene.secret("root-ca-1")).isEqualTo(unsealed);
          assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
              .isEqualTo("CAKeyMissing");
        });

    // when
    scene
        .kubectl("annotate", "--overwrite", "rca/root", "mtls-operator.dev/adopt=" + fingerprint)
        .orThrow();

    // then
    RootCA after = scene.readyRootCA("root");
    assertThat(after.getStatus().generations())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("revision")
        .isEqualTo(before.getStatus().generations());
    assertThat(after.getStatus().generations().get(0).revision())
        .isGreaterThan(before.getStatus().generations().get(0).revision());
    assertThat(scene.secret("root-ca-1").getImmutable()).isTrue();
    eventually(
        () ->
            assertThat(scene.server("web").getStatus().conditions())
                .extracting(Condition::type)
                .containsExactly("Ready"));
    assertThat(scene.server("web").getStatus().serialNumber())
        .isEqualTo(web.getStatus().serialNumber());
  }

  @Test
  void shouldNotAdoptACertificateWithAnotherKey() {
    // given
    scene.apply(rootCA("root"), rootCA("other"));
    RootCA before = scene.readyRootCA("root");
    scene.readyRootCA("other");
    String fingerprint = before.getStatus().generations().get(0).fingerprint();
    Secret backup = scene.secret("root-ca-1");
    String key = Scene.key(scene.secret("other-ca-1")).revealPem(PrivateKeyFormat.PKCS8);
    scene.deleteSecret("root-ca-1");
    Secret planted =
        scene.create(
            new SecretBuilder()
                .withNewMetadata()
                .withName("root-ca-1")
                .withLabels(backup.getMetadata().getLabels())
                .endMetadata()
                .withType(backup.getType())
                .addToData("tls.crt", backup.getData().get("tls.crt"))
                .addToStringData("tls.key", key)
                .build());

    // when
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/adopt=" + fingerprint).orThrow();

    // then
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
    always(QUIET, () -> assertThat(scene.secret("root-ca-1")).isEqualTo(planted));
  }

  @Test
  void shouldNotSignWithAnotherKeyUnderAGenuineSeal() {
    // given: the seal covers the certificate, but the key next to it was replaced
    scene.apply(rootCA("root"), rootCA("other"), serverCert("web"));
    scene.readyRootCA("other");
    scene.readyServer("web");
    Secret backup = scene.secret("root-ca-1");
    String key = Scene.key(scene.secret("other-ca-1")).revealPem(PrivateKeyFormat.PKCS8);
    scene.deleteSecret("root-ca-1");
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("root-ca-1")
            .withLabels(backup.getMetadata().getLabels())
            .withAnnotations(backup.getMetadata().getAnnotations())
            .endMetadata()
            .withType(backup.getType())
            .addToData("tls.crt", backup.getData().get("tls.crt"))
            .addToStringData("tls.key", key)
            .build());

    // when
    scene.apply(serverCert("late"));

    // then
    eventually(
        Duration.ofSeconds(60),
        () -> {
          assertThat(scene.server("late").getStatus()).isNotNull();
          assertThat(reason(scene.server("late").getStatus().conditions(), "Stalled"))
              .isEqualTo("CANotAvailable");
        });
    assertThat(scene.find(Secret.class, "late")).isEmpty();
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
  }

  @Test
  void shouldTellTracesOfALostCAWhenItsResourceIsMadeAgain() {
    // given: the RootCA and its key are gone, but the trust ConfigMap and a leaf exist
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyServer("web");
    scene.readyRootCA("root");
    scene.kubectl("delete", "rca/root").orThrow();
    scene.deleteSecret("root-ca-1");

    // when
    scene.apply(rootCA("root"));

    // then
    eventually(
        () -> {
          assertThat(condition(scene.caStatus("root").conditions(), "Stalled"))
              .hasValueSatisfying(
                  c -> {
                    assertThat(c.reason()).isEqualTo("CAKeyMissing");
                    assertThat(c.message())
                        .contains("root-trust", "1 certificate")
                        .contains("mtls-operator.dev/adopt");
                  });
        });
    assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
    assertThat(SecretData.digest(scene.secret("web")))
        .isEqualTo(scene.server("web").getStatus().secretDigest());
  }

  /** The fields that a person removes from {@code kubectl get -o yaml} before applying it again. */
  private static String stripped(String yaml) {
    Secret secret = Serialization.unmarshal(yaml, Secret.class);
    secret.getMetadata().setUid(null);
    secret.getMetadata().setResourceVersion(null);
    secret.getMetadata().setCreationTimestamp(null);
    return Serialization.asYaml(secret);
  }
}
