package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.certificate;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.reason;
import static dev.mtlsoperator.harness.Scene.serial;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.CrlStatus;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.IssuedCertificate;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What users do to revoke certificates, and what becomes of it. */
@Timeout(180)
final class RevocationIT {
  private static final Duration QUIET = Duration.ofSeconds(3);
  private static final String REVOKE = "mtls-operator.dev/revoke";
  private static final String FINALIZER = "mtls-operator.dev/revoke-on-delete";
  private static final String NO_FINALIZERS = "{\"metadata\":{\"finalizers\":null}}";

  private final Scene scene = Scene.begin("revoke");

  @Test
  void shouldRevokeALeafAndIssueAnotherOneWhenTakenBack() {
    // given
    scene.apply(revocable("root"), clientCert("jane"), clientCert("john"));
    ClientCert before = scene.readyClient("jane");
    scene.readyClient("john");
    BigInteger lost = certificate(scene.secret("jane")).getSerialNumber();
    eventually(() -> assertThat(crl()).isPresent());
    assertThat(crl().orElseThrow().entries()).isEmpty();

    // when
    scene.apply(clientCert("jane").with("spec.revoked.reason", "KeyCompromise"));

    // then
    ClientCert revoked = scene.readyClient("jane");
    assertThat(condition(revoked.getStatus().conditions(), "Ready").orElseThrow().reason())
        .isEqualTo("Revoked");
    assertThat(scene.find(Secret.class, "jane")).isEmpty();
    assertThat(revoked.getStatus().serialNumber()).isNull();
    assertThat(revoked.getStatus().certificates())
        .extracting(IssuedCertificate::serialNumber)
        .containsExactly(before.getStatus().serialNumber());
    assertThat(crl().orElseThrow().entries())
        .as("Ready tells that gateways have it")
        .containsOnlyKeys(lost)
        .hasEntrySatisfying(
            lost, entry -> assertThat(entry.reason()).contains(RevocationReason.KeyCompromise));
    eventually(
        () -> {
          CrlStatus told = scene.caStatus("root").crl();
          assertThat(told.revoked()).isEqualTo(1);
          assertThat(told.published()).isTrue();
          assertThat(told.number())
              .isEqualTo(crl().orElseThrow().number().orElseThrow().toString());
        });
    scene.readyClient("john");
    eventually(() -> assertThat(fetched("root", 1)).isEqualTo(crl().orElseThrow().der()));

    // when taken back
    scene.apply(clientCert("jane"));

    // then another certificate, and the former one stays revoked
    ClientCert after = scene.readyClient("jane");
    assertThat(serial(scene.secret("jane"))).isNotEqualTo(before.getStatus().serialNumber());
    assertThat(after.getStatus().certificates()).hasSize(2);
    always(QUIET, () -> assertThat(crl().orElseThrow().entries()).containsOnlyKeys(lost));
  }

  @Test
  void shouldIssueTheSuccessorBeforeTheCurrentOneIsRevoked() {
    // given
    scene.apply(revocable("root"), serverCert("web"));
    scene.readyServer("web");
    String first = serial(scene.secret("web"));

    // when
    scene.kubectl("annotate", "servercert", "web", REVOKE + "=current");

    // then
    eventually(() -> assertThat(serials()).containsExactly(first));
    String second = serial(scene.secret("web"));
    assertThat(second).isNotEqualTo(first);
    scene.readyServer("web");
    assertThat(scene.server("web").getStatus().revoke()).isEqualTo("current");

    // then once only
    always(QUIET, () -> assertThat(serial(scene.secret("web"))).isEqualTo(second));
    assertThat(serials()).containsExactly(first);
  }

  @Test
  void shouldRevokeFormerOnesAndSingleOnesByTheirSerialNumbers() {
    // given three certificates
    scene.apply(revocable("root"), clientCert("jane"));
    scene.readyClient("jane");
    String first = serial(scene.secret("jane"));
    String second = renewed("jane", first);
    String third = renewed("jane", second);

    // when
    scene.kubectl(
        "annotate", "clientcert", "jane", REVOKE + "=" + colons(first).toLowerCase(Locale.ROOT));

    // then
    eventually(() -> assertThat(serials()).containsExactly(first));

    // when
    scene.kubectl("annotate", "--overwrite", "clientcert", "jane", REVOKE + "=superseded");

    // then
    eventually(() -> assertThat(serials()).containsExactlyInAnyOrder(first, second));
    assertThat(serial(scene.secret("jane"))).isEqualTo(third);

    // when it names nothing
    scene.kubectl("annotate", "--overwrite", "clientcert", "jane", REVOKE + "=0A0B");

    // then
    eventually(
        () ->
            assertThat(
                    condition(
                        scene.client("jane").getStatus().conditions(), "RevocationIncomplete"))
                .hasValueSatisfying(
                    told ->
                        assertThat(told.message())
                            .contains(
                                "no unexpired certificate of this resource has the serial number '0A0B'")));
    scene.readyClient("jane");
  }

