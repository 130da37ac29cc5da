package dev.mtlsoperator.it.rootca;

import static dev.mtlsoperator.consumers.OpensslCa.CA;
import static dev.mtlsoperator.consumers.OpensslCa.INTERMEDIATE;
import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.reason;
import static dev.mtlsoperator.harness.Scene.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.OpensslCa;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.SecretTls;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.ca.ImportSecret;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Imports of existing CAs: files from openssl, or a Secret from cert-manager. */
@Timeout(120)
final class ImportIT {
  private static final String ROOT = "/C=DE/O=Example/CN=root";
  private static final Duration QUIET = Duration.ofSeconds(2);

  private final Scene scene = Scene.begin("import");
  @TempDir private Path folder;
  private OpensslCa files;

  @BeforeEach
  void make() {
    files = new OpensslCa(folder);
    files.key("root", "prime256v1").root("root", ROOT, CA);
  }

  @Test
  void shouldSignWithARootAndGoOnWhenTheInputIsGone() throws IOException {
    // when
    scene.apply(input("root"), imported(), serverCert("web"));
    scene.readyServer("web");
    RootCA root = scene.readyRootCA("root");

    // then
    assertVerifies(scene.secret("web"));
    assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(canonical("root"));
    assertThat(scene.configMap("root-trust").getData().get("ca.crt")).isEqualTo(canonical("root"));
    Secret generation = scene.secret("root-ca-1");
    assertThat(generation.getImmutable()).isTrue();
    assertThat(text(generation, "tls.crt")).isEqualTo(canonical("root"));
    assertThat(root.getStatus().generations())
        .singleElement()
        .satisfies(g -> assertThat(g.fingerprint()).isEqualTo(fingerprint("root").text()));

    // when
    scene.deleteSecret("input");

    // then
    eventually(() -> assertThat(blocked()).contains("InputNotAvailable"));
    assertThat(scene.readyRootCA("root")).isNotNull();
    assertThat(condition(scene.caStatus("root").conditions(), "RenewalBlocked"))
        .hasValueSatisfying(
            c ->
                assertThat(c.message())
                    .contains("a Secret 'input' with tls.crt and tls.key and the label")
                    .contains("Generation 1 stays in service until"));
    scene.apply(serverCert("second"));
    scene.readyServer("second");
    assertThat(scene.secret("root-ca-1").getMetadata().getUid())
        .isEqualTo(generation.getMetadata().getUid());
    assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
  }

  @Test
  void shouldSignWithAnIntermediateAndSendItsChain() throws Exception {
    // given
    files.key("middle", "secp384r1").signed("middle", "/CN=middle", "root", CA);
    files.key("issuing", "prime256v1").signed("issuing", "/CN=issuing", "middle", INTERMEDIATE);
    files.key("second", "prime256v1").signed("second", "/CN=second", "middle", INTERMEDIATE);

    // when: in the wrong order, the root elsewhere
    scene.apply(
        secret(
            "input",
            files.certificates("middle", "issuing"),
            files.text("issuing.key"),
            files.certificates("root")),
        imported(),
        serverCert("web"),
        clientCert("partner"));
    scene.readyServer("web");
    scene.readyClient("partner");

    // then
    Secret web = scene.secret("web");
    assertThat(text(web, "tls.crt")).endsWith(canonical("issuing", "middle"));
    assertThat(text(web, "ca.crt")).isEqualTo(canonical("root"));
    assertThat(text(scene.secret("root-ca-1"), "ca.crt")).isEqualTo(canonical("root"));
    assertVerifies(web);
    SecretTls.shake(web, scene.secret("partner"), "web.example.org");
    assertKeystoreHasChain(scene.secret("partner"), 3);

    // when: the same key certified again, under the same root: no verifier needs new trust
    files.signed("issuing", "/CN=issuing", "middle", INTERMEDIATE);
    replace(files.certificates("issuing", "middle"), files.text("issuing.key"));

    // then
    eventually(() -> assertThat(signing().generation()).isEqualTo(2));
    assertThat(scene.configMap("root-trust").getData().get("ca.crt")).isEqualTo(canonical("root"));
    assertThat(scene.secret("web")).isEqualTo(web);
    renew("web");
    assertThat(text(scene.secret("web"), "tls.crt")).endsWith(canonical("issuing", "middle"));
    SecretTls.shake(scene.secret("web"), scene.secret("partner"), "web.example.org");

    // when: another intermediate under that root
    replace(files.certificates("second", "middle"), files.text("second.key"));

    // then
    eventually(() -> assertThat(signing().generation()).isEqualTo(3));
    renew("web");
    assertThat(text(scene.secret("web"), "tls.crt")).endsWith(canonical("second", "middle"));
    assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(canonical("root"));
    assertVerifies(scene.secret("web"));
    SecretTls.shake(scene.secret("web"), scene.secret("partner"), "web.example.org");
  }

