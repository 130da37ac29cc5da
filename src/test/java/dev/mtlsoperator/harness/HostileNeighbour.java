package dev.mtlsoperator.harness;

import dev.mtlsoperator.api.Api;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.secret.Keys;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A tenant with the chart's {@code edit} role in one namespace, which does random things with
 * everything that the role lets it write there. The namespace also contains a CA.
 *
 * <p>Requests that the API server refuses are counted and skipped; the operator must cope with
 * those that it accepts. The same seed makes the same choices; their effects depend on timing.
 */
public final class HostileNeighbour implements Runnable {
  private static final int MOST_SNAPSHOTS = 40;
  private static final int MOST_SECRETS = 120;
  private static final int MOST_SOCKETS = 200;
  private static final int MOST_REFUSALS = 8;
  private static final int LARGE = 200 * 1024;
  private static final String FINALIZER = "example.com/hold";

  private static final List<String> LEAVES =
      List.of("web", "api", "db", "queue", "cache", "mail", "proxy", "own-trust");
  private static final List<String> LATCHES =
      List.of(
          Keys.SIGNING_SINCE,
          Keys.DISTRIBUTED_AT,
          Keys.UNUSED_SINCE,
          Keys.LAST_LEAF_NOT_AFTER,
          Keys.REISSUE,
          Keys.DISTRUSTS,
          Keys.RETIRES,
          Keys.HIGHEST,
          Keys.REASON,
          Keys.IMPORTED_FROM,
          Keys.SEAL,
          Keys.TRUST_SINCE,
          Keys.REVISION,
          Keys.LAYOUT,
          Keys.TEMPLATE,
          Keys.TRUSTS,
          Keys.INPUTS,
          Keys.CONTENT,
          Keys.ADDITIONAL_TRUST,
          Keys.ADMITTED_BY,
          Keys.ADMITTED_SEAL,
          Api.ROTATE_ANNOTATION,
          Api.RENEW_ANNOTATION,
          "mtls-operator.dev/unknown");

  private final KubernetesClient client;
  private final String namespace;
  private final String platform;
  private final int managementPort;
  private final List<byte[]> bombs;
  private final Random random;
  private final Map<String, AtomicInteger> accepted = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> refused = new ConcurrentHashMap<>();
  private final Set<String> planted = ConcurrentHashMap.newKeySet();
  private final Deque<HasMetadata> snapshots = new ArrayDeque<>();
  private final Deque<Socket> sockets = new ArrayDeque<>();
  private final List<Action> actions = new ArrayList<>();
  private volatile boolean ended;

  /** An action of the tenant; the API server may refuse it. */
  private record Action(String name, int weight, Runnable what) {}

  /**
   * @param client as that tenant
   * @param namespace where it holds {@code edit}; the RootCA {@code own} is there
   * @param platform the namespace of the RootCA {@code shared}, which admits all namespaces
   * @param managementPort of the operator, on the loopback address
   * @param bombs input that is small to write and expensive to parse
   */
  public HostileNeighbour(
      KubernetesClient client,
      String namespace,
      String platform,
      int managementPort,
      List<byte[]> bombs,
      long seed) {
    this.client = client;
    this.namespace = namespace;
    this.platform = platform;
    this.managementPort = managementPort;
    this.bombs = bombs;
    random = new Random(seed);
    can("create a leaf", 12, this::createLeaf);
    can("edit a leaf", 8, this::editLeaf);
    can("delete a leaf", 4, () -> client.resource(anyLeaf()).delete());
    can("ask for a renewal", 6, () -> annotate(anyLeaf(), Api.RENEW_ANNOTATION, word()));
    can("hold a leaf by a finalizer", 2, () -> hold(anyLeaf()));
    can("hold a Secret by a finalizer", 2, () -> hold(anySecret()));
    can("hold a ConfigMap by a finalizer", 1, () -> hold(anyConfigMap()));
    can("let go what it held", 3, this::letGo);
    can("forge a latch", 12, () -> annotate(anySecret(), any(LATCHES), forged()));
    can("remove a latch", 4, () -> annotate(anySecret(), any(LATCHES), null));
    can("forge a note on a ConfigMap", 3, () -> annotate(anyConfigMap(), any(LATCHES), forged()));
    can("copy all metadata of another Secret", 4, this::copyMetadata);
    can("change labels", 6, this::relabel);
    can("change owners", 4, this::changeOwner);
    can("change data", 10, this::changeData);
    can("change a ConfigMap", 5, this::changeConfigMap);
    can("make a Secret immutable", 2, this::makeImmutable);
    can("pad annotations up to the limit", 2, this::padAnnotations);
    can("pad data up to the limit", 2, this::padData);
    can("delete a Secret", 5, () -> client.resource(anySecret()).delete());
    can("delete a ConfigMap", 2, () -> client.resource(anyConfigMap()).delete());
    can("put back what it saw before", 8, this::replay);
    can("plant a generation", 6, this::plantGeneration);
    can("plant a leaf's Secret", 4, this::plantLeafSecret);
    can("plant a trust bundle", 3, this::plantConfigMap);
    can("write a password", 4, this::writePassword);
    can("flood with leaves", 1, this::flood);
    can("sweep away its own", 2, this::sweep);
    can("open a connection and say nothing", 10, this::openConnection);
  }