  @Test
  void shouldRevokeWhatNoResourceStandsFor() {
    // when
    scene.apply(
        rootCA("root")
            .with(
                "spec.revocation.serialNumbers",
                List.of(Map.of("serialNumber", "0a:1B:2c", "reason", "CessationOfOperation"))));

    // then
    scene.readyRootCA("root");
    eventually(() -> assertThat(serials()).containsExactly("0A1B2C"));

    // then it stays, though it is not named any more
    scene.apply(revocable("root"));
    always(QUIET, () -> assertThat(serials()).containsExactly("0A1B2C"));
  }

  @Test
  void shouldReplaceTheCertificateInServiceThatItsRootCANames() {
    // given
    scene.apply(revocable("root"), clientCert("jane"), clientCert("john"));
    String serial = scene.readyClient("jane").getStatus().serialNumber();
    String others = scene.readyClient("john").getStatus().serialNumber();

    // when
    Queue<ClientCert> seen = new ConcurrentLinkedQueue<>();
    Watch watch = watch("jane", seen);
    try {
      scene.apply(
          rootCA("root")
              .with(
                  "spec.revocation.serialNumbers",
                  List.of(Map.of("serialNumber", serial.toLowerCase(Locale.ROOT)))));

      // then it is replaced once, and told as ready at once
      eventually(() -> assertThat(serial(scene.secret("jane"))).isNotEqualTo(serial));
      eventually(() -> assertThat(serials()).containsExactly(serial));
      String second = serial(scene.secret("jane"));
      eventually(
          () -> assertThat(seen).extracting(it -> it.getStatus().serialNumber()).endsWith(second));
      assertThat(seen)
          .filteredOn(it -> second.equals(it.getStatus().serialNumber()))
          .extracting(it -> condition(it.getStatus().conditions(), "Ready").orElseThrow().status())
          .containsOnly(ConditionStatus.TRUE);
    } finally {
      watch.close();
    }
    ClientCert jane = scene.readyClient("jane");
    assertThat(jane.getStatus().revision()).isEqualTo(2);
    assertThat(jane.getStatus().lastIssuance().reason()).isEqualTo("Revoked");
    always(QUIET, () -> assertThat(scene.client("jane").getStatus().revision()).isEqualTo(2));
    assertThat(scene.client("john").getStatus().serialNumber()).isEqualTo(others);
  }

  @Test
  void shouldReplaceARevokedCertificateThatAKeptSecretBringsBack() {
    // given
    Manifest kept = clientCert("jane").with("spec.deletionPolicy", "Retain");
    scene.apply(rootCA("root").with("spec.revocation.revokeOnDelete", true), kept);
    String serial = scene.readyClient("jane").getStatus().serialNumber();
    scene.kubectl("delete", "clientcert", "jane", "--timeout=30s").orThrow();
    assertThat(serials()).containsExactly(serial);
    assertThat(serial(scene.secret("jane"))).isEqualTo(serial);

    // when
    scene.apply(kept);

    // then
    eventually(() -> assertThat(serial(scene.secret("jane"))).isNotEqualTo(serial));
    scene.readyClient("jane");
    assertThat(serials()).containsExactly(serial);
  }

  @Test
  void shouldSayThatARootCAPublishesNoCrl() {
    // given
    scene.apply(rootCA("root"), clientCert("jane"));
    scene.readyClient("jane");

    // when
    scene.apply(clientCert("jane").with("spec.revoked", Map.of()));

    // then
    ClientCert jane = scene.readyClient("jane");
    assertThat(reason(jane.getStatus().conditions(), "RevocationIncomplete"))
        .isEqualTo("RevocationIncomplete");
    assertThat(scene.find(Secret.class, "jane")).isEmpty();
    assertThat(scene.configMap("root-trust").getData()).containsOnlyKeys("ca.crt");
  }

