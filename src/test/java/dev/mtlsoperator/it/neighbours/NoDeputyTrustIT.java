package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Attempts of an administrator of one namespace, with the right to create RootCAs, to make the
 * operator write where the administrator may not.
 */
@Timeout(120)
final class NoDeputyTrustIT {
  private static final Duration BETWEEN_CHANGES = Duration.ofMillis(50);
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final String ACCEPT = "mtls-operator.dev/accept-trust-from";

  private final Scene scene = Scene.begin("tenant");
  private final KubernetesClient admin = RunningOperator.shared().cluster().client();
  private KubernetesClient tenant;

  @BeforeEach
  void becomeATenant() {
    String namespace = scene.namespace();
    admin
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("tenant")
                .endMetadata()
                .build())
        .create();
    admin
        .resource(
            new RoleBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("cas")
                .endMetadata()
                .addNewRule()
                .withApiGroups("mtls-operator.dev")
                .withResources("rootcas", "servercerts", "clientcerts")
                .withVerbs("*")
                .endRule()
                .build())
        .create();
    bind("Role", "cas");
    bind("ClusterRole", "admin");
    tenant =
        RunningOperator.shared()
            .cluster()
            .client(RunningOperator.shared().cluster().kubeconfigFor(namespace, "tenant"));
  }

  @AfterEach
  void leave() {
    tenant.close();
  }

  @Test
  void shouldNotWriteWhereNobodyAgreedNorTellWhatIsThere() {
    // given
    String victim = RunningOperator.shared().cluster().namespace("victim");

    // when
    apply("one", bundle("ConfigMap", "sneaked", victim));
    apply("two", bundle("ConfigMap", "another", "no-such-namespace"));

    // then: the same message
    eventually(() -> assertThat(trustBlocked("one")).contains("is in no other namespace"));
    eventually(
        () ->
            assertThat(trustBlocked("two"))
                .isEqualTo(trustBlocked("one").replace("sneaked", "another")));
    always(
        QUIET,
        () ->
            assertThat(admin.configMaps().inNamespace(victim).withName("sneaked").get()).isNull());

    // when: the administrator gives the consent
    assertThatThrownBy(
            () ->
                tenant
                    .namespaces()
                    .withName(victim)
                    .edit(
                        n ->
                            n.edit()
                                .editMetadata()
                                .addToAnnotations(ACCEPT, "*")
                                .endMetadata()
                                .build()))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("forbidden");
    assertThatThrownBy(
            () ->
                tenant
                    .namespaces()
                    .withName(scene.namespace())
                    .edit(
                        n ->
                            n.edit()
                                .editMetadata()
                                .addToAnnotations(
                                    "mtls-operator.dev/allow-cluster-trust-bundles", "true")
                                .endMetadata()
                                .build()))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("forbidden");
  }

  @ParameterizedTest
  @CsvSource({
    "secretType, kubernetes.io/service-account-token",
    "secretType, bootstrap.kubernetes.io/token",
    "secretType, helm.sh/release.v1",
    "secretType, mtls-operator.dev/ca"
  })
  void shouldNotMakeASecretThatSomebodyActsUpon(String field, String value) {
    assertThatThrownBy(
            () -> apply("root", Map.of("kind", "Secret", "name", "tempting", field, value)))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("act upon the Secret");
  }

  @Test
  void shouldNotHaveAReplicatorCopyIt() {
    assertThatThrownBy(
            () ->
                apply(
                    "root",
                    Map.of(
                        "kind",
                        "Secret",
                        "name",
                        "tempting",
                        "annotations",
                        Map.of("replicator.v1.mittwald.de/replicate-to", ".*"))))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("is kept for Kubernetes");
  }

  @Test
  void shouldNotTakeOverAnotherOnesObjectByItsLabels() {
    // given: a namespace that accepts bundles and has an object that looks like one
    String taker = RunningOperator.shared().cluster().namespace("taker");
    admin
        .namespaces()
        .withName(taker)
        .edit(
            n ->
                n.edit()
                    .editMetadata()
                    .addToAnnotations(ACCEPT, scene.namespace())
                    .endMetadata()
                    .build());
    ConfigMap theirs =
        admin
            .configMaps()
            .inNamespace(taker)
            .resource(
                new ConfigMapBuilder()
                    .withNewMetadata()
                    .withName("important")
                    .addToLabels("app.kubernetes.io/managed-by", "mtls-operator")
                    .addToLabels("mtls-operator.dev/kind", "TrustBundle")
                    .addToLabels("mtls-operator.dev/root-ca", "root")
                    .addToLabels("mtls-operator.dev/root-ca-namespace", scene.namespace())
                    .addToAnnotations("mtls-operator.dev/seal", "hmac-sha256:00")
                    .endMetadata()
                    .withData(Map.of("settings", "mine"))
                    .build())
            .create();

    // when
    apply("root", bundle("ConfigMap", "important", taker));

    // then
    eventually(() -> assertThat(trustBlocked("root")).contains(taker + "/important"));
    tenant.resources(RootCA.class).inNamespace(scene.namespace()).withName("root").delete();
    always(
        QUIET,
        () ->
            assertThat(admin.configMaps().inNamespace(taker).withName("important").get())
                .isEqualTo(theirs));
  }

  @Test
  void shouldNotHaveAnotherOnesRootCALookAgainAndAgain() {
    // given: a RootCA that reads its trust ConfigMap at each reconciliation, since one without
    // labels is in its place
    Scene victim = Scene.begin("victim");
    victim.create(
        new ConfigMapBuilder().withNewMetadata().withName("root-trust").endMetadata().build());
    victim.apply(Manifest.rootCA("root"));
    eventually(() -> assertThat(victim.find(Secret.class, "root-ca-1")).isPresent());
    eventually(
        () ->
            assertThat(victim.rootCA("root").getStatus())
                .asString()
                .contains("ConfigMap 'root-trust'"));
    Map<String, String> labels =
        Map.of(
            "mtls-operator.dev/kind",
            "TrustBundle",
            "mtls-operator.dev/root-ca",
            "root",
            "mtls-operator.dev/root-ca-namespace",
            victim.namespace());

    // when
    long fromElsewhere = looksWhile(() -> changeOften(tenant, scene.namespace(), labels));
    long fromBeside = looksWhile(() -> changeOften(admin, victim.namespace(), labels));

    // then
    System.out.println(
        "looks of a RootCA at changes elsewhere: " + fromElsewhere + ", beside it: " + fromBeside);
    assertThat(fromBeside).isGreaterThan(8);
    assertThat(fromElsewhere).isLessThan(fromBeside / 3);
  }

  private static void changeOften(
      KubernetesClient who, String namespace, Map<String, String> labels) {
    for (int i = 0; i < 80; i++) {
      who.configMaps()
          .inNamespace(namespace)
          .resource(
              new ConfigMapBuilder()
                  .withNewMetadata()
                  .withNamespace(namespace)
                  .withName("labelled")
                  .withLabels(labels)
                  .endMetadata()
                  .withData(Map.of("now", String.valueOf(i)))
                  .build())
          .serverSideApply();
      // changes that come while a look goes on cause one look
      Bulk.pause(BETWEEN_CHANGES);
    }
  }

  private long looksWhile(Runnable changes) {
    long before = looks();
    changes.run();
    return looks() - before;
  }

  private static long looks() {
    return RunningOperator.shared().cluster().metrics().requests().entrySet().stream()
        .filter(e -> e.getKey().verb().equals("GET"))
        .filter(e -> e.getKey().resource().equals("configmaps"))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  @Test
  void shouldNotReadASecretWhoseOwnerDidNotAgreeNorTellWhetherItIsThere() {
    // given: the key of another CA, which the tenant labels as an input
    apply("other");
    eventually(() -> assertThat(scene.find(Secret.class, "other-ca-1")).isPresent());
    apply("ready");
    scene.editSecret(
        "other-ca-1",
        s ->
            s.edit()
                .editMetadata()
                .addToLabels("mtls-operator.dev/input", "true")
                .endMetadata()
                .build());

    // when
    assertThatThrownBy(() -> applyAdditional("root", "other-ca-1"))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("is a name for the key of a CA");
    applyAdditional("root", "absent");

    // then
    eventually(() -> assertThat(stalled("root")).contains("additionalTrust cannot be read"));
  }

  private void apply(String name, Map<?, ?>... bundles) {
    tenant
        .resource(Manifest.rootCA(name).with("spec.trustBundles", List.of(bundles)).yaml())
        .inNamespace(scene.namespace())
        .serverSideApply();
  }

  private void applyAdditional(String name, String secret) {
    tenant
        .resource(
            Manifest.rootCA(name)
                .with("spec.additionalTrust", List.of(Map.of("secretRef", Map.of("name", secret))))
                .yaml())
        .inNamespace(scene.namespace())
        .serverSideApply();
  }

  private static Map<String, Object> bundle(String kind, String name, String namespace) {
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
            Map.of("matchLabels", Map.of("kubernetes.io/metadata.name", namespace))));
  }

  private String trustBlocked(String rootCA) {
    return scene.caMessage(rootCA, "TrustBlocked");
  }

  private String stalled(String rootCA) {
    return scene.caMessage(rootCA, "Stalled");
  }

  private void bind(String kind, String role) {
    admin
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withNamespace(scene.namespace())
                .withName(role)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", kind, role)
                .addNewSubject(null, "ServiceAccount", "tenant", scene.namespace())
                .build())
        .create();
  }
}