  @Test
  void shouldTakeAReissuedRootWithoutAnybodyNoticing() throws Exception {
    // given
    scene.apply(input("root"), imported(), serverCert("web"), clientCert("partner"));
    scene.readyServer("web");
    scene.readyClient("partner");
    Secret old = scene.secret("partner");
    files.rootOf("again", "root", ROOT, CA);

    // when
    replace(files.certificates("again"), files.text("root.key"));

    // then: it signs, and verifiers that know only the old one accept its certificates
    eventually(() -> assertThat(signing().generation()).isEqualTo(2));
    eventually(
        () ->
            assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(canonical("root", "again")));
    renew("web");
    Secret web = scene.secret("web");
    SecretTls.shake(web, old, "web.example.org");
    write("old.crt", text(old, "ca.crt"));
    write("new.crt", canonical("again"));
    write("web.crt", text(web, "tls.crt"));
    write("partner.crt", text(old, "tls.crt"));
    openssl("verify", "-x509_strict", "-CAfile", "old.crt", "web.crt");
    openssl("verify", "-x509_strict", "-CAfile", "new.crt", "partner.crt");
    certtool("old.crt", "web.crt");
    certtool("new.crt", "partner.crt");
  }

  @Test
  void shouldRotateToAnotherCaWithoutAFailedHandshake() throws Exception {
    // given
    scene.apply(
        input("root"),
        imported().with("spec.rotation", Map.of("overlap", "2s", "reissue", "Immediately")),
        serverCert("web"),
        clientCert("partner"));
    scene.readyRootCA("root");
    scene.readyServer("web");
    scene.readyClient("partner");
    files.rsa("other", 2048).root("other", "/CN=other", CA);

    // when
    replace(files.certificates("other"), files.text("other.key"));

    // then
    Instant end = Instant.now().plusSeconds(60);
    int handshakes = 0;
    while (!isSettledOn(2) && Instant.now().isBefore(end)) {
      Secret web = scene.secret("web");
      Secret partner = scene.secret("partner");
      SecretTls.shake(web, partner, "web.example.org");
      assertThat(scene.caStatus("root").conditions())
          .extracting(Condition::type)
          .containsExactly("Ready");
      handshakes++;
    }
    assertThat(isSettledOn(2)).isTrue();
    assertThat(handshakes).isGreaterThan(10);
    eventually(() -> assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(canonical("other")));
    assertThat(scene.find(Secret.class, "root-ca-1")).isEmpty();
    // and it would have failed with trust of one CA alone
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () ->
                SecretTls.shake(
                    scene.secret("web"),
                    scene
                        .secret("partner")
                        .edit()
                        .addToData("ca.crt", base64(canonical("root")))
                        .build(),
                    "web.example.org"))
        .isInstanceOf(SSLException.class);
  }

  @Test
  void shouldTakeOverAFolderOfOpensslFiles() throws IOException {
    // given: as the hand-made procedure leaves them
    files.rsa("seed", 2048).root("seed", "/C=CN/ST=Zhejiang/O=Example/CN=seed", List.of());
    files.rsa("client", 2048).signed("client", "/CN=client 1", "seed", List.of());
    scene
        .kubectl(
            "create",
            "secret",
            "generic",
            "input",
            "--from-file=tls.crt=" + folder.resolve("seed.crt"),
            "--from-file=tls.key=" + folder.resolve("seed.key"))
        .orThrow();
    scene.kubectl("label", "secret", "input", "mtls-operator.dev/input=true").orThrow();

    // when
    scene.apply(imported(), serverCert("web"));

    // then
    eventually(
        () ->
            assertThat(
                    scene
                        .kubectl(
                            "get",
                            "rca",
                            "root",
                            "-o",
                            "jsonpath={range .status.conditions[*]}{.type}={.status} {.reason}: {.message}{'\\n'}{end}")
                        .orThrow())
                .contains("Ready=False InvalidInput: Secret 'input' cannot be imported:")
                .contains("Stalled=True InvalidInput")
                .contains("it is of X.509 version 1 without any extension")
                .contains(
                    "openssl x509 -in tls.crt -signkey tls.key -sha256 -days 3650 -extfile ca.ext -out new.crt"));
    assertThat(scene.kubectl("describe", "rca", "root").stdout()).contains("InvalidInput");

    // when: following the message
    Files.write(folder.resolve("ca.ext"), CA);
    files.run(
        "x509",
        "-in",
        "seed.crt",
        "-signkey",
        "seed.key",
        "-sha256",
        "-days",
        "3650",
        "-extfile",
        "ca.ext",
        "-out",
        "new.crt");
    replace(files.certificates("new"), files.text("seed.key"));

    // then: certificates signed by hand are accepted with the operator's trust bundle, and vice
    // versa
    scene.readyServer("web");
    write("bundle.crt", text(scene.secret("web"), "ca.crt"));
    write("web.crt", text(scene.secret("web"), "tls.crt"));
    openssl("verify", "-CAfile", "bundle.crt", "client.crt");
    openssl("verify", "-CAfile", "new.crt", "web.crt");
    assertVerifies(scene.secret("web"));
  }

  @Test
  void shouldTakeOverACaOfCertManager() throws IOException {
    // given: an intermediate as its Certificate with isCA makes it
    files.key("issuing", "prime256v1").signed("issuing", "/CN=cluster ca", "root", INTERMEDIATE);
    scene.apply(
        secret(
                "ca-key-pair",
                files.certificates("issuing"),
                files.text("issuing.key"),
                files.certificates("root"))
            .with("type", "kubernetes.io/tls")
            .annotation("cert-manager.io/issuer-name", "selfsigned")
            .label("controller.cert-manager.io/fao", "true"));

    // when
    scene.apply(imported().with("spec.import.secretName", "ca-key-pair"), serverCert("web"));

    // then
    scene.readyServer("web");
    assertVerifies(scene.secret("web"));
  }

  @Test
  void shouldIssueNothingThatItsNameConstraintsForbid() throws IOException {
    // given
    List<String> narrow = new java.util.ArrayList<>(INTERMEDIATE);
    narrow.add("nameConstraints=critical,permitted;DNS:example.com");
    files.key("narrow", "prime256v1").signed("narrow", "/CN=narrow", "root", narrow);

    // when
    scene.apply(
        secret(
            "input",
            files.certificates("narrow"),
            files.text("narrow.key"),
            files.certificates("root")),
        imported(),
        serverCert("web"),
        serverCert("shop").with("spec.dnsNames", List.of("shop.example.com")));

    // then
    scene.readyServer("shop");
    assertVerifies(scene.secret("shop"));
    eventually(
        () ->
            assertThat(scene.kubectl("describe", "scert", "web").stdout())
                .contains("name constraints do not allow 'web.example.org'"));
    assertThat(scene.find(Secret.class, "web")).isEmpty();
  }

  @Test
  void shouldRefuseNewContentAndKeepWhatIsInService() {
    // given
    scene.apply(input("root"), imported(), serverCert("web"));
    scene.readyServer("web");
    Secret web = scene.secret("web");
    files
        .key("other", "prime256v1")
        .rootOf("no-ca", "root", "/CN=x", List.of("basicConstraints=CA:FALSE"));

    Map<String, List<String>> refusals =
        Map.of(
            "'CN=x' is not a CA's certificate", List.of(files.certificates("no-ca"), "root"),
            "tls.key does not belong to", List.of(files.certificates("root"), "other"),
            "tls.crt: there is no certificate", List.of("nothing", "root"));
    refusals.forEach(
        (message, content) -> {
          // when
          replace(content.get(0), files.text(content.get(1) + ".key"));

          // then
          eventually(
              () -> {
                KubectlResult seen =
                    scene.kubectl(
                        "get",
                        "rca",
                        "root",
                        "-o",
                        "jsonpath={.status.conditions[?(@.type=='RenewalBlocked')].message}");
                assertThat(seen.stdout())
                    .contains("Secret 'input' cannot be imported", message)
                    .contains("Generation 1 stays in service until")
                    .doesNotContain("PRIVATE KEY");
              });
          assertThat(blocked()).contains("InvalidInput");
        });
    scene.readyRootCA("root");
    assertThat(scene.secret("web")).isEqualTo(web);
    assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
    eventually(
        () ->
            assertThat(scene.events(scene.rootCA("root")))
                .anySatisfy(e -> assertThat(e.getReason()).isEqualTo("InvalidInput")));

    // when: the same content again, encoded differently
    replace("# a comment\n" + files.certificates("root"), files.text("root.key"));

    // then
    eventually(() -> assertThat(blocked()).isEmpty());
    assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
  }

  @Test
  void shouldSayWhoRefusesACaAndTakeNoNamesakeOfIt() {
    // given: a CA without subjectKeyIdentifier
    List<String> bare =
        List.of(CA.get(0), CA.get(1), "subjectKeyIdentifier=none", "authorityKeyIdentifier=none");
    files.key("bare", "prime256v1").root("bare", ROOT, bare);

    // when
    scene.apply(input("bare"), imported(), serverCert("web"));
    RootCA root = scene.readyRootCA("root");
    scene.readyServer("web");

    // then: it works, and its status and one Event say who refuses it
    assertThat(root.getStatus().conditions())
        .extracting(Condition::type)
        .containsExactly("Ready", "Advisory");
    assertThat(reason(root.getStatus().conditions(), "Advisory"))
        .isEqualTo("CaWithoutSubjectKeyIdentifier");
    assertThat(scene.caMessage("root", "Advisory"))
        .startsWith("ca-without-subject-key-identifier: ")
        .contains("Python 3.13", "error 86", "openssl x509");
    assertThat(scene.server("web").getStatus().conditions())
        .extracting(Condition::type)
        .containsExactly("Ready");
    eventually(() -> assertThat(advised(root)).hasSize(1));

    // when: its successor has the same name
    replace(files.certificates("root"), files.text("root.key"));

    // then: it is refused, and what is in service goes on
    eventually(() -> assertThat(blocked()).contains("InvalidInput"));
    assertThat(scene.caMessage("root", "RenewalBlocked"))
        .contains("same subject", "no subjectKeyIdentifier", "Give the new CA another subject");
    always(
        QUIET,
        () -> {
          assertThat(scene.find(Secret.class, "root-ca-2")).isEmpty();
          assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(canonical("bare"));
        });
    assertThat(scene.readyRootCA("root")).isNotNull();
    renew("web");
    assertThat(advised(root)).hasSize(1);

    // when: the advice is accepted, and one that nobody gives
    String accept = "mtls-operator.dev/accept-advice=ca-without-subject-key-identifier";
    scene.kubectl("annotate", "rca/root", accept + ",typo").orThrow();

    // then
    eventually(
        () ->
            assertThat(scene.caMessage("root", "Advisory"))
                .startsWith("unknown-advice: ")
                .contains("'typo'"));
    scene.kubectl("annotate", "rca/root", "--overwrite", accept).orThrow();
    eventually(
        () -> assertThat(condition(scene.caStatus("root").conditions(), "Advisory")).isEmpty());
    scene.kubectl("annotate", "rca/root", "mtls-operator.dev/accept-advice-").orThrow();
    eventually(() -> assertThat(advised(root)).hasSize(2));
  }

  private List<String> advised(RootCA root) {
    return scene.events(root).stream()
        .filter(event -> event.getReason().equals("CaWithoutSubjectKeyIdentifier"))
        .map(event -> event.getType() + " " + event.getMessage())
        .toList();
  }

  @Test
  void shouldNotReadWhatItsAuthorDidNotMeanForIt() {
    // given: a tenant with all rights on Secrets and RootCAs here
    scene
        .kubectl(
            "create", "role", "tenant", "--verb=*", "--resource=secrets,rootcas.mtls-operator.dev")
        .orThrow();
    scene.kubectl("create", "rolebinding", "tenant", "--role=tenant", "--user=tenant").orThrow();
    scene.apply(rootCA("others"), serverCert("web").with("spec.rootCARef.name", "others"));
    scene.readyServer("web");
    // the identical content would be accepted
    scene.apply(
        secret("without-label", files.certificates("root"), files.text("root.key"))
            .without("metadata.labels"),
        secret("label-false", files.certificates("root"), files.text("root.key"))
            .label("mtls-operator.dev/input", "false"),
        secret("token", files.certificates("root"), files.text("root.key"))
            .with("type", "bootstrap.kubernetes.io/token"),
        secret("like-ours", files.certificates("root"), files.text("root.key"))
            .with("type", "mtls-operator.dev/ca"));
    scene
        .kubectl(
            "label", "secret", "others-ca-1", "web", "mtls-operator.dev/input=true", "--as=tenant")
        .orThrow();
    List<String> attempts =
        List.of("absent", "without-label", "label-false", "token", "like-ours", "web");

    // when
    attempts.forEach(
        name -> {
          String yaml =
              rootCA("of-" + name)
                  .without("spec.commonName")
                  .with("spec.import.secretName", name)
                  .yaml();
          scene.applyAs("tenant", yaml).orThrow();
        });
    KubectlResult generation =
        scene.applyAs(
            "tenant",
            rootCA("thief")
                .without("spec.commonName")
                .with("spec.import.secretName", "others-ca-1")
                .yaml());

    // then: always the same message
    assertThat(generation.exitCode()).isNotZero();
    assertThat(generation.stderr()).contains("is a name for the key of a CA");
    eventually(
        () ->
            assertThat(attempts)
                .extracting(
                    name -> {
                      RootCA ca = scene.rootCA("of-" + name);
                      return ca.getStatus() == null
                          ? ""
                          : condition(ca.getStatus().conditions(), "Stalled")
                              .map(c -> c.reason() + ": " + c.message().replace(name, "?"))
                              .orElse("");
                    })
                .containsOnly("InputNotAvailable: " + ImportSecret.notAvailable("?").message()));
    always(
        QUIET,
        () ->
            assertThat(scene.secrets())
                .extracting(s -> s.getMetadata().getName())
                .noneMatch(name -> name.matches("of-.*-ca-1")));
  }

  @Test
  void shouldTrustNoRootThatIsPutBesideASealedGeneration() {
    // given
    files.key("issuing", "prime256v1").signed("issuing", "/CN=issuing", "root", INTERMEDIATE);
    files.rootOf("root-again", "root", ROOT, CA);
    scene.apply(
        secret(
            "input",
            files.certificates("issuing"),
            files.text("issuing.key"),
            files.certificates("root")),
        imported(),
        serverCert("web"));
    scene.readyServer("web");
    scene.readyRootCA("root");
    Secret sealed = scene.secret("root-ca-1");
    String bundle = scene.configMap("root-trust").getData().get("ca.crt");

    // when: even one that really signed it
    scene.deleteSecret("root-ca-1");
    Secret changed =
        sealed
            .edit()
            .editMetadata()
            .withResourceVersion(null)
            .withUid(null)
            .endMetadata()
            .addToData("ca.crt", base64(files.certificates("root-again")))
            .build();
    scene.create(changed);

    // then
    eventually(
        () ->
            assertThat(reason(scene.caStatus("root").conditions(), "Stalled"))
                .isEqualTo("CAKeyMissing"));
    assertThat(scene.configMap("root-trust").getData().get("ca.crt")).isEqualTo(bundle);
    assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(bundle);

    // when: restored
    scene.deleteSecret("root-ca-1");
    scene.create(
        sealed.edit().editMetadata().withResourceVersion(null).withUid(null).endMetadata().build());

    // then
    scene.readyRootCA("root");
  }

  @Test
  void shouldDistrustTheOnlyOneAndSignWithAnotherAsSoonAsItIsThere() {
    // given
    scene.apply(input("root"), imported(), serverCert("web"));
    ServerCert web = scene.readyServer("web");
    Secret before = scene.secret("web");
    files.key("other", "prime256v1").root("other", "/CN=other", CA);

    // when
    scene
        .kubectl(
            "annotate", "rca", "root", "mtls-operator.dev/distrust=" + fingerprint("root").text())
        .orThrow();

    // then
    eventually(
        () ->
            assertThat(scene.configMap("root-trust").getData().get("ca.crt"))
                .doesNotContain("CERTIFICATE"));
    eventually(
        () ->
            assertThat(condition(scene.caStatus("root").conditions(), "Stalled"))
                .hasValueSatisfying(
                    c -> {
                      assertThat(c.reason()).isEqualTo("Distrusted");
                      assertThat(c.message()).contains("Another CA in the Secret");
                    }));
    eventually(
        () ->
            assertThat(reason(scene.server("web").getStatus().conditions(), "RenewalBlocked"))
                .isEqualTo("CANotAvailable"));
    // no certificate is trusted any more, while certificate and key stay
    eventually(() -> assertThat(text(scene.secret("web"), "ca.crt")).doesNotContain("CERTIFICATE"));
    assertThat(text(scene.secret("web"), "tls.crt")).isEqualTo(text(before, "tls.crt"));
    assertThat(text(scene.secret("web"), "tls.key")).isEqualTo(text(before, "tls.key"));

    // when
    replace(files.certificates("other"), files.text("other.key"));

    // then
    scene.reissued(web);
    assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(canonical("other"));
    eventually(() -> assertThat(signing().generation()).isEqualTo(2));
    eventually(
        () ->
            assertThat(scene.configMap("root-trust").getData().get("ca.crt"))
                .isEqualTo(canonical("other")));
  }

  @Test
  void shouldRotateFromAMadeCaToAnImportedOneAndBack() {
    // given
    Map<String, String> rotation = Map.of("overlap", "1s", "reissue", "Immediately");
    scene.apply(rootCA("root").with("spec.rotation", rotation), serverCert("web"));
    scene.readyServer("web");

    // when
    scene.apply(
        input("root"), imported().with("spec.commonName", null).with("spec.rotation", rotation));

    // then
    eventually(() -> assertThat(signing().fingerprint()).isEqualTo(fingerprint("root").text()));
    scene.readyRootCA("root");
    eventually(() -> assertThat(text(scene.secret("web"), "ca.crt")).isEqualTo(canonical("root")));

    // when
    scene.apply(rootCA("root").with("spec.import", null).with("spec.rotation", rotation));

    // then
    eventually(() -> assertThat(signing().generation()).isEqualTo(3));
    scene.readyRootCA("root");
    eventually(
        () -> assertThat(text(scene.secret("web"), "ca.crt")).doesNotContain(canonical("root")));
  }

  // ---- what is written

  private Manifest input(String name) {
    return secret("input", files.certificates(name), files.text(name + ".key"));
  }

  private static Manifest secret(String name, String certificates, String key) {
    return Manifest.password(name, "")
        .with("stringData", Map.of("tls.crt", certificates, "tls.key", key));
  }

  private static Manifest secret(String name, String certificates, String key, String root) {
    return Manifest.password(name, "")
        .with("stringData", Map.of("tls.crt", certificates, "tls.key", key, "ca.crt", root));
  }

  private static Manifest imported() {
    return rootCA("root").without("spec.commonName").with("spec.import.secretName", "input");
  }

  private void replace(String certificates, String key) {
    scene.editSecret(
        "input",
        found ->
            found
                .edit()
                .addToData("tls.crt", base64(certificates))
                .addToData("tls.key", base64(key))
                .build());
  }

  private void renew(String name) {
    ServerCert before = scene.server(name);
    scene
        .kubectl(
            "annotate",
            "--overwrite",
            "scert",
            name,
            "mtls-operator.dev/renew=" + before.getStatus().serialNumber())
        .orThrow();
    scene.reissued(before);
  }

  // ---- what is there

  private Generation signing() {
    List<Generation> signing =
        scene.caStatus("root").generations().stream()
            .filter(g -> g.state() == GenerationState.Signing)
            .toList();
    assertThat(signing).as("generations that sign").hasSize(1);
    return signing.get(0);
  }

  private boolean isSettledOn(int generation) {
    RootCAStatus ca = scene.caStatus("root");
    return ca.rotation() != null
        && ca.rotation().phase() == RotationPhase.Stable
        && ca.generations().stream()
            .map(Generation::generation)
            .toList()
            .equals(List.of(generation));
  }

  private Set<String> blocked() {
    String reason = reason(scene.caStatus("root").conditions(), "RenewalBlocked");
    return reason == null ? Set.of() : Set.of(reason);
  }

  private Fingerprint fingerprint(String name) {
    return Fingerprint.of(Pem.readCertificates(files.certificates(name)).get(0));
  }

  private String canonical(String... names) {
    return Pem.write(Pem.readCertificates(files.certificates(names)));
  }

  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  // ---- who verifies it

  private void assertVerifies(Secret leaf) throws IOException {
    write("leaf.crt", text(leaf, "tls.crt"));
    write("trust.crt", text(leaf, "ca.crt"));
    openssl(
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        "trust.crt",
        "-untrusted",
        "leaf.crt",
        "leaf.crt");
    certtool("trust.crt", "leaf.crt");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private void openssl(String... arguments) {
    files.run(arguments);
  }

  private void certtool(String trust, String chain) {
    Consumer.require("certtool", "apt-get install gnutls-bin")
        .run(folder, "--verify", "--load-ca-certificate", trust, "--infile", chain)
        .orThrow();
  }

  private static void assertKeystoreHasChain(Secret secret, int length)
      throws GeneralSecurityException, IOException {
    java.security.KeyStore store = java.security.KeyStore.getInstance("PKCS12");
    store.load(
        new java.io.ByteArrayInputStream(Scene.bytes(secret, "keystore.p12")),
        text(secret, "keystore.password").toCharArray());
    assertThat(store.getCertificateChain("partner")).hasSize(length);
  }
}
