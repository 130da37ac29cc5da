package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.serial;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.ChartRoles;
import dev.mtlsoperator.harness.Eventually.Claim;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A tenant with the role {@code edit} in the namespace of a RootCA writes whatever it likes where
 * CRLs lie: nothing that was revoked is let in again, and nothing else is revoked.
 */
@Timeout(120)
final class NoDeputyRevocationIT {
  private static final String TENANT = "mallory";

  /** Shorter than the pause that follows several changes of one object. */
  private static final Duration SECONDS = Duration.ofSeconds(20);

  /** More than after which who deletes a leaf is told what it waits for. */
  private static final Duration LONG = Duration.ofSeconds(40);

  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final String COPY = "gateway-clients";
  private static final String TRUST = "root-trust";
  private static final String RECORD = "root-crl";
  private static final String GARBAGE =
      "-----BEGIN X509 CRL-----\nbm90IGEgQ1JM\n-----END X509 CRL-----\n";

  private static EmbeddedCluster cluster;
  private static @Nullable RunningOperator operator;

  private final Scene scene = Scene.in(cluster, "revoking");
  @TempDir private Path folder;

  @BeforeAll
  static void begin() throws IOException {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    ChartRoles.install(cluster);
    operator = RunningOperator.start(cluster, Clock.systemUTC());
  }

  @AfterAll
  static void end() {
    stopOperator();
    cluster.close();
  }

  @BeforeEach
  void bind() {
    scene
        .kubectl("create", "rolebinding", TENANT, "--clusterrole=edit", "--user=" + TENANT)
        .orThrow();
    eventually(
        () ->
            assertThat(
                    scene
                        .kubectl("auth", "can-i", "patch", "clientcerts.mtls-operator.dev", as())
                        .stdout())
                .startsWith("yes"));
  }

  /** What a tenant may write instead of a CRL. */
  enum Forgery {
    /** Of another CA with the same name; it lists a certificate that nobody revoked. */
    OF_ANOTHER_CA,
    /** Genuine, from before the revocation. */
    OLDER,
    OLDER_AND_OF_ANOTHER_CA,
    GARBAGE,
    EMPTY,
    REMOVED
  }

  /** Three of each object: after more, the operator pauses. */
  static Stream<List<Forgery>> forgeries() {
    return Stream.of(
        List.of(Forgery.OF_ANOTHER_CA, Forgery.OLDER, Forgery.GARBAGE),
        List.of(Forgery.OLDER_AND_OF_ANOTHER_CA, Forgery.EMPTY, Forgery.REMOVED));
  }

  @ParameterizedTest
  @MethodSource("forgeries")
  void shouldPutBackWhatIsReplaced(List<Forgery> forgeries) {
    // given
    scene.apply(root("root"), client("jane"), client("john"));
    Stream.of("jane", "john").forEach(scene::readyClient);
    eventually(() -> assertThat(crl(TRUST)).contains("X509 CRL"));
    String older = crl(TRUST);
    String foreign = ofAnotherCa(serial(scene.secret("john")));
    String revoked = revoke("jane");
    String before = crl(TRUST);

    for (Forgery forgery : forgeries) {
      // when
      @Nullable String text =
          switch (forgery) {
            case OF_ANOTHER_CA -> foreign;
            case OLDER -> older;
            case OLDER_AND_OF_ANOTHER_CA -> older + foreign;
            case GARBAGE -> GARBAGE;
            case EMPTY -> "";
            case REMOVED -> null;
          };
      replace("configmap", TRUST, text);
      replace("secret", COPY, text);

      // then
      eventually(
          SECONDS,
          () -> {
            assertThat(crl(TRUST)).as("after %s", forgery).isEqualTo(before);
            assertThat(copy()).as("after %s", forgery).isEqualTo(before);
          });
    }
    always(
        QUIET,
        () -> {
          assertThat(serials(crl(TRUST))).containsExactly(revoked);
          assertThat(serials(copy())).containsExactly(revoked);
        });
    assertThat(scene.caStatus("root").crl().revoked()).isEqualTo(1);
    scene.readyClient("john");
  }

