package dev.mtlsoperator.harness;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.KubectlResult;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A namespace for one test, with the operations and queries that tests use in it. */
public final class Scene {
  private final EmbeddedCluster cluster;
  private final KubernetesClient client;
  private final String namespace;

  private Scene(EmbeddedCluster cluster, String prefix) {
    this.cluster = cluster;
    client = cluster.client();
    namespace = cluster.namespace(prefix);
  }

  /** A scene in the shared cluster, with the shared operator running. */
  public static Scene begin(String prefix) {
    return in(RunningOperator.shared().cluster(), prefix);
  }

  public static Scene in(EmbeddedCluster cluster, String prefix) {
    return new Scene(cluster, prefix);
  }

  public String namespace() {
    return namespace;
  }

  // what a user does

  public Scene apply(Manifest... manifests) {
    apply(Manifest.all(manifests));
    return this;
  }

  public void apply(String yaml) {
    cluster.kubectl().runWithInput(yaml, "apply", "-n", namespace, "-f", "-").orThrow();
  }

  KubectlResult tryApply(String yaml) {
    return cluster.kubectl().runWithInput(yaml, "apply", "-n", namespace, "-f", "-");
  }

  /** A client with only the rights granted to that user name. */
  public KubectlResult applyAs(String user, String yaml) {
    return cluster
        .kubectl()
        .runWithInput(yaml, "apply", "-n", namespace, "--as=" + user, "-f", "-");
  }

  public KubectlResult kubectl(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.add("-n");
    all.add(namespace);
    return cluster.kubectl().run(all.toArray(String[]::new));
  }

  // what is there

  public ServerCert server(String name) {
    return require(find(ServerCert.class, name), "ServerCert", name);
  }

  public ClientCert client(String name) {
    return require(find(ClientCert.class, name), "ClientCert", name);
  }

  public RootCA rootCA(String name) {
    return require(find(RootCA.class, name), "RootCA", name);
  }

  /** The status of a RootCA; fails while there is none yet. */
  public RootCAStatus caStatus(String name) {
    return status(rootCA(name));
  }

  /** Message of a condition of a RootCA; empty if it has no such condition. */
  public String caMessage(String name, String type) {
    return condition(caStatus(name).conditions(), type).map(Condition::message).orElse("");
  }

  private static RootCAStatus status(RootCA ca) {
    return require(
        Optional.ofNullable(ca.getStatus()), "status of RootCA", ca.getMetadata().getName());
  }

  public Secret secret(String name) {
    return require(find(Secret.class, name), "Secret", name);
  }

  /** Waits until it is there: a leaf can be Ready before its CA has published its trust. */
  public ConfigMap configMap(String name) {
    AtomicReference<ConfigMap> found = new AtomicReference<>();
    eventually(() -> found.set(require(find(ConfigMap.class, name), "ConfigMap", name)));
    return found.get();
  }

  public <T extends HasMetadata> Optional<T> find(Class<T> type, String name) {
    return Optional.ofNullable(client.resources(type).inNamespace(namespace).withName(name).get());
  }

  public <T extends HasMetadata> List<T> all(Class<T> type) {
    return client.resources(type).inNamespace(namespace).list().getItems();
  }

  private static <T> T require(Optional<T> found, String kind, String name) {
    assertThat(found).as("%s '%s'", kind, name).isPresent();
    return found.get();
  }

  /** Changes an object as its owner or another user would: read, edit, replace. */
  public Secret editSecret(String name, UnaryOperator<Secret> edit) {
    return client.secrets().inNamespace(namespace).withName(name).edit(edit);
  }

  public ConfigMap editConfigMap(String name, UnaryOperator<ConfigMap> edit) {
    return client.configMaps().inNamespace(namespace).withName(name).edit(edit);
  }

  public Secret create(Secret secret) {
    return client.secrets().inNamespace(namespace).resource(secret).create();
  }

  public ConfigMap create(ConfigMap map) {
    return client.configMaps().inNamespace(namespace).resource(map).create();
  }

  public void deleteSecret(String name) {
    client.secrets().inNamespace(namespace).withName(name).delete();
  }

  public List<Secret> secrets() {
    return client.secrets().inNamespace(namespace).list().getItems();
  }

  public List<Event> events(HasMetadata about) {
    return client.v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(e -> about.getMetadata().getUid().equals(e.getInvolvedObject().getUid()))
        .toList();
  }

  // what is waited for

  /** Waits until it is Ready for its current spec. */
  public ServerCert readyServer(String name) {
    eventually(() -> assertReady(server(name)));
    return server(name);
  }

  public ClientCert readyClient(String name) {
    eventually(() -> assertReady(client(name)));
    return client(name);
  }

  public RootCA readyRootCA(String name) {
    eventually(
        () -> {
          RootCA ca = rootCA(name);
          assertCondition(status(ca).conditions(), "Ready", ConditionStatus.TRUE, generation(ca));
        });
    return rootCA(name);
  }

  /** Waits until a different certificate is in service and reported. */
  public ServerCert reissued(ServerCert before) {
    String name = before.getMetadata().getName();
    eventually(
        () -> {
          ServerCert now = server(name);
          assertReady(now);
          assertThat(now.getStatus().serialNumber())
              .as("serial of %s", name)
              .isNotEqualTo(before.getStatus().serialNumber());
        });
    return server(name);
  }

  private static void assertReady(LeafCert<?> leaf) {
    assertThat(leaf.getStatus()).as("status of %s", leaf.getMetadata().getName()).isNotNull();
    assertCondition(leaf.getStatus().conditions(), "Ready", ConditionStatus.TRUE, generation(leaf));
    assertThat(leaf.getStatus().observedGeneration()).isEqualTo(generation(leaf));
  }

  private static long generation(HasMetadata resource) {
    return resource.getMetadata().getGeneration();
  }

  private static void assertCondition(
      List<Condition> conditions, String type, ConditionStatus status, long generation) {
    assertThat(conditions)
        .anySatisfy(
            c -> {
              assertThat(c.type()).isEqualTo(type);
              assertThat(c.status()).isEqualTo(status);
              assertThat(c.observedGeneration()).isEqualTo(generation);
            });
  }

  public static Optional<Condition> condition(List<Condition> conditions, String type) {
    return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
  }

  /** Reason of a condition that is True; null if there is none. */
  public static @Nullable String reason(List<Condition> conditions, String type) {
    return condition(conditions, type)
        .filter(c -> c.status() == ConditionStatus.TRUE)
        .map(Condition::reason)
        .orElse(null);
  }

  // what lies in Secrets

  public static X509Certificate certificate(Secret secret) {
    List<X509Certificate> chain = SecretData.certificates(secret, "tls.crt");
    assertThat(chain).as("tls.crt of %s", secret.getMetadata().getName()).isNotEmpty();
    return chain.get(0);
  }

  public static String serial(Secret secret) {
    return SerialNumber.text(certificate(secret).getSerialNumber());
  }

  public static KeyMaterial key(Secret secret) {
    return KeyMaterial.fromPem(text(secret, "tls.key"));
  }

  public static String text(Secret secret, String key) {
    assertThat(secret.getData()).containsKey(key);
    return new String(bytes(secret, key), java.nio.charset.StandardCharsets.UTF_8);
  }

  public static byte[] bytes(Secret secret, String key) {
    return Base64.getDecoder().decode(secret.getData().get(key));
  }
}