  private void can(String name, int weight, Runnable what) {
    actions.add(new Action(name, weight, what));
  }

  @Override
  public void run() {
    int total = actions.stream().mapToInt(Action::weight).sum();
    while (!ended) {
      int left = random.nextInt(total);
      for (Action action : actions) {
        left -= action.weight();
        if (left < 0) {
          attempt(action);
          break;
        }
      }
      LockSupport.parkNanos(random.nextInt(40) * 1_000_000L);
    }
    sockets.forEach(HostileNeighbour::close);
  }

  private void attempt(Action action) {
    try {
      action.what().run();
      count(accepted, action);
    } catch (KubernetesClientException | Nothing e) {
      count(refused, action);
    }
  }

  private static void count(Map<String, AtomicInteger> in, Action action) {
    in.computeIfAbsent(action.name(), name -> new AtomicInteger()).incrementAndGet();
  }

  public void end() {
    ended = true;
  }

  /** The number of accepted actions, by name. */
  public Map<String, Integer> accepted() {
    Map<String, Integer> all = new TreeMap<>();
    actions.forEach(action -> all.put(action.name(), 0));
    accepted.forEach((name, times) -> all.put(name, times.get()));
    return all;
  }

  /** The actions that it tried several times, and that the API server refused each time. */
  public List<String> neverAccepted() {
    return actions.stream()
        .map(Action::name)
        .filter(name -> !accepted.containsKey(name))
        .filter(name -> refused.getOrDefault(name, new AtomicInteger()).get() >= MOST_REFUSALS)
        .toList();
  }

  public int refused() {
    return refused.values().stream().mapToInt(AtomicInteger::get).sum();
  }

  /** Names of Secrets that it created itself. */
  public Set<String> planted() {
    return Set.copyOf(planted);
  }

  /** Removes all its finalizers, so that objects that it deleted can go. */
  public void letAllGo() {
    leaves().forEach(this::release);
    client.secrets().inNamespace(namespace).list().getItems().forEach(this::release);
    client.configMaps().inNamespace(namespace).list().getItems().forEach(this::release);
  }

  // ---- leaves

  private void createLeaf() {
    Manifest leaf = leaf(any(LEAVES));
    client.resource(leaf.yaml()).inNamespace(namespace).create();
  }

  private Manifest leaf(String name) {
    boolean server = random.nextBoolean();
    Manifest leaf = server ? Manifest.serverCert(name) : Manifest.clientCert(name);
    leaf.with("spec.rootCARef", random.nextInt(3) == 0 ? own() : shared());
    if (!server) {
      leaf.with("spec.dnsNames", List.of(name + ".example.org")).without("spec.commonName");
    }
    switch (random.nextInt(5)) {
      case 0 -> leaf.with("spec.trustedCARefs", List.of(own(), shared()));
      case 1 -> leaf.with("spec.trustedCARefs", List.of(shared(), Map.of("name", "typo")));
      case 2 -> leaf.with("spec.trustedCARefs", List.of(own()));
      default -> {}
    }
    switch (random.nextInt(4)) {
      case 0 ->
          leaf.with("spec.keystores.pkcs12.enabled", true)
              .with(
                  "spec.keystores.pkcs12.passwordSecretRef",
                  Map.of("name", "password", "key", "password"));
      case 1 -> leaf.with("spec.additionalFormats", List.of("CombinedPEM", "DER"));
      case 2 -> leaf.with("spec.secretTemplate.labels", Map.of("example.com/team", word()));
      default -> {}
    }
    if (random.nextInt(8) == 0) {
      leaf.with("spec.privateKey.algorithm", "RSA").with("spec.privateKey.size", 2048);
    }
    if (random.nextInt(8) == 0) {
      leaf.with(
          "spec.secretName", any(List.of("shared-name", "own-trust", "password", "elsewhere")));
    }
    return leaf;
  }