  @Test
  void shouldTakeNothingFromASecretThatWasThereBefore() {
    // given
    scene.apply(root("other"), client("john").with("spec.rootCARef.name", "other"));
    scene.readyClient("john");
    byte[] foreign = crls(ofAnotherCa(serial(scene.secret("john")))).get(0).der();
    List<String> kinds = List.of("unknown", "ours", "immutable");
    for (String kind : kinds) {
      scene.applyAs(TENANT, Serialization.asYaml(planted(kind, foreign))).orThrow();
    }

    // when
    kinds.forEach(
        kind -> scene.apply(root(kind), client("of-" + kind).with("spec.rootCARef.name", kind)));
    kinds.forEach(kind -> scene.readyClient("of-" + kind));
    kinds.forEach(
        kind ->
            scene.apply(
                client("of-" + kind)
                    .with("spec.rootCARef.name", kind)
                    .with("spec.revoked.reason", "KeyCompromise")));
    Map<String, String> revoked = new HashMap<>();
    kinds.forEach(
        kind -> {
          scene.readyClient("of-" + kind);
          revoked.put(
              kind, scene.client("of-" + kind).getStatus().certificates().get(0).serialNumber());
        });

    // then
    Claim exactly =
        () ->
            revoked.forEach(
                (kind, serial) ->
                    assertThat(serials(crl(kind + "-trust"))).as(kind).containsExactly(serial));
    always(QUIET, exactly);
    assertThat(recorded("ours")).containsExactly(revoked.get("ours"));
    for (String refused : List.of("unknown", "immutable")) {
      assertThat(scene.caMessage(refused, "RevocationIncomplete")).contains(refused + "-crl");
    }

    // when there is no record to remember them
    restart(() -> {});

    // then
    kinds.forEach(scene::readyRootCA);
    always(QUIET, exactly);
  }

  @Test
  void shouldLetNothingGoThatAStartWouldForget() {
    // given a record that cannot be written, and trust bundles that get no CRL
    scene.apply(root("other"));
    scene.readyRootCA("other");
    scene.applyAs(TENANT, Serialization.asYaml(planted("unknown", new byte[1]))).orThrow();
    String foreign = scene.configMap("other-trust").getData().get("ca.crt");
    scene.apply(
        root("unknown")
            .with("spec.revocation", Map.of("revokeOnDelete", true))
            .with("spec.additionalTrust", List.of(Map.of("pem", foreign))),
        client("jane").with("spec.rootCARef.name", "unknown"));
    String issued = scene.readyClient("jane").getStatus().serialNumber();

    // when
    scene.kubectl("delete", "clientcert", "jane", "--wait=false").orThrow();

    // then
    eventually(() -> assertThat(scene.caStatus("unknown").crl().revoked()).isEqualTo(1));
    always(
        QUIET.multipliedBy(3), () -> assertThat(scene.find(ClientCert.class, "jane")).isPresent());
    assertThat(crl("unknown-trust")).isEmpty();

    // when it has waited for long, by a clock that is ahead
    ClientCert jane = scene.client("jane");
    stopOperator();
    operator = RunningOperator.start(cluster, Clock.offset(Clock.systemUTC(), LONG));

    // then
    eventually(
        () ->
            assertThat(scene.events(jane))
                .anySatisfy(
                    event -> {
                      assertThat(event.getReason()).isEqualTo("RevocationPending");
                      assertThat(event.getMessage())
                          .contains(
                              "RootCA '" + scene.namespace() + "/unknown'",
                              "revokeOnDelete: false");
                    }));
    assertThat(scene.find(ClientCert.class, "jane")).isPresent();

    // when
    restart(() -> kubectl("delete", "secret", "unknown-crl"));

    // then
    eventually(() -> assertThat(scene.find(ClientCert.class, "jane")).isEmpty());
    assertThat(recorded("unknown")).containsExactly(issued);
  }