  @Test
  void shouldPutTheCrlsNextToTheTrustBundleOfALeafAndOfCopies() {
    // given
    scene.apply(
        revocable("root")
            .with(
                "spec.trustBundles",
                List.of(
                    Map.of(
                        "kind", "Secret",
                        "name", "contour-clients",
                        "keys", Map.of("revocations", "crl.pem")))),
        serverCert("web").with("spec.revocations", true),
        clientCert("jane"));
    scene.readyServer("web");
    scene.readyClient("jane");
    eventually(() -> assertThat(scene.secret("web").getData()).containsKey("ca.crl"));
    String serial = serial(scene.secret("web"));
    Integer revision = scene.server("web").getStatus().revision();
    String lost = serial(scene.secret("jane"));

    // when
    scene.apply(clientCert("jane").with("spec.revoked", Map.of()));

    // then
    eventually(() -> assertThat(serials()).containsExactly(lost));
    String crls = scene.configMap("root-trust").getData().get("ca.crl");
    eventually(() -> assertThat(Scene.text(scene.secret("web"), "ca.crl")).isEqualTo(crls));
    eventually(
        () -> assertThat(Scene.text(scene.secret("contour-clients"), "crl.pem")).isEqualTo(crls));
    assertThat(serial(scene.secret("web"))).isEqualTo(serial);
    assertThat(scene.server("web").getStatus().revision()).isEqualTo(revision);

    // when it is not asked for any more
    scene.apply(serverCert("web"));

    // then
    eventually(() -> assertThat(scene.secret("web").getData()).doesNotContainKey("ca.crl"));
    assertThat(serial(scene.secret("web"))).isEqualTo(serial);
  }

  @Test
  void shouldGiveALeafNoCrlsUntilEachCaThatItTrustsHasSome() {
    // given
    scene.apply(
        revocable("root"),
        rootCA("partners"),
        serverCert("web")
            .with("spec.revocations", true)
            .with(
                "spec.trustedCARefs", List.of(Map.of("name", "root"), Map.of("name", "partners"))));

    // then
    ServerCert web = scene.readyServer("web");
    assertThat(
            condition(web.getStatus().conditions(), "RevocationIncomplete").orElseThrow().message())
        .contains("/partners' publishes no CRL: give it revocation: {}");
    assertThat(scene.secret("web").getData()).doesNotContainKey("ca.crl");

    // when
    scene.apply(revocable("partners"));

    // then
    eventually(
        () ->
            assertThat(Crl.parseAll(SuppliedFile.of(Scene.text(scene.secret("web"), "ca.crl"))))
                .hasSize(2));
    eventually(
        () ->
            assertThat(
                    condition(scene.server("web").getStatus().conditions(), "RevocationIncomplete"))
                .isEmpty());

    // when one of them publishes none any more
    scene.apply(rootCA("partners"));

    // then the leaf keeps what it has
    eventually(
        () ->
            assertThat(
                    condition(scene.server("web").getStatus().conditions(), "RevocationIncomplete"))
                .isPresent());
    assertThat(Crl.parseAll(SuppliedFile.of(Scene.text(scene.secret("web"), "ca.crl")))).hasSize(2);
  }

  @Test
  void shouldKeepRevokedWhatAnImportedCaRevokedBefore() {
    // given a CRL that is newer than any that the operator signs in this test
    Instant now = Instant.now();
    KeyMaterial key = TestKeys.fresh();
    CertificateAuthority ca =
        PlainCertificates.root(
            DistinguishedName.parse("CN=root"),
            Validity.starting(now.minusSeconds(600), Duration.ofDays(3650)),
            key);
    BigInteger before = BigInteger.valueOf(0xabcdef);
    Crl elsewhere =
        TestCrls.of(
            ca,
            now.plusSeconds(240),
            new RevokedCertificate(before, now, Optional.of(RevocationReason.KeyCompromise)));
    scene.create(
        new SecretBuilder()
            .withNewMetadata()
            .withName("own")
            .addToLabels("mtls-operator.dev/input", "true")
            .endMetadata()
            .addToStringData("tls.crt", Pem.write(ca.certificate()))
            .addToStringData("tls.key", key.revealPem(PrivateKeyFormat.PKCS8))
            .addToStringData("ca.crl", elsewhere.pem())
            .build());

    // when
    scene.apply(
        revocable("root").without("spec.commonName").with("spec.import.secretName", "own"),
        clientCert("jane"));
    BigInteger jane = new BigInteger(scene.readyClient("jane").getStatus().serialNumber(), 16);
    scene.apply(clientCert("jane").with("spec.revoked.reason", "KeyCompromise"));
    scene.readyClient("jane");

    // then
    assertThat(crl().orElseThrow().entries()).containsOnlyKeys(before, jane);
    assertThat(scene.caStatus("root").crl().published()).isTrue();
  }