  private static Map<String, Object> own() {
    return Map.of("name", "own");
  }

  private Map<String, Object> shared() {
    return Map.of("name", "shared", "namespace", platform);
  }

  private void editLeaf() {
    LeafCert<?> leaf = anyLeaf();
    String change =
        any(
            List.of(
                "{\"spec\":{\"duration\":\"" + (1 + random.nextInt(90)) + "d\"}}",
                "{\"spec\":{\"dnsNames\":[\"" + word() + ".example.org\"]}}",
                "{\"spec\":{\"dnsNames\":[\"forbidden.example.com\"]}}",
                "{\"spec\":{\"trustedCARefs\":[{\"name\":\"own\"},{\"name\":\"typo\"}]}}",
                "{\"spec\":{\"trustedCARefs\":null}}",
                "{\"spec\":{\"rootCARef\":{\"name\":\"nobody\"}}}",
                "{\"spec\":{\"rootCARef\":{\"name\":\"own\",\"namespace\":null}}}",
                "{\"spec\":{\"keystores\":{\"pkcs12\":{\"enabled\":"
                    + random.nextBoolean()
                    + "}}}}"));
    client.resource(leaf).patch(PatchContext.of(PatchType.JSON_MERGE), change);
  }

  private void flood() {
    for (int i = 0; i < 25; i++) {
      client
          .resource(leaf("flood" + random.nextInt(200)).yaml())
          .inNamespace(namespace)
          .createOr(r -> r.patch());
    }
  }

  // ---- metadata

  private void annotate(HasMetadata on, String key, String value) {
    merge(on, Map.of("metadata", Map.of("annotations", Collections.singletonMap(key, value))));
  }