  /** What looks like the record of a RootCA, more or less. */
  private static Secret planted(String rootCA, byte[] crl) {
    boolean unknown = rootCA.equals("unknown");
    return new SecretBuilder()
        .withNewMetadata()
        .withName(rootCA + "-crl")
        .withLabels(
            unknown
                ? Map.of()
                : Map.of(
                    "app.kubernetes.io/managed-by", "mtls-operator",
                    "mtls-operator.dev/kind", "RootCA",
                    "mtls-operator.dev/root-ca", rootCA))
        .endMetadata()
        .withType(unknown ? "Opaque" : "mtls-operator.dev/crl")
        .withImmutable(rootCA.equals("immutable") ? true : null)
        .withData(
            Map.of(
                "1.crl",
                Base64.getEncoder().encodeToString(crl),
                "ends",
                base64("1 0A1B2C 2099-01-01T00:00:00Z\n")))
        .build();
  }

  @Test
  void shouldKeepWhatIsRevokedWhateverBecomesOfTheRecord() {
    // given
    scene.apply(root("root"), client("jane"), client("john"));
    Stream.of("jane", "john").forEach(scene::readyClient);
    eventually(() -> assertThat(scene.find(Secret.class, RECORD)).isPresent());
    Secret older = scene.secret(RECORD);
    older.getMetadata().setResourceVersion(null);
    older.getMetadata().setUid(null);
    older.getMetadata().setManagedFields(null);
    String olderCrl = crl(TRUST);
    String revoked = revoke("jane");
    eventually(() -> assertThat(recorded("root")).containsExactly(revoked));

    // when it is replaced, spoiled, deleted
    for (Runnable attack :
        List.<Runnable>of(
            () -> replaceRecord(older),
            () ->
                patch(
                    "secret",
                    RECORD,
                    Map.of("data", Map.of("1.crl", base64("no CRL"), "ends", base64("no end")))),
            () -> kubectl("delete", "secret", RECORD))) {
      attack.run();

      // then
      eventually(SECONDS, () -> assertThat(recorded("root")).containsExactly(revoked));
      assertThat(serials(crl(TRUST))).containsExactly(revoked);
    }

    // when all that there is becomes older while no operator runs
    BigInteger number = new BigInteger(scene.caStatus("root").crl().number());
    restart(
        () -> {
          replaceRecord(older);
          replace("configmap", TRUST, olderCrl);
          replace("secret", COPY, olderCrl);
        });

    // then
    eventually(
        SECONDS,
        () -> {
          assertThat(serials(crl(TRUST))).containsExactly(revoked);
          assertThat(serials(copy())).containsExactly(revoked);
          assertThat(recorded("root")).containsExactly(revoked);
          assertThat(crls(crl(TRUST)).get(0).number().orElseThrow()).isGreaterThan(number);
        });
    scene.readyClient("john");
    eventually(
        () ->
            assertThat(scene.events(scene.rootCA("root")))
                .as("it is told")
                .anySatisfy(
                    event -> {
                      assertThat(event.getReason()).isEqualTo("RevocationIncomplete");
                      assertThat(event.getMessage()).contains("CRLs up to number " + number);
                    }));

    // when nobody asks for it any more, and only a copy out of reach knows
    Scene gateway = copiedToAnotherNamespace();
    eventually(() -> assertThat(serials(copy(gateway))).containsExactly(revoked));
    scene.apply(client("jane"));
    scene.readyClient("jane");
    restart(
        () -> {
          replaceRecord(older);
          replace("configmap", TRUST, olderCrl);
          replace("secret", COPY, olderCrl);
        });

    // then
    eventually(SECONDS, () -> assertThat(serials(crl(TRUST))).containsExactly(revoked));
    assertThat(serials(copy(gateway))).containsExactly(revoked);
  }

  private Scene copiedToAnotherNamespace() {
    Scene gateway = Scene.in(cluster, "gateway");
    gateway.kubectl("label", "namespace", gateway.namespace(), "clients=" + scene.namespace());
    gateway.kubectl(
        "annotate",
        "namespace",
        gateway.namespace(),
        "mtls-operator.dev/accept-trust-from=" + scene.namespace());
    scene.apply(
        root("root")
            .with(
                "spec.trustBundles",
                List.of(
                    bundle(COPY, Map.of("from", "Same")),
                    bundle(
                        COPY + "-elsewhere",
                        Map.of(
                            "from",
                            "Selector",
                            "selector",
                            Map.of("matchLabels", Map.of("clients", scene.namespace())))))));
    return gateway;
  }

