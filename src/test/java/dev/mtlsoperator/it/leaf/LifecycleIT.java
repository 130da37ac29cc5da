package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.password;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.bytes;
import static dev.mtlsoperator.harness.Scene.certificate;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.key;
import static dev.mtlsoperator.harness.Scene.reason;
import static dev.mtlsoperator.harness.Scene.serial;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.secret.Keys;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The effects of edits by users and by others on certificates in service. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class LifecycleIT {
  /** Long enough for a reconciliation that should not have happened. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  /** The garbage collector looks for new kinds every 30 seconds: its tests come last. */
  private static final int LATE = Integer.MAX_VALUE;

  private static final Duration COLLECTION = Duration.ofSeconds(100);

  private static final String RENEW = "mtls-operator.dev/renew";

  private final Scene scene = Scene.begin("life");

  // ---- a first certificate

  @Test
  void shouldIssueALeafThatWasThereBeforeItsRootCA() {
    // given
    scene.apply(serverCert("web"));
    eventually(
        () ->
            assertThat(reason(conditions(scene.server("web")), "Stalled"))
                .isEqualTo("CANotAvailable"));
    assertThat(scene.find(Secret.class, "web")).isEmpty();

    // when
    scene.apply(rootCA("root"));

    // then
    ServerCert web = scene.readyServer("web");
    assertThat(reason(conditions(web), "Stalled")).isNull();
    assertThat(web.getStatus().serialNumber()).isEqualTo(serial(scene.secret("web")));
  }

  @Test
  void shouldBecomeReadyInOneApplyOfAnyOrder() {
    // when
    scene.apply(clientCert("partner"), serverCert("web"), rootCA("root"));

    // then
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyClient("partner");
    Secret web = scene.secret("web");
    assertThat(key(web).matches(certificate(web))).isTrue();
    assertThat(web.getType()).isEqualTo("kubernetes.io/tls");
    assertThat(text(web, "ca.crt"))
        .isEqualTo(scene.configMap("root-trust").getData().get("ca.crt"));
    assertThat(scene.secret("partner").getData())
        .containsOnlyKeys(
            "tls.crt", "tls.key", "ca.crt", "keystore.p12", "truststore.p12", "keystore.password");
  }

  /** The framework takes an edit during its own write for a part of it. */
  @Test
  void shouldMissNoEditWhileItWritesAStatus() {
    // given: whoever sees a Secret edits its resource, whose status is written at that moment
    KubernetesClient client = RunningOperator.shared().cluster().client();
    Map<String, List<String>> change = Map.of("dnsNames", List.of("edited.example.org"));
    List<Manifest> leaves = IntStream.range(0, 40).mapToObj(n -> serverCert("web" + n)).toList();
    try (Watch hasty =
        watchSecrets(
            client,
            name ->
                client
                    .resources(ServerCert.class)
                    .inNamespace(scene.namespace())
                    .withName(name)
                    .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        Serialization.asJson(Map.of("spec", change))))) {
      assertThat(hasty).isNotNull();

      // when
      scene.apply(
          Stream.concat(Stream.of(rootCA("root")), leaves.stream()).toArray(Manifest[]::new));

      // then
      for (int n = 0; n < leaves.size(); n++) {
        String name = "web" + n;
        eventually(
            () ->
                assertThat(scene.server(name).getMetadata().getGeneration()).as(name).isEqualTo(2));
        assertThat(scene.readyServer(name).getStatus().revision()).isEqualTo(2);
        assertThatCode(
                () ->
                    assertThat(certificate(scene.secret(name)).getSubjectAlternativeNames())
                        .containsExactly(List.of(2, "edited.example.org")))
            .doesNotThrowAnyException();
      }
    }
  }

  private Watch watchSecrets(KubernetesClient client, Consumer<String> added) {
    return client
        .secrets()
        .inNamespace(scene.namespace())
        .withLabel(Keys.KIND_LABEL)
        .watch(
            new Watcher<>() {
              @Override
              public void eventReceived(Action action, Secret secret) {
                if (action == Action.ADDED && secret.getMetadata().getName().startsWith("web")) {
                  added.accept(secret.getMetadata().getName());
                }
              }

              @Override
              public void onClose(WatcherException cause) {}
            });
  }

  @Test
  void shouldReportWhatIsInService() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));

    // when
    ServerCert web = scene.readyServer("web");

    // then
    Secret secret = scene.secret("web");
    assertThat(web.getStatus().secretName()).isEqualTo("web");
    assertThat(web.getStatus().notBefore())
        .isEqualTo(certificate(secret).getNotBefore().toInstant().toString());
    assertThat(web.getStatus().notAfter())
        .isEqualTo(certificate(secret).getNotAfter().toInstant().toString());
    assertThat(web.getStatus().secretDigest()).isEqualTo(SecretData.digest(secret));
    assertThat(web.getStatus().caGeneration()).isEqualTo(1);
    assertThat(web.getStatus().revision()).isEqualTo(1);
    assertThat(web.getStatus().failures()).isNull();
    assertThat(conditions(web)).extracting(Condition::type).containsExactly("Ready");
    RootCA root = scene.readyRootCA("root");
    assertThat(root.getStatus().generations())
        .singleElement()
        .satisfies(
            g -> {
              assertThat(g.secretName()).isEqualTo("root-ca-1");
              assertThat(g.certificate())
                  .isEqualTo(scene.configMap("root-trust").getData().get("ca.crt"));
            });
    assertThat(scene.secret("root-ca-1").getImmutable()).isTrue();
  }

  // ---- edits of the spec

  @Test
  void shouldIssueAgainForOtherNames() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");

    // when
    scene.apply(serverCert("web").with("spec.dnsNames", List.of("a.example.org", "b.example.org")));

    // then
    ServerCert after = scene.reissued(before);
    assertThat(after.getStatus().lastIssuance().reason()).isEqualTo("SpecChanged");
    assertThat(after.getStatus().revision()).isEqualTo(2);
    assertThatCode(
            () ->
                assertThat(certificate(scene.secret("web")).getSubjectAlternativeNames())
                    .hasToString("[[2, a.example.org], [2, b.example.org]]"))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldIssueAgainForAnotherKey() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");

    // when
    scene.apply(
        serverCert("web")
            .with("spec.privateKey.algorithm", "RSA")
            .with("spec.privateKey.size", 3072));

    // then
    scene.reissued(before);
    assertThat(key(scene.secret("web")).parameters()).hasToString("RSA-3072");
  }

  @Test
  void shouldIssueAgainForAnotherLife() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");

    // when
    scene.apply(serverCert("web").with("spec.duration", "36h"));

    // then
    scene.reissued(before);
    var certificate = certificate(scene.secret("web"));
    assertThat(
            Duration.between(
                certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant()))
        .isEqualTo(Duration.ofHours(36).plusMinutes(5));
  }

  @Test
  void shouldOnlyMoveTheRenewalTimeForAnotherRenewBefore() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");

    // when
    scene.apply(serverCert("web").with("spec.renewBefore", "80d"));

    // then
    ServerCert after = scene.readyServer("web");
    assertThat(after.getStatus().renewalTime()).isLessThan(before.getStatus().renewalTime());
    assertThat(after.getStatus().serialNumber()).isEqualTo(before.getStatus().serialNumber());
  }

  @Test
  void shouldKeepTheKeyWhereItIsAskedTo() {
    // given
    Manifest web = serverCert("web").with("spec.privateKey.rotationPolicy", "Never");
    scene.apply(rootCA("root"), web);
    ServerCert before = scene.readyServer("web");
    Secret first = scene.secret("web");

    // when
    scene.apply(web.annotation(RENEW, "1"));

    // then
    scene.reissued(before);
    assertThat(publicKey(scene.secret("web"))).isEqualTo(publicKey(first));
  }

  @Test
  void shouldMakeANewKeyAtEachRenewal() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");
    Secret first = scene.secret("web");

    // when
    scene.apply(serverCert("web").annotation(RENEW, "1"));

    // then
    scene.reissued(before);
    assertThat(publicKey(scene.secret("web"))).isNotEqualTo(publicKey(first));
  }

  // ---- the annotation

  @Test
  void shouldRenewOnceForEachNewValueOfTheAnnotation() {
    // given
    scene.apply(rootCA("root"), serverCert("web").annotation(RENEW, "at creation"));
    ServerCert first = scene.readyServer("web");
    assertThat(first.getStatus().renew()).isEqualTo("at creation");
    assertThat(first.getStatus().revision()).isEqualTo(1);

    // when
    scene.kubectl("annotate", "--overwrite", "scert/web", RENEW + "=please").orThrow();

    // then
    ServerCert second = scene.reissued(first);
    assertThat(second.getStatus().renew()).isEqualTo("please");
    assertThat(second.getStatus().revision()).isEqualTo(2);
    assertThat(second.getStatus().lastIssuance().reason()).isEqualTo("RenewRequested");

    // when
    scene.kubectl("annotate", "scert/web", RENEW + "-").orThrow();
    scene.kubectl("annotate", "scert/web", RENEW + "=please").orThrow();

    // then
    always(QUIET, () -> assertThat(scene.server("web").getStatus()).isEqualTo(second.getStatus()));
  }

  @Test
  void shouldStayReadyThroughARenewal() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");
    Condition ready = condition(conditions(before), "Ready").orElseThrow();

    // when
    scene.kubectl("annotate", "scert/web", RENEW + "=1").orThrow();

    // then
    eventually(
        () -> {
          ServerCert now = scene.server("web");
          assertThat(condition(conditions(now), "Ready"))
              .hasValueSatisfying(
                  c -> {
                    assertThat(c.status()).isEqualTo(ready.status());
                    assertThat(c.lastTransitionTime()).isEqualTo(ready.lastTransitionTime());
                  });
          assertThat(now.getStatus().revision()).isEqualTo(2);
        });
  }

  @Test
  void shouldPublishAnEventForARenewalAndNoneForAFirstCertificate() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");
    assertThat(scene.events(before)).noneMatch(e -> "Normal".equals(e.getType()));

    // when
    scene.kubectl("annotate", "scert/web", RENEW + "=1").orThrow();

    // then
    ServerCert after = scene.reissued(before);
    eventually(
        () ->
            assertThat(scene.events(after))
                .filteredOn(e -> "RenewRequested".equals(e.getReason()))
                .singleElement()
                .extracting(Event::getMessage)
                .asString()
                .contains(after.getStatus().serialNumber()));
  }

  // ---- the Secret in foreign hands

  @Test
  void shouldBringADeletedSecretBack() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");

    // when
    scene.deleteSecret("web");

    // then
    ServerCert after = scene.reissued(before);
    assertThat(after.getStatus().serialNumber()).isEqualTo(serial(scene.secret("web")));
    assertThat(after.getStatus().revision()).isEqualTo(2);
    assertThat(after.getStatus().lastIssuance().reason()).isEqualTo("SecretMissing");
  }

  static Stream<Named<Consumer<Secret>>> tampering() {
    return Stream.of(
        Named.of("another key", s -> s.getData().put("tls.key", base64("another key"))),
        Named.of("another certificate", s -> s.getData().put("tls.crt", base64("another one"))),
        Named.of("other trust", s -> s.getData().put("ca.crt", base64("another CA"))),
        Named.of("an empty key", s -> s.getData().put("tls.key", "")),
        Named.of("no trust", s -> s.getData().remove("ca.crt")),
        Named.of("one more file", s -> s.getData().put("more", base64("more"))));
  }

  @ParameterizedTest
  @MethodSource("tampering")
  void shouldIssueAgainWhenTheContentWasTamperedWith(Consumer<Secret> tampering) {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");

    // when
    scene.editSecret("web", edited(tampering));

    // then
    ServerCert after = scene.reissued(before);
    assertThat(after.getStatus().lastIssuance().reason()).isEqualTo("SecretTampered");
    Secret secret = scene.secret("web");
    assertThat(key(secret).matches(certificate(secret))).isTrue();
    assertThat(secret.getData()).containsOnlyKeys("tls.crt", "tls.key", "ca.crt");
    assertThat(after.getStatus().secretDigest()).isEqualTo(SecretData.digest(secret));
  }

  static Stream<Named<Consumer<Secret>>> disguises() {
    return Stream.of(
        Named.of("no kind", s -> s.getMetadata().getLabels().remove("mtls-operator.dev/kind")),
        Named.of("no labels", s -> s.getMetadata().setLabels(Map.of())),
        Named.of(
            "another manager",
            s -> s.getMetadata().getLabels().put("app.kubernetes.io/managed-by", "stranger")),
        Named.of("no label of the template", s -> s.getMetadata().getLabels().remove("team")),
        Named.of("no owner", s -> s.getMetadata().setOwnerReferences(List.of())));
  }

  @ParameterizedTest
  @MethodSource("disguises")
  void shouldRestoreMetadataWithoutIssuingAgain(Consumer<Secret> disguise) {
    // given
    scene.apply(
        rootCA("root"),
        serverCert("web")
            .with("spec.secretTemplate.labels", Map.of("team", "a"))
            .with("spec.keystores.pkcs12.enabled", true));
    ServerCert before = scene.readyServer("web");
    Secret written = scene.secret("web");

    // when
    scene.editSecret("web", edited(disguise));

    // then
    eventually(
        () -> {
          Secret now = scene.secret("web");
          assertThat(now.getMetadata().getLabels()).isEqualTo(written.getMetadata().getLabels());
          assertThat(now.getMetadata().getOwnerReferences())
              .isEqualTo(written.getMetadata().getOwnerReferences());
        });
    assertThat(scene.secret("web").getData()).isEqualTo(written.getData());
    assertThat(scene.readyServer("web").getStatus().revision())
        .isEqualTo(before.getStatus().revision());
  }

  @Test
  void shouldLeaveWhatOthersNoteOnTheSecret() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");
    scene.kubectl("label", "secret/web", "stranger=here").orThrow();
    scene.kubectl("annotate", "secret/web", "stranger.example.org/note=here").orThrow();
    String hold = "{\"metadata\":{\"finalizers\":[\"stranger.example.org/holds\"]}}";
    scene.kubectl("patch", "secret/web", "--type=merge", "-p", hold).orThrow();

    // when
    scene.kubectl("annotate", "scert/web", RENEW + "=1").orThrow();

    // then
    scene.reissued(before);
    assertThat(scene.secret("web").getMetadata().getLabels()).containsEntry("stranger", "here");
    assertThat(scene.secret("web").getMetadata().getAnnotations())
        .containsEntry("stranger.example.org/note", "here");
    assertThat(scene.secret("web").getMetadata().getFinalizers())
        .containsExactly("stranger.example.org/holds");
    // otherwise it would remain after the test
    scene.editSecret(
        "web",
        s -> {
          s.getMetadata().setFinalizers(List.of());
          return s;
        });
  }

  @Test
  void shouldAddAndRemoveLabelsOfTheTemplate() {
    // given
    scene.apply(
        rootCA("root"),
        serverCert("web")
            .with("spec.secretTemplate.labels", Map.of("team", "a"))
            .with("spec.secretTemplate.annotations", Map.of("example.org/note", "x")));
    ServerCert before = scene.readyServer("web");
    assertThat(scene.secret("web").getMetadata().getLabels()).containsEntry("team", "a");
    assertThat(scene.secret("web").getMetadata().getAnnotations())
        .containsEntry("example.org/note", "x");

    // when
    scene.apply(serverCert("web").with("spec.secretTemplate.labels", Map.of("tier", "b")));

    // then
    eventually(
        () -> {
          assertThat(scene.secret("web").getMetadata().getLabels())
              .containsEntry("tier", "b")
              .doesNotContainKey("team");
          assertThat(scene.secret("web").getMetadata().getAnnotations())
              .doesNotContainKey("example.org/note");
        });
    assertThat(scene.readyServer("web").getStatus().serialNumber())
        .isEqualTo(before.getStatus().serialNumber());
  }

  @Test
  @Order(LATE)
  void shouldRemoveTheSecretWithItsResource() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    scene.readyServer("web");

    // when
    scene.kubectl("delete", "scert/web").orThrow();

    // then
    eventually(COLLECTION, () -> assertThat(scene.find(Secret.class, "web")).isEmpty());
    assertThat(scene.find(Secret.class, "root-ca-1")).isPresent();
  }

  @Test
  @Order(LATE)
  void shouldKeepTheSecretOfALeafThatIsToBeRetained() {
    // given
    scene.apply(rootCA("root"), retained(), serverCert("gone"));
    scene.readyServer("gone");
    scene.readyServer("web");
    Secret first = scene.secret("web-tls");
    assertThat(first.getMetadata().getOwnerReferences()).isEmpty();

    // when
    scene.editSecret("web-tls", it -> with(it, "ca.crt", "dGFtcGVyZWQ="));

    // then: it is managed as long as the resource is there
    eventually(
        () -> assertThat(text(scene.secret("web-tls"), "ca.crt")).isEqualTo(text(first, "ca.crt")));

    // when
    scene.readyServer("web");
    Secret kept = scene.secret("web-tls");
    scene.kubectl("delete", "scert/web", "scert/gone").orThrow();

    // then: when the garbage collector has been there
    eventually(COLLECTION, () -> assertThat(scene.find(Secret.class, "gone")).isEmpty());
    assertThat(scene.secret("web-tls").getData()).isEqualTo(kept.getData());

    // when
    scene.apply(serverCert("other").with("spec.secretName", "web-tls"));

    // then
    eventually(
        () ->
            assertThat(condition(conditions(scene.server("other")), "Stalled"))
                .hasValueSatisfying(it -> assertThat(it.message()).contains("was kept for 'web'")));

    // when
    scene.kubectl("delete", "scert/other").orThrow();
    scene.apply(retained());

    // then
    assertThat(scene.readyServer("web").getStatus().serialNumber()).isEqualTo(serial(kept));
  }

  private static Manifest retained() {
    return serverCert("web")
        .with("spec.secretName", "web-tls")
        .with("spec.deletionPolicy", "Retain");
  }

  private static Secret with(Secret secret, String key, String value) {
    secret.getData().put(key, value);
    return secret;
  }

  @Test
  void shouldChangeItsMindAboutRetainingALeaf() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert web = scene.readyServer("web");

    // when
    scene.apply(serverCert("web").with("spec.deletionPolicy", "Retain"));

    // then
    eventually(() -> assertThat(scene.secret("web").getMetadata().getOwnerReferences()).isEmpty());

    // when
    scene.apply(serverCert("web").with("spec.deletionPolicy", "Delete"));

    // then
    eventually(
        () ->
            assertThat(scene.secret("web").getMetadata().getOwnerReferences())
                .singleElement()
                .satisfies(o -> assertThat(o.getUid()).isEqualTo(web.getMetadata().getUid())));
    assertThat(scene.readyServer("web").getStatus().serialNumber())
        .isEqualTo(web.getStatus().serialNumber());
  }

  // ---- metadata of a CA's objects

  @Test
  void shouldLabelAllObjectsWhereAPolicyAsksForIt() {
    // given
    String policy = "need-team-in-" + scene.namespace();
    scene.apply(
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: %1$s}
        spec:
          failurePolicy: Fail
          matchConstraints:
            resourceRules:
              - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [secrets, configmaps]}
          validations:
            - expression: "has(object.metadata.labels) && 'example.com/team' in object.metadata.labels"
              message: every Secret and ConfigMap needs the label example.com/team
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: %1$s}
        spec:
          policyName: %1$s
          validationActions: [Deny]
          matchResources:
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %2$s}}
        """
            .formatted(policy, scene.namespace()));
    try {
      eventually(
          () ->
              assertThat(scene.kubectl("create", "configmap", "none", "--dry-run=server").stderr())
                  .contains("needs the label"));

      // when
      Map<String, String> team = Map.of("example.com/team", "shop");
      scene.apply(
          rootCA("root")
              .with("spec.objectMetadata.labels", team)
              .with("spec.objectMetadata.annotations", Map.of("example.com/cost", "1")),
          serverCert("web").with("spec.secretTemplate.labels", team));

      // then
      scene.readyServer("web");
      assertThat(scene.secret("root-ca-1").getMetadata().getLabels()).containsAllEntriesOf(team);
      assertThat(scene.configMap("root-trust").getMetadata().getAnnotations())
          .containsEntry("example.com/cost", "1");

      // when
      scene.apply(
          rootCA("root").with("spec.objectMetadata.labels", Map.of("example.com/team", "x")));

      // then: an edit reaches what is there, and takes away what is not wanted any more
      eventually(
          () -> {
            for (HasMetadata it :
                List.of(scene.secret("root-ca-1"), scene.configMap("root-trust"))) {
              assertThat(it.getMetadata().getLabels()).containsEntry("example.com/team", "x");
              assertThat(it.getMetadata().getAnnotations()).doesNotContainKey("example.com/cost");
            }
          });
      always(
          QUIET, () -> assertThat(scene.readyRootCA("root").getStatus().generations()).hasSize(1));
    } finally {
      scene.kubectl("delete", "validatingadmissionpolicybinding/" + policy).orThrow();
      scene.kubectl("delete", "validatingadmissionpolicy/" + policy).orThrow();
    }
  }

  // ---- files

  @Test
  void shouldWriteAdditionalFormatsWithoutIssuingAgain() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    ServerCert before = scene.readyServer("web");

    // when
    scene.apply(serverCert("web").with("spec.additionalFormats", List.of("CombinedPEM", "DER")));

    // then
    eventually(
        () ->
            assertThat(scene.secret("web").getData()).containsKeys("tls-combined.pem", "key.der"));
    Secret web = scene.secret("web");
    assertThat(text(web, "tls-combined.pem"))
        .isEqualTo(text(web, "tls.key") + text(web, "tls.crt"));
    assertThat(bytes(web, "key.der")).isEqualTo(key(web).revealPkcs8Der());
    assertThat(scene.readyServer("web").getStatus().serialNumber())
        .isEqualTo(before.getStatus().serialNumber());

    // when
    scene.apply(serverCert("web"));

    // then
    eventually(
        () ->
            assertThat(scene.secret("web").getData())
                .containsOnlyKeys("tls.crt", "tls.key", "ca.crt"));
  }

  @ParameterizedTest
  @CsvSource({"ECDSA, BEGIN EC PRIVATE KEY", "RSA, BEGIN RSA PRIVATE KEY"})
  void shouldEncodeTheKeyAnewWithoutIssuingAgain(String algorithm, String header) {
    // given
    Manifest web = serverCert("web").with("spec.privateKey.algorithm", algorithm);
    scene.apply(rootCA("root"), web);
    ServerCert before = scene.readyServer("web");

    // when
    scene.apply(web.with("spec.privateKey.encoding", "PKCS1"));

    // then
    eventually(() -> assertThat(text(scene.secret("web"), "tls.key")).contains(header));
    assertThat(scene.readyServer("web").getStatus().serialNumber())
        .isEqualTo(before.getStatus().serialNumber());
  }

  // ---- keystore passwords

  @Test
  void shouldWaitForTheKeystorePassword() {
    // given
    scene.apply(
        rootCA("root"),
        clientCert("partner")
            .with("spec.keystores.pkcs12.passwordSecretRef.name", "store-password"));
    eventually(
        () ->
            assertThat(condition(conditions(scene.client("partner")), "Stalled"))
                .hasValueSatisfying(
                    c -> {
                      assertThat(c.reason()).isEqualTo("InputNotAvailable");
                      assertThat(c.message())
                          .contains("store-password", "mtls-operator.dev/input=true");
                    }));
    String missing = stalled(scene.client("partner")).message();

    // when
    scene.create(
        new io.fabric8.kubernetes.api.model.SecretBuilder()
            .withNewMetadata()
            .withName("store-password")
            .endMetadata()
            .withStringData(Map.of("password", "changeit"))
            .build());

    // then
    always(QUIET, () -> assertThat(stalled(scene.client("partner")).message()).isEqualTo(missing));

    // when
    scene.kubectl("label", "secret/store-password", "mtls-operator.dev/input=true").orThrow();

    // then
    scene.readyClient("partner");
    assertOpens(scene.secret("partner"), "changeit");
    assertThat(scene.secret("partner").getData()).doesNotContainKey("keystore.password");
  }

  @Test
  void shouldEncodeTheKeystoresAnewForAnotherPassword() {
    // given
    scene.apply(
        rootCA("root"),
        password("store-password", "changeit"),
        clientCert("partner")
            .with("spec.keystores.pkcs12.passwordSecretRef.name", "store-password"));
    ClientCert before = scene.readyClient("partner");

    // when
    scene.apply(password("store-password", "changed!"));

    // then
    eventually(() -> assertOpens(scene.secret("partner"), "changed!"));
    ClientCert after = scene.readyClient("partner");
    assertThat(after.getStatus().serialNumber()).isEqualTo(before.getStatus().serialNumber());
    eventually(
        () ->
            assertThat(scene.client("partner").getStatus().secretDigest())
                .isEqualTo(SecretData.digest(scene.secret("partner"))));
  }

  @Test
  void shouldStayInServiceWhenThePasswordGoesAway() {
    // given
    scene.apply(
        rootCA("root"),
        password("store-password", "changeit"),
        clientCert("partner")
            .with("spec.keystores.pkcs12.passwordSecretRef.name", "store-password"));
    scene.readyClient("partner");
    Secret before = scene.secret("partner");

    // when
    scene.deleteSecret("store-password");

    // then
    eventually(
        () ->
            assertThat(reason(conditions(scene.client("partner")), "RenewalBlocked"))
                .isEqualTo("InputNotAvailable"));
    scene.readyClient("partner");
    assertThat(scene.secret("partner").getData()).isEqualTo(before.getData());
  }

  @Test
  void shouldKeepAGeneratedPasswordThroughARenewal() {
    // given
    scene.apply(rootCA("root"), clientCert("partner"));
    ClientCert before = scene.readyClient("partner");
    String generated = text(scene.secret("partner"), "keystore.password");

    // when
    scene.kubectl("annotate", "ccert/partner", RENEW + "=1").orThrow();

    // then
    eventually(
        () ->
            assertThat(scene.client("partner").getStatus().serialNumber())
                .isNotEqualTo(before.getStatus().serialNumber()));
    assertThat(text(scene.secret("partner"), "keystore.password")).isEqualTo(generated);
    assertOpens(scene.secret("partner"), generated);
  }

  // ---- the CA's public side and its end

  @Test
  void shouldRestoreTheTrustConfigMap() {
    // given
    scene.apply(rootCA("root"));
    scene.readyRootCA("root");
    ConfigMap written = scene.configMap("root-trust");

    // when
    scene.editConfigMap(
        "root-trust", map -> map.edit().addToData("ca.crt", "nobody's certificate").build());

    // then
    eventually(
        () -> assertThat(scene.configMap("root-trust").getData()).isEqualTo(written.getData()));

    // when
    scene.kubectl("delete", "configmap/root-trust").orThrow();

    // then
    eventually(
        () -> assertThat(scene.configMap("root-trust").getData()).isEqualTo(written.getData()));
    scene.readyRootCA("root");
  }

  @Test
  void shouldRetainACAAndAdoptItsGenerationWhenItIsMadeAgain() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    RootCA first = scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");

    // when
    scene.kubectl("delete", "rca/root").orThrow();

    // then
    eventually(
        () -> {
          ServerCert now = scene.server("web");
          assertThat(reason(conditions(now), "RenewalBlocked")).isEqualTo("CANotAvailable");
          assertThat(reason(conditions(now), "Ready")).isNotNull();
        });
    assertThat(scene.find(Secret.class, "root-ca-1")).isPresent();
    assertThat(scene.find(ConfigMap.class, "root-trust")).isPresent();

    // when
    scene.apply(rootCA("root"));

    // then
    RootCA second = scene.readyRootCA("root");
    assertThat(second.getStatus().generations()).isEqualTo(first.getStatus().generations());
    eventually(
        () ->
            assertThat(conditions(scene.server("web")))
                .extracting(Condition::type)
                .containsExactly("Ready"));
    assertThat(scene.server("web").getStatus().serialNumber())
        .isEqualTo(web.getStatus().serialNumber());
  }

  @Test
  @Order(LATE)
  void shouldRemoveACAThatIsNotToBeRetained() {
    // given
    scene.apply(rootCA("root").with("spec.deletionPolicy", "Delete"));
    scene.readyRootCA("root");

    // when
    scene.kubectl("delete", "rca/root").orThrow();

    // then
    eventually(
        COLLECTION,
        () -> {
          assertThat(scene.find(Secret.class, "root-ca-1")).isEmpty();
          assertThat(scene.find(ConfigMap.class, "root-trust")).isEmpty();
        });
  }

  @Test
  void shouldChangeItsMindAboutRetaining() {
    // given
    scene.apply(rootCA("root").with("spec.deletionPolicy", "Delete"));
    RootCA root = scene.readyRootCA("root");
    assertThat(scene.secret("root-ca-1").getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(o -> assertThat(o.getUid()).isEqualTo(root.getMetadata().getUid()));

    // when
    scene.apply(rootCA("root").with("spec.deletionPolicy", "Retain"));

    // then
    eventually(
        () -> {
          assertThat(scene.secret("root-ca-1").getMetadata().getOwnerReferences()).isEmpty();
          assertThat(scene.configMap("root-trust").getMetadata().getOwnerReferences()).isEmpty();
        });
  }

  @Test
  void shouldFollowAnEditedCAByANewGenerationAndNotChangeTheOneInService() {
    // given
    scene.apply(rootCA("root"), serverCert("web"));
    RootCA before = scene.readyRootCA("root");
    ServerCert web = scene.readyServer("web");

    // when
    scene.apply(rootCA("root").with("spec.commonName", "another name"));

    // then
    eventually(
        () -> {
          RootCA root = scene.rootCA("root");
          assertThat(reason(root.getStatus().conditions(), "Reconciling"))
              .isEqualTo("SpecNotInService");
          assertThat(root.getStatus().generations()).hasSize(2);
          assertThat(root.getStatus().generations().get(0))
              .isEqualTo(before.getStatus().generations().get(0));
          assertThat(SecretData.certificates(scene.secret("web"), "ca.crt")).hasSize(2);
        });
    assertThat(scene.server("web").getStatus()).isEqualTo(web.getStatus());
  }

  private static PublicKey publicKey(Secret secret) {
    return key(secret).publicKey();
  }

  private static List<Condition> conditions(ServerCert leaf) {
    assertThat(leaf.getStatus()).as("status").isNotNull();
    return leaf.getStatus().conditions();
  }

  private static List<Condition> conditions(ClientCert leaf) {
    assertThat(leaf.getStatus()).as("status").isNotNull();
    return leaf.getStatus().conditions();
  }

  private static Condition stalled(ClientCert leaf) {
    assertThat(condition(conditions(leaf), "Stalled")).isPresent();
    return condition(conditions(leaf), "Stalled").orElseThrow();
  }

  private static void assertOpens(Secret secret, String password) {
    for (String store : List.of("keystore.p12", "truststore.p12")) {
      try {
        Pkcs12.verifyOpens(bytes(secret, store), Password.of(password));
      } catch (PkiException e) {
        throw new AssertionError(store + " does not open", e);
      }
    }
  }

  private static UnaryOperator<Secret> edited(Consumer<Secret> how) {
    return secret -> {
      Secret copy = secret.edit().build();
      copy.setData(new java.util.HashMap<>(copy.getData()));
      how.accept(copy);
      return copy;
    };
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