  private void merge(HasMetadata on, Map<String, ?> change) {
    remember(on);
    client.resource(on).patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(change));
  }

  private void hold(HasMetadata what) {
    merge(what, Map.of("metadata", Map.of("finalizers", List.of(FINALIZER))));
    client.resource(what).delete();
  }

  private void letGo() {
    letAllGo();
  }

  private void release(HasMetadata what) {
    if (what.getFinalizers() != null && what.getFinalizers().contains(FINALIZER)) {
      try {
        List<String> others = new ArrayList<>(what.getFinalizers());
        others.remove(FINALIZER);
        client
            .resource(what)
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                Serialization.asJson(Map.of("metadata", Map.of("finalizers", others))));
      } catch (KubernetesClientException e) {
        // the object no longer exists
      }
    }
  }

  private void copyMetadata() {
    Secret from = anySecret();
    Secret to = anySecret();
    ObjectMeta meta = from.getMetadata();
    Map<String, Object> copied = new HashMap<>();
    copied.put("labels", meta.getLabels());
    copied.put("annotations", meta.getAnnotations());
    merge(to, Map.of("metadata", copied));
  }

  private void relabel() {
    String key =
        any(
            List.of(
                Keys.KIND_LABEL,
                Keys.ROOT_CA_LABEL,
                Keys.MANAGED_BY_LABEL,
                Keys.GENERATION,
                Keys.ROOT_CA_NAMESPACE_LABEL,
                "mtls-operator.dev/input"));
    String value =
        any(List.of("RootCA", "ServerCert", "own", "shared", "7", "-1", "true", "mtls-operator"));
    Map<String, String> labels =
        random.nextInt(3) == 0 ? Collections.singletonMap(key, null) : Map.of(key, value);
    HasMetadata on = random.nextInt(4) == 0 ? anyConfigMap() : anySecret();
    merge(on, Map.of("metadata", Map.of("labels", labels)));
  }

  private void changeOwner() {
    HasMetadata on = random.nextInt(4) == 0 ? anyConfigMap() : anySecret();
    LeafCert<?> leaf = anyLeaf();
    List<OwnerReference> owners =
        random.nextBoolean()
            ? List.of()
            : List.of(
                new OwnerReferenceBuilder()
                    .withApiVersion(leaf.getApiVersion())
                    .withKind(leaf.getKind())
                    .withName(leaf.getMetadata().getName())
                    .withUid(random.nextBoolean() ? leaf.getMetadata().getUid() : "0-0")
                    .withController(random.nextBoolean())
                    .build());
    merge(on, Map.of("metadata", Map.of("ownerReferences", owners)));
  }

  private void padAnnotations() {
    Secret on = anySecret();
    int used =
        on.getMetadata().getAnnotations() == null
            ? 0
            : on.getMetadata().getAnnotations().entrySet().stream()
                .mapToInt(e -> e.getKey().length() + e.getValue().length())
                .sum();
    // the limit counts all keys and values
    int room = 256 * 1024 - used - "example.com/padding".length() - random.nextInt(64);
    annotate(on, "example.com/padding", "x".repeat(Math.max(1, room)));
  }

  // ---- content

  private void changeData() {
    Secret on = anySecret();
    List<String> keys =
        List.of(Keys.TLS_CRT, Keys.TLS_KEY, Keys.CA_CRT, Keys.TRUSTSTORE, Keys.KEYSTORE, "mine");
    Map<String, Object> data = new HashMap<>();
    data.put(any(keys), random.nextInt(4) == 0 ? null : base64(content()));
    merge(on, Map.of("data", data));
  }

  private void changeConfigMap() {
    Map<String, Object> data = new HashMap<>();
    data.put(
        any(List.of(Keys.CA_CRT, "ca.pem", "mine")),
        random.nextInt(4) == 0 ? null : new String(content(), StandardCharsets.ISO_8859_1));
    merge(anyConfigMap(), Map.of("data", data));
  }

  private void makeImmutable() {
    merge(random.nextInt(4) == 0 ? anyConfigMap() : anySecret(), Map.of("immutable", Boolean.TRUE));
  }

  private void padData() {
    Secret on = anySecret();
    int used =
        on.getData() == null
            ? 0
            : on.getData().values().stream().mapToInt(v -> v.length() * 3 / 4).sum();
    merge(
        on,
        Map.of("data", Map.of("padding", base64(new byte[Math.max(1, 1_048_576 - used - 64)]))));
  }

  private void replay() {
    List<HasMetadata> all = new ArrayList<>(snapshots);
    HasMetadata old = Serialization.clone(any(all));
    old.getMetadata().setResourceVersion(null);
    old.getMetadata().setManagedFields(null);
    old.getMetadata().setDeletionTimestamp(null);
    old.getMetadata().setDeletionGracePeriodSeconds(null);
    old.getMetadata().setUid(null);
    if (random.nextBoolean()) {
      client.resource(old).delete();
    }
    if (old instanceof Secret) {
      planted.add(old.getMetadata().getName());
    }
    client.resource(old).createOr(r -> r.update());
  }

  private void remember(HasMetadata seen) {
    if (!(seen instanceof LeafCert<?>)) {
      snapshots.addLast(seen);
      if (snapshots.size() > MOST_SNAPSHOTS) {
        snapshots.removeFirst();
      }
    }
  }

  // ---- what looks like the operator's

  private void plantGeneration() {
    // also with the name of a CA in another namespace, and with very high numbers
    String ca = any(List.of("own", "own", "shared", "other"));
    int number = any(List.of(1 + random.nextInt(30), 999_999, 123_456_789));
    plant(
        new SecretBuilder()
            .withNewMetadata()
            .withName(ca + "-ca-" + number)
            .addToLabels(Keys.MANAGED_BY_LABEL, Keys.MANAGED_BY)
            .addToLabels(Keys.KIND_LABEL, "RootCA")
            .addToLabels(Keys.ROOT_CA_LABEL, ca)
            .addToLabels(Keys.GENERATION, Integer.toString(number))
            .addToAnnotations(Keys.SEAL, "hmac-sha256:" + "0".repeat(64))
            .addToAnnotations(Keys.RETIRES, forged())
            .endMetadata()
            .withType(Keys.TYPE_CA)
            .addToData(Keys.TLS_CRT, base64(content()))
            .addToData(Keys.TLS_KEY, base64(content()))
            .addToData(Keys.CA_CRT, base64(content()))
            .build());
  }

  private void plantLeafSecret() {
    String name = random.nextBoolean() ? any(LEAVES) : "leaf" + random.nextInt(40);
    plant(
        new SecretBuilder()
            .withNewMetadata()
            .withName(name)
            .addToLabels(Keys.MANAGED_BY_LABEL, Keys.MANAGED_BY)
            .addToLabels(Keys.KIND_LABEL, any(List.of("ServerCert", "ClientCert", "TrustBundle")))
            .addToAnnotations(Keys.ADMITTED_BY, forged())
            .endMetadata()
            .withType(Keys.TYPE_TLS)
            .addToData(Keys.TLS_CRT, base64(content()))
            .addToData(Keys.TLS_KEY, base64(content()))
            .addToData(Keys.CA_CRT, base64(new byte[random.nextInt(LARGE)]))
            .build());
  }

  private void plant(Secret secret) {
    if (client.secrets().inNamespace(namespace).list().getItems().size() > MOST_SECRETS) {
      sweep();
    }
    planted.add(secret.getMetadata().getName());
    client.resource(secret).inNamespace(namespace).createOr(r -> r.update());
  }

  private void plantConfigMap() {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(any(List.of("own-trust", "shared-bundle", "map" + random.nextInt(20))))
                .addToLabels(Keys.MANAGED_BY_LABEL, Keys.MANAGED_BY)
                .addToLabels(Keys.KIND_LABEL, any(List.of("RootCA", "TrustBundle")))
                .addToLabels(Keys.ROOT_CA_LABEL, any(List.of("own", "shared")))
                .addToAnnotations(Keys.CONTENT, forged())
                .endMetadata()
                .addToData(Keys.CA_CRT, "x".repeat(random.nextInt(LARGE)))
                .build())
        .inNamespace(namespace)
        .createOr(r -> r.update());
  }

  private void writePassword() {
    Secret password =
        new SecretBuilder()
            .withNewMetadata()
            .withName("password")
            .endMetadata()
            .addToData(
                "password",
                base64(
                    any(List.of("a password", "", "pässword", "x".repeat(2_000)))
                        .getBytes(StandardCharsets.UTF_8)))
            .build();
    if (random.nextBoolean()) {
      password.getMetadata().setLabels(Map.of("mtls-operator.dev/input", "true"));
    }
    client.resource(password).inNamespace(namespace).createOr(r -> r.update());
  }

  private void sweep() {
    client.secrets().inNamespace(namespace).list().getItems().stream()
        .filter(secret -> planted.contains(secret.getMetadata().getName()))
        .filter(secret -> !secret.getMetadata().getName().startsWith("own-ca-"))
        .limit(40)
        .forEach(secret -> client.resource(secret).delete());
    leaves().stream()
        .filter(leaf -> leaf.getMetadata().getName().startsWith("flood"))
        .forEach(leaf -> client.resource(leaf).delete());
  }

  // ---- the management port

  private void openConnection() {
    try {
      // kept open until the end, or until there are too many
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), managementPort);
      sockets.addLast(socket);
      if (random.nextBoolean()) {
        socket
            .getOutputStream()
            .write("GET /livez HTTP/1.1\r\nHost: x".getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      throw new Nothing();
    }
    while (sockets.size() > MOST_SOCKETS) {
      close(sockets.removeFirst());
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // the other side closed it
    }
  }

  // ---- choices

  /** There is no object for the action. */
  private static final class Nothing extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private <T> T any(List<T> all) {
    if (all.isEmpty()) {
      throw new Nothing();
    }
    return all.get(random.nextInt(all.size()));
  }

  private LeafCert<?> anyLeaf() {
    return any(leaves());
  }

  private List<LeafCert<?>> leaves() {
    List<LeafCert<?>> all = new ArrayList<>();
    all.addAll(client.resources(ServerCert.class).inNamespace(namespace).list().getItems());
    all.addAll(client.resources(ClientCert.class).inNamespace(namespace).list().getItems());
    return all;
  }

  // half of the time, one of the CA's own
  private Secret anySecret() {
    List<Secret> all = client.secrets().inNamespace(namespace).list().getItems();
    List<Secret> generations =
        all.stream().filter(s -> s.getMetadata().getName().startsWith("own-ca-")).toList();
    return any(generations.isEmpty() || random.nextBoolean() ? all : generations);
  }

  private ConfigMap anyConfigMap() {
    return any(client.configMaps().inNamespace(namespace).list().getItems());
  }

  private String word() {
    return "w" + random.nextInt(1_000);
  }

  private String forged() {
    return any(
        List.of(
            "",
            "999999999",
            "2147483648",
            "-1",
            "Immediately",
            "2020-01-01T00:00:00Z",
            "2099-01-01T00:00:00Z",
            "+1000000000-12-31T23:59:59Z",
            "sha256:" + "ab".repeat(32),
            "hmac-sha256:" + "0".repeat(64),
            platform + "/shared",
            "nonsense,/,",
            "{\"a\":" + "[".repeat(200),
            "x".repeat(20_000)));
  }

  private byte[] content() {
    return switch (random.nextInt(4)) {
      case 0 -> any(bombs);
      case 1 -> "not a certificate".getBytes(StandardCharsets.US_ASCII);
      case 2 -> new byte[0];
      default -> {
        Secret other = anySecret();
        List<String> values =
            new ArrayList<>(other.getData() == null ? List.of() : other.getData().values());
        yield values.isEmpty() ? new byte[] {1} : Base64.getDecoder().decode(any(values));
      }
    };
  }

  private static String base64(byte[] content) {
    return Base64.getEncoder().encodeToString(content);
  }
}