  @Test
  void shouldRevokeNothingOfAnotherCa() {
    // given two CAs of one name
    scene.apply(
        root("root"),
        root("other").without("spec.trustBundles"),
        client("jane"),
        client("john").with("spec.rootCARef.name", "other"));
    Stream.of("jane", "john").forEach(scene::readyClient);
    eventually(
        () ->
            assertThat(Stream.of(TRUST, "other-trust").map(this::crl))
                .allSatisfy(text -> assertThat(text).contains("X509 CRL")));

    // when
    kubectl(
        "annotate", "clientcert/jane", "mtls-operator.dev/revoke=" + serial(scene.secret("john")));

    // then
    eventually(
        () ->
            assertThat(
                    condition(
                        scene.client("jane").getStatus().conditions(), "RevocationIncomplete"))
                .hasValueSatisfying(
                    told ->
                        assertThat(told.message())
                            .contains("no unexpired certificate of this resource")));
    always(
        QUIET,
        () ->
            assertThat(Stream.of(TRUST, "other-trust").map(this::crl))
                .allSatisfy(text -> assertThat(serials(text)).isEmpty()));
    Stream.of("jane", "john").forEach(scene::readyClient);

    // when it goes to the CAs themselves, then that is refused
    for (String subresource : List.of("", "status")) {
      assertThat(
              scene
                  .kubectl(
                      "patch",
                      "rootca/other",
                      "--subresource=" + subresource,
                      "--type=merge",
                      "-p",
                      "{\"spec\":{\"revocation\":null},\"status\":{\"crl\":null}}",
                      as())
                  .stderr())
          .contains("orbidden");
    }
  }

  private static Manifest root(String name) {
    return rootCA(name)
        .with("spec.commonName", "CA of a test")
        .with("spec.revocation", Map.of())
        .with(
            "spec.trustBundles",
            List.of(
                bundle(name.equals("root") ? COPY : name + "-clients", Map.of("from", "Same"))));
  }

  private static Map<String, Object> bundle(String name, Map<String, ?> namespaces) {
    return Map.of(
        "kind",
        "Secret",
        "name",
        name,
        "keys",
        Map.of("certificates", "ca.crt", "revocations", "ca.crl"),
        "namespaces",
        namespaces);
  }

  private static Manifest client(String name) {
    return clientCert(name).with("spec.keystores.pkcs12.enabled", false);
  }

  /** The CRL of a CA of the same name in another namespace, which lists a serial number. */
  private static String ofAnotherCa(String serial) {
    Scene elsewhere = Scene.in(cluster, "elsewhere");
    elsewhere.apply(
        root("root")
            .without("spec.trustBundles")
            .with(
                "spec.revocation",
                Map.of("serialNumbers", List.of(Map.of("serialNumber", serial)))));
    elsewhere.readyRootCA("root");
    eventually(
        () ->
            assertThat(serials(elsewhere.configMap(TRUST).getData().getOrDefault("ca.crl", "")))
                .containsExactly(serial));
    return elsewhere.configMap(TRUST).getData().get("ca.crl");
  }

  /** Revokes a client; returns its serial number. */
  private String revoke(String name) {
    String serial = serial(scene.secret(name));
    scene.apply(client(name).with("spec.revoked.reason", "KeyCompromise"));
    eventually(
        () -> {
          assertThat(serials(crl(TRUST))).containsExactly(serial);
          assertThat(serials(copy())).containsExactly(serial);
        });
    eventually(() -> assertThat(scene.caStatus("root").crl().revoked()).isEqualTo(1));
    return serial;
  }

  private String crl(String configMap) {
    return scene.configMap(configMap).getData().getOrDefault("ca.crl", "");
  }

  private String copy() {
    return text(scene.secret(COPY));
  }

  private static String copy(Scene elsewhere) {
    return text(elsewhere.secret(COPY + "-elsewhere"));
  }

