package dev.mtlsoperator.it.rootca;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.reason;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.secret.Keys;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A tenant that may write Secrets next to a RootCA forges, removes, copies or restores the
 * operator's notes on its generations: distrust remains under the control of users that may write
 * RootCAs.
 */
@Timeout(240)
final class MilestonesIT {
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final Map<String, Object> QUICK =
      Map.of("overlap", "1s", "reissue", "Immediately");

  /** Forged notes. */
  private static final Map<String, String> FORGED =
      Map.ofEntries(
          Map.entry(Keys.RETIRES, "999999999"),
          Map.entry(Keys.DISTRUSTS, "sha256:" + "0".repeat(64)),
          Map.entry(Keys.SIGNING_SINCE, "2020-01-01T00:00:00Z"),
          Map.entry(Keys.DISTRIBUTED_AT, "2020-01-01T00:00:00Z"),
          Map.entry(Keys.UNUSED_SINCE, "2020-01-01T00:00:00Z"),
          Map.entry(Keys.LAST_LEAF_NOT_AFTER, "2020-01-01T00:00:00Z"),
          Map.entry(Keys.REISSUE, "Immediately"),
          Map.entry(Keys.HIGHEST, "999999"),
          Map.entry(Keys.REASON, "Imported"),
          Map.entry(Keys.IMPORTED_FROM, "elsewhere"),
          Map.entry("mtls-operator.dev/rotate", "forged"),
          Map.entry(Keys.MILESTONES_REVISION, "7"),
          Map.entry(Keys.MILESTONES_SEAL, "hmac-sha256:" + "0".repeat(64)));

  private final Scene scene = Scene.begin("latches");

  @Test
  void shouldStopOnWhateverIsForgedAndGoOnWhenItIsPutBack() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");
    Map<String, String> genuine = annotations("root-ca-1");
    ConfigMap trust = scene.configMap("root-trust");
    Secret inService = scene.secret("web");