  @Test
  void shouldAwaitNoCrlOfADistrustedGeneration() {
    // given
    scene.apply(rootCA("root").with("spec.revocation.revokeOnDelete", true), clientCert("jane"));
    ClientCert first = scene.readyClient("jane");
    scene.readyRootCA("root");
    scene
        .kubectl(
            "annotate",
            "rootca/root",
            "mtls-operator.dev/distrust="
                + scene.caStatus("root").generations().get(0).fingerprint())
        .orThrow();
    eventually(() -> assertThat(scene.client("jane").getStatus().caGeneration()).isEqualTo(2));
    ClientCert second = scene.readyClient("jane");
    assertThat(second.getStatus().serialNumber()).isNotEqualTo(first.getStatus().serialNumber());
    assertThat(second.getStatus().certificates()).hasSize(2);

    // then
    scene.apply(clientCert("jane").with("spec.revoked.reason", "KeyCompromise"));
    scene.readyClient("jane");
    assertThat(serials()).containsExactly(second.getStatus().serialNumber());
    scene.kubectl("delete", "clientcert", "jane", "--timeout=30s").orThrow();
  }

  @Test
  void shouldRevokeWhatIsDeleted() {
    // given
    scene.apply(rootCA("root").with("spec.revocation.revokeOnDelete", true), clientCert("jane"));
    ClientCert jane = scene.readyClient("jane");
    assertThat(jane.getMetadata().getFinalizers())
        .as("before a certificate is issued")
        .containsExactly(FINALIZER);
    scene
        .kubectl(
            "patch",
            "clientcert",
            "jane",
            "--type=json",
            "-p",
            "[{\"op\":\"add\",\"path\":\"/metadata/finalizers/-\",\"value\":\"example.com/mine\"}]")
        .orThrow();

    // when
    scene.kubectl("delete", "clientcert", "jane", "--wait=false").orThrow();

    // then
    eventually(
        () ->
            assertThat(scene.client("jane").getMetadata().getFinalizers())
                .containsExactly("example.com/mine"));
    assertThat(crl().orElseThrow().entries())
        .hasEntrySatisfying(
            SerialNumber.read(jane.getStatus().serialNumber()).orElseThrow(),
            entry -> assertThat(entry.reason()).contains(RevocationReason.CessationOfOperation));
    scene.kubectl("patch", "clientcert", "jane", "--type=merge", "-p", NO_FINALIZERS).orThrow();
    eventually(() -> assertThat(scene.find(ClientCert.class, "jane")).isEmpty());

    // when it is taken back, and asked for again
    scene.apply(clientCert("john"));
    scene.readyClient("john");
    scene.apply(revocable("root"));
    eventually(() -> assertThat(scene.client("john").getMetadata().getFinalizers()).isEmpty());
    scene.apply(rootCA("root").with("spec.revocation.revokeOnDelete", true));
    eventually(
        () ->
            assertThat(scene.client("john").getMetadata().getFinalizers())
                .containsExactly(FINALIZER));

    // then nothing waits for a RootCA that is gone
    scene.kubectl("delete", "rootca", "root").orThrow();
    scene.kubectl("delete", "clientcert", "john", "--timeout=30s").orThrow();
  }

  private Watch watch(String client, Queue<ClientCert> seen) {
    return RunningOperator.shared()
        .cluster()
        .client()
        .resources(ClientCert.class)
        .inNamespace(scene.namespace())
        .withName(client)
        .watch(
            new Watcher<>() {
              @Override
              public void eventReceived(Action action, ClientCert leaf) {
                seen.add(leaf);
              }

              @Override
              public void onClose(WatcherException e) {
                // nothing more is seen, and the test fails
              }
            });
  }

  private String renewed(String name, String before) {
    scene.kubectl(
        "annotate", "--overwrite", "clientcert", name, "mtls-operator.dev/renew=" + before);
    eventually(() -> assertThat(serial(scene.secret(name))).isNotEqualTo(before));
    scene.readyClient(name);
    return serial(scene.secret(name));
  }

  private static Manifest revocable(String name) {
    return rootCA(name).with("spec.revocation", Map.of());
  }

  private List<String> serials() {
    return crl().stream()
        .flatMap(crl -> crl.entries().keySet().stream())
        .map(SerialNumber::text)
        .toList();
  }

  private byte[] fetched(String ca, int generation) {
    URI uri =
        URI.create(
            "http://localhost:"
                + RunningOperator.shared().crlPort()
                + "/"
                + scene.namespace()
                + "/"
                + ca
                + "/"
                + generation
                + ".crl");
    try (InputStream body = uri.toURL().openStream()) {
      return body.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<Crl> crl() {
    return Optional.ofNullable(scene.configMap("root-trust").getData().get("ca.crl"))
        .map(pem -> Crl.parseAll(SuppliedFile.of(pem)).get(0));
  }

  private static String colons(String serial) {
    return String.join(":", serial.split("(?<=\\G..)", -1)).replaceAll(":$", "");
  }
}