  private static String text(Secret copy) {
    return copy.getData().containsKey("ca.crl") ? Scene.text(copy, "ca.crl") : "";
  }

  /** The serial numbers in the record. */
  private List<String> recorded(String rootCA) {
    Secret record = scene.secret(rootCA + "-crl");
    return serials(Pem.block("X509 CRL", Scene.bytes(record, "1.crl")));
  }

  /** Empty: it is not replaced yet. */
  private static List<Crl> crls(String pem) {
    try {
      return Crl.parseAll(SuppliedFile.of(pem));
    } catch (PkiException e) {
      return List.of();
    }
  }

  private static List<String> serials(String pem) {
    return crls(pem).stream()
        .flatMap(crl -> crl.entries().keySet().stream())
        .map(SerialNumber::text)
        .toList();
  }

  // what the tenant does

  private static String as() {
    return "--as=" + TENANT;
  }

  private void kubectl(String... arguments) {
    scene
        .kubectl(Stream.concat(Stream.of(arguments), Stream.of(as())).toArray(String[]::new))
        .orThrow();
  }

  private void patch(String kind, String name, Map<String, ?> merge) {
    kubectl("patch", kind, name, "--type=merge", "-p", Serialization.asJson(merge));
  }

  @Test
  void shouldHoldUpNothingThatIsDeletedWithoutTheOperator()
      throws IOException, InterruptedException {
    // given
    scene.apply(
        root("root").with("spec.revocation", Map.of("revokeOnDelete", true)), client("jane"));
    scene.readyClient("jane");
    stopOperator();
    scene.kubectl("delete", "clientcert", "jane", "--wait=false").orThrow();
    assertThat(scene.find(ClientCert.class, "jane")).isPresent();
    Path log = Files.createTempFile(folder, "run", ".log");

    // when
    String removal =
        Page.read(Path.of("docs/operations.md")).sections().get("Remove").blocks("sh").get(1);
    int exitCode = Page.run(removal, cluster, folder, List.of(), log);

    // then
    assertThat(exitCode).as(Files.readString(log)).isZero();
    assertThat(scene.find(ClientCert.class, "jane")).isEmpty();
    operator = RunningOperator.start(cluster, Clock.systemUTC());
  }

  @Test
  void shouldRevokeADeletedCertificateThatNoStatusLists() {
    // given an operator that ended between the Secret and the status
    scene.apply(
        root("root").with("spec.revocation", Map.of("revokeOnDelete", true)), client("jane"));
    String serial = scene.readyClient("jane").getStatus().serialNumber();
    restart(
        () -> {
          scene
              .kubectl(
                  "patch",
                  "clientcert",
                  "jane",
                  "--subresource=status",
                  "--type=merge",
                  "-p",
                  "{\"status\":{\"certificates\":null}}")
              .orThrow();
          // when
          scene.kubectl("delete", "clientcert", "jane", "--wait=false").orThrow();
        });

    // then
    eventually(() -> assertThat(scene.find(ClientCert.class, "jane")).isEmpty());
    assertThat(serials(crl(TRUST))).containsExactly(serial);
  }

  private void replace(String kind, String name, @Nullable String crl) {
    if (crl == null) {
      kubectl("patch", kind, name, "--type=merge", "-p", "{\"data\":{\"ca.crl\":null}}");
    } else {
      patch(
          kind,
          name,
          Map.of("data", Map.of("ca.crl", kind.equals("configmap") ? crl : base64(crl))));
    }
  }

  private void replaceRecord(Secret older) {
    kubectl("delete", "secret", RECORD, "--ignore-not-found");
    // the operator may have been faster
    eventually(
        () -> {
          if (scene.applyAs(TENANT, Serialization.asYaml(older)).exitCode() != 0) {
            kubectl("delete", "secret", RECORD, "--ignore-not-found");
            throw new AssertionError("not replaced yet");
          }
        });
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void restart(Runnable meanwhile) {
    stopOperator();
    meanwhile.run();
    operator = RunningOperator.start(cluster, Clock.systemUTC());
  }

  private static void stopOperator() {
    if (operator != null) {
      operator.close();
      operator = null;
    }
  }
}