    FORGED.forEach(
        (key, value) -> {
          // when
          annotate("root-ca-1", all -> all.put(key, value));

          // then
          awaitTampered(key);
          assertThat(message()).as(key).contains("root-ca-1", "adopt", fingerprint());
          assertThat(cas()).as(key).containsExactly("root-ca-1");

          // when
          annotate("root-ca-1", all -> restore(all, genuine));

          // then
          scene.readyRootCA("root");
        });
    for (String key : genuine.keySet().stream().filter(FORGED::containsKey).toList()) {
      annotate("root-ca-1", all -> all.remove(key));
      awaitTampered("without " + key);
      annotate("root-ca-1", all -> restore(all, genuine));
      scene.readyRootCA("root");
    }
    assertThat(cas()).containsExactly("root-ca-1");
    assertThat(annotations("root-ca-1")).isEqualTo(genuine);
    assertThat(scene.configMap("root-trust")).isEqualTo(trust);
    assertThat(scene.secret("web")).isEqualTo(inService);
    assertThat(scene.server("web").getStatus().serialNumber())
        .isEqualTo(web.getStatus().serialNumber());
    scene.apply(serverCert("late"));
    scene.readyServer("late");
  }

  @Test
  void shouldLeaveCertificatesInServiceAndIssueNoneWhileItCannotBeProven() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyRootCA("root");
    scene.readyServer("web");
    Map<String, String> genuine = annotations("root-ca-1");
    Secret inService = scene.secret("web");

    // when
    annotate("root-ca-1", all -> all.put(Keys.RETIRES, "999999999"));
    awaitTampered("retires");
    scene.kubectl("annotate", "scert/web", "mtls-operator.dev/renew=now").orThrow();
    scene.apply(serverCert("late"));

    // then
    eventually(
        () -> {
          assertThat(reason(scene.server("web").getStatus().conditions(), "RenewalBlocked"))
              .isEqualTo("CANotAvailable");
          assertThat(reason(scene.server("web").getStatus().conditions(), "Ready")).isNotNull();
          assertThat(scene.server("late").getStatus()).isNotNull();
          assertThat(reason(scene.server("late").getStatus().conditions(), "Stalled"))
              .isEqualTo("CANotAvailable");
        });
    always(
        QUIET,
        () -> {
          assertThat(scene.secret("web")).isEqualTo(inService);
          assertThat(scene.find(Secret.class, "late")).isEmpty();
          assertThat(cas()).containsExactly("root-ca-1");
        });

    // when
    annotate("root-ca-1", all -> restore(all, genuine));

    // then
    scene.readyRootCA("root");
    scene.readyServer("late");
    eventually(
        () -> assertThat(Scene.serial(scene.secret("web"))).isNotEqualTo(Scene.serial(inService)));
  }

  @Test
  void shouldNotTakeWhatIsNotedOnAnotherCA() {
    // given: of the same number, in the same and in another namespace
    Scene elsewhere = Scene.begin("latches-elsewhere");
    elsewhere.apply(rootCA("root").with("spec.rotation", QUICK));
    scene.apply(rootCA("root"), rootCA("other").with("spec.rotation", QUICK));
    elsewhere.readyRootCA("root");
    scene.readyRootCA("other");
    scene.readyRootCA("root");
    Map<String, String> genuine = annotations("root-ca-1");

    for (Secret source : List.of(scene.secret("other-ca-1"), elsewhere.secret("root-ca-1"))) {
      // when: all of it, its proof included
      Map<String, String> theirs = source.getMetadata().getAnnotations();
      annotate(
          "root-ca-1",
          all -> {
            String own = Objects.requireNonNull(all.get(Keys.SEAL));
            restore(all, theirs);
            all.put(Keys.SEAL, own);
          });

      // then
      awaitTampered("copied from " + source.getMetadata().getNamespace());
      annotate("root-ca-1", all -> restore(all, genuine));
      scene.readyRootCA("root");
    }
    assertThat(cas()).containsExactly("other-ca-1", "root-ca-1");
  }

  @Test
  void shouldNoticeWhatIsPutBackAndAdoptItOnAPersonsWord() {
    // given: a tenant kept the notes on a generation from before it signed
    Map<String, String> older = successorThatSigns();
    Map<String, String> last = annotations("root-ca-2");
    Secret inService = scene.secret("web");
    ConfigMap trust = scene.configMap("root-trust");
    long revision = generation(2).revision();
    assertThat(last).containsEntry(Keys.MILESTONES_REVISION, Long.toString(revision));

    // when: with its genuine seal
    annotate("root-ca-2", all -> restore(all, older));

    // then
    awaitTampered("set back");
    assertThat(message()).contains("root-ca-2", "older copy");
    scene.apply(serverCert("late"));
    always(
        QUIET,
        () -> {
          assertThat(cas()).containsExactly("root-ca-1", "root-ca-2");
          assertThat(scene.secret("web")).isEqualTo(inService);
          assertThat(scene.configMap("root-trust")).isEqualTo(trust);
          assertThat(scene.find(Secret.class, "late")).isEmpty();
        });

    // when
    adopt(generation(2).fingerprint());

    // then: it signs as before
    scene.readyRootCA("root");
    eventually(() -> assertThat(generation(2).revision()).isGreaterThan(revision));
    assertThat(generation(2).state()).isEqualTo(GenerationState.Signing);
    scene.readyServer("late");
    assertThat(scene.server("late").getStatus().caGeneration()).isEqualTo(2);

    // when: the old annotation does not authorize the present change
    annotate("root-ca-2", all -> restore(all, last));
    awaitTampered("set back after the adoption");
    always(QUIET, () -> assertThat(stalled()).isEqualTo("Tampered"));
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/adopt-").orThrow();
    eventually(() -> assertThat(scene.caStatus("root").adopt()).isNull());
    adopt(generation(2).fingerprint());

    // then
    scene.readyRootCA("root");
  }

  @Test
  void shouldNotLetSomebodyTakeTheSealOff() {
    // given
    successorThatSigns();
    Map<String, String> last = annotations("root-ca-2");

    // when
    annotate("root-ca-2", all -> all.remove(Keys.SEAL));

    // then: the former one does not sign again
    awaitTampered("unsealed");
    scene.apply(serverCert("late"));
    always(
        QUIET,
        () -> {
          assertThat(cas()).containsExactly("root-ca-1", "root-ca-2");
          assertThat(scene.find(Secret.class, "late")).isEmpty();
        });
    annotate("root-ca-2", all -> restore(all, last));
    scene.readyRootCA("root");
    scene.readyServer("late");
  }

  @Test
  void shouldDistrustWhatSomebodyTamperedWith() {
    // given: the thief of a key wants it to stay usable as long as possible
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");
    annotate("root-ca-1", all -> all.put(Keys.SIGNING_SINCE, "2020-01-01T00:00:00Z"));
    awaitTampered("tampered");

    // when
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/distrust=" + fingerprint()).orThrow();

    // then
    assertThat(scene.reissued(web).getStatus().caGeneration()).isEqualTo(2);
    eventually(() -> assertThat(cas()).containsExactly("root-ca-2"));
    scene.readyRootCA("root");
  }

  @Test
  void shouldDistrustOneOfSeveralThatSomebodyTamperedWith() {
    // given: the thief of the signing key tampers with everything
    successorThatSigns();
    String former = generation(1).certificate();
    String stolen = generation(2).certificate();
    assertThat(scene.configMap("root-trust").getData().get("ca.crt")).contains(former, stolen);
    Secret inService = scene.secret("web");
    for (String secret : List.of("root-ca-1", "root-ca-2")) {
      annotate(secret, all -> all.put(Keys.SIGNING_SINCE, "2020-01-01T00:00:00Z"));
    }
    awaitTampered("both");

    // when
    scene
        .kubectl(
            "annotate", "rca/root", "mtls-operator.dev/distrust=" + generation(2).fingerprint())
        .orThrow();

    // then: it leaves at once, and everything else is unchanged
    eventually(
        () -> {
          assertThat(scene.configMap("root-trust").getData().get("ca.crt")).isEqualTo(former);
          assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(former);
        });
    assertThat(text(scene.secret("web"), "tls.crt")).isEqualTo(text(inService, "tls.crt"));
    awaitTampered("the other one");
    assertThat(message()).contains("root-ca-1").doesNotContain("root-ca-2");
    assertThat(scene.caStatus("root").history().distrusts())
        .containsExactly(generation(2).fingerprint());
    always(QUIET, () -> assertThat(cas()).containsExactly("root-ca-1", "root-ca-2"));

    // when
    scene
        .kubectl(
            "annotate",
            "rca/root",
            "mtls-operator.dev/distrust=" + generation(1).fingerprint(),
            "--overwrite")
        .orThrow();

    // then
    scene.readyRootCA("root");
    eventually(() -> assertThat(cas()).containsExactly("root-ca-3"));
    assertThat(scene.configMap("root-trust").getData().get("ca.crt"))
        .doesNotContain(former, stolen);
  }

  @Test
  void shouldNotReturnToADistrustedGenerationWhenTheOneThatSignsIsDeleted() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");
    Secret stolen = scene.secret("root-ca-1");
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/distrust=" + fingerprint()).orThrow();
    scene.reissued(web);
    eventually(
        () ->
            assertThat(scene.caStatus("root").generations())
                .singleElement()
                .satisfies(g -> assertThat(g.generation()).isEqualTo(2)));
    scene.readyRootCA("root");
    String trust = scene.configMap("root-trust").getData().get("ca.crt");
    Secret signing = scene.secret("root-ca-2");

    // when: the generation with the notes is deleted, and the stolen one is restored with its seal
    scene.deleteSecret("root-ca-2");
    scene.create(fresh(stolen));

    // then
    eventually(() -> assertThat(stalled()).isIn("Tampered", "CAKeyMissing"));
    scene.apply(serverCert("late"));
    always(
        QUIET.plus(QUIET),
        () -> {
          assertThat(scene.configMap("root-trust").getData().get("ca.crt")).isEqualTo(trust);
          assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(trust);
          assertThat(scene.find(Secret.class, "late")).isEmpty();
        });

    // when
    scene.create(fresh(signing));

    // then: and the stolen one goes
    scene.readyRootCA("root");
    eventually(() -> assertThat(cas()).containsExactly("root-ca-2"));
  }

  @Test
  void shouldMakeAnotherOneWhenTheOneThatSignsIsLostAndAPersonSaysSo() {
    // given
    successorThatSigns();

    // when
    scene.deleteSecret("root-ca-2");

    // then: the former one does not sign again by itself
    eventually(() -> assertThat(stalled()).isEqualTo("CAKeyMissing"));
    always(QUIET, () -> assertThat(cas()).containsExactly("root-ca-1"));
    assertThat(scene.caMessage("root", "Stalled")).contains("root-ca-2", "rotate");

    // when
    scene
        .kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=it is lost", "--overwrite")
        .orThrow();

    // then
    eventually(() -> assertThat(scene.find(Secret.class, "root-ca-3")).isPresent());
    scene.readyRootCA("root");
    assertThat(generation(3).state()).isEqualTo(GenerationState.Signing);
  }

  @Test
  void shouldTakeNoTrustAwayWhenAFormerOneIsDeletedThatIsStillInUse() {
    // given
    successorThatSigns();
    Secret former = scene.secret("root-ca-1");
    String trust = scene.configMap("root-trust").getData().get("ca.crt");

    // when
    scene.deleteSecret("root-ca-1");

    // then
    eventually(() -> assertThat(stalled()).isEqualTo("CAKeyMissing"));
    assertThat(scene.caMessage("root", "Stalled")).contains("root-ca-1", "distrust");
    always(
        QUIET,
        () -> {
          assertThat(scene.configMap("root-trust").getData().get("ca.crt")).isEqualTo(trust);
          assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(trust);
        });

    // when
    scene.create(fresh(former));

    // then
    scene.readyRootCA("root");

    // when: it is lost for good
    String lost = generation(1).fingerprint();
    scene.deleteSecret("root-ca-1");
    eventually(() -> assertThat(stalled()).isEqualTo("CAKeyMissing"));
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/distrust=" + lost).orThrow();

    // then
    scene.readyRootCA("root");
    eventually(
        () ->
            assertThat(scene.configMap("root-trust").getData().get("ca.crt")).isNotEqualTo(trust));
    assertThat(generation(2).state()).isEqualTo(GenerationState.Signing);
  }

  @Test
  void shouldNotMakeOneAfterTheOtherForWhoeverDeletesThem() {
    // given
    scene.apply(rootCA("root").with("spec.rotation.overlap", "1h"));
    scene.readyRootCA("root");
    scene.apply(
        rootCA("root").with("spec.rotation.overlap", "1h").with("spec.commonName", "renamed"));
    eventually(() -> assertThat(cas()).containsExactly("root-ca-1", "root-ca-2"));

    // when
    scene.deleteSecret("root-ca-2");

    // then
    eventually(() -> assertThat(message()).contains("is gone: another one is made on"));
    assertThat(scene.caStatus("root").history().created()).isEqualTo(2);
    always(QUIET.plus(QUIET), () -> assertThat(cas()).containsExactly("root-ca-1"));

    // when: a person overrides the wait
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=now").orThrow();

    // then
    eventually(() -> assertThat(cas()).containsExactly("root-ca-1", "root-ca-3"));
  }

  /** The notes on it from before it signed. */
  private Map<String, String> successorThatSigns() {
    scene.apply(
        rootCA("root")
            .with(
                "spec.rotation",
                Map.of("overlap", "1s", "reissue", "Immediately", "advance", "Manual")),
        serverCert("web"));
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=now").orThrow();
    eventually(
        () -> {
          assertThat(scene.find(Secret.class, "root-ca-2")).isPresent();
          assertThat(annotations("root-ca-2")).containsKey(Keys.DISTRIBUTED_AT);
          assertThat(scene.caStatus("root").generations()).hasSize(2);
        });
    Map<String, String> before = annotations("root-ca-2");
    scene
        .kubectl("annotate", "rca/root", "mtls-operator.dev/advance=" + generation(2).fingerprint())
        .orThrow();
    eventually(
        () -> {
          assertThat(annotations("root-ca-2")).containsKey(Keys.SIGNING_SINCE);
          assertThat(generation(2).state()).isEqualTo(GenerationState.Signing);
          assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(2);
          assertThat(annotations("root-ca-1")).containsKey(Keys.UNUSED_SINCE);
          assertThat(generation(1).revision().toString())
              .isEqualTo(annotations("root-ca-1").get(Keys.MILESTONES_REVISION));
        });
    scene.readyRootCA("root");
    return before;
  }

  private Generation generation(int number) {
    return scene.caStatus("root").generations().stream()
        .filter(g -> g.generation() == number)
        .findFirst()
        .orElseThrow();
  }

  /** Of the first one. */
  private String fingerprint() {
    return scene.caStatus("root").generations().get(0).fingerprint();
  }

  private void adopt(String fingerprint) {
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/adopt=" + fingerprint).orThrow();
  }

  private void awaitTampered(String how) {
    eventually(() -> assertThat(stalled()).as(how).isEqualTo("Tampered"));
    assertThat(reason(scene.caStatus("root").conditions(), "Ready")).as(how).isNull();
  }

  private @Nullable String stalled() {
    return reason(scene.caStatus("root").conditions(), "Stalled");
  }

  private String message() {
    return scene.caMessage("root", "Stalled");
  }

  private List<String> cas() {
    return scene.secrets().stream()
        .filter(secret -> Keys.TYPE_CA.equals(secret.getType()))
        .map(secret -> secret.getMetadata().getName())
        .sorted()
        .toList();
  }

  private Map<String, String> annotations(String secret) {
    return scene.secret(secret).getMetadata().getAnnotations();
  }

  private void annotate(String secret, Consumer<Map<String, String>> change) {
    scene.editSecret(
        secret,
        found -> {
          Map<String, String> all = new HashMap<>(found.getMetadata().getAnnotations());
          change.accept(all);
          return found.edit().editMetadata().withAnnotations(all).endMetadata().build();
        });
  }

  private static void restore(Map<String, String> all, Map<String, String> before) {
    all.clear();
    all.putAll(before);
  }

  private static Secret fresh(Secret backup) {
    return backup
        .edit()
        .editMetadata()
        .withUid(null)
        .withResourceVersion(null)
        .withCreationTimestamp(null)
        .withOwnerReferences(List.of())
        .endMetadata()
        .build();
  }
}
