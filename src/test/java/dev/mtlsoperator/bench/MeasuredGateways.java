package dev.mtlsoperator.bench;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Contour;
import dev.mtlsoperator.consumers.GatewayFiles;
import dev.mtlsoperator.consumers.HaProxy;
import dev.mtlsoperator.consumers.Nginx;
import dev.mtlsoperator.consumers.ReloadedGateway;
import dev.mtlsoperator.consumers.Upstream;
import dev.mtlsoperator.harness.Bulk;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/**
 * nginx, HAProxy and Envoy with a copy of a trust bundle as files, and a Contour that reads another
 * copy from the API server. All look at CRLs.
 */
final class MeasuredGateways implements AutoCloseable {
  private static final String NAME = "gateway";

  /** The host name that they serve. */
  static final String HOST = NAME + ".example.org";

  /** Of the copy that Contour reads. */
  static final String COPY = "contour-clients";

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final List<ReloadedGateway> reloaded = new ArrayList<>();
  private final Map<String, Integer> ports = new TreeMap<>();
  private final Queue<Throwable> broken = new ConcurrentLinkedQueue<>();

  private MeasuredGateways() {}

  /**
   * Starts them; they may need a moment until they answer.
   *
   * @param namespace with the RootCA {@code root} and copies of its trust bundle, of which Contour
   *     reads {@link #COPY}
   */
  static MeasuredGateways start(EmbeddedCluster cluster, String namespace)
      throws IOException, InterruptedException {
    Bulk.createServerCert(cluster.client(), namespace, NAME);
    eventually(() -> assertThat(server(cluster, namespace)).isNotNull());
    MeasuredGateways gateways = new MeasuredGateways();
    try {
      gateways.open(cluster, namespace);
      return gateways;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      gateways.close();
      throw e;
    }
  }

  private void open(EmbeddedCluster cluster, String namespace)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("gateways");
    opened.push(() -> delete(folder));
    Secret server = server(cluster, namespace);
    GatewayFiles files = GatewayFiles.of(server, copy(cluster, namespace));
    add("nginx", ReloadedGateway.nginx(folder.resolve("nginx"), HOST, files));
    add("HAProxy", ReloadedGateway.haProxy(folder.resolve("haproxy"), files));
    add("Envoy", ReloadedGateway.envoy(folder.resolve("envoy"), files));
    Upstream upstream = Upstream.start();
    opened.push(upstream);
    Contour contour = Contour.start(Files.createDirectory(folder.resolve("contour")), cluster);
    opened.push(contour);
    ports.put("Contour", contour.port());
    cluster
        .kubectl()
        .runWithInput(
            upstream.service("app") + "---\n" + proxy(), "apply", "-n", namespace, "-f", "-")
        .orThrow();
    opened.push(
        cluster
            .client()
            .configMaps()
            .inNamespace(namespace)
            .withName(RevocationRound.COPIES)
            .watch(reloading(server)));
  }

  private void add(String name, ReloadedGateway gateway) {
    opened.push(gateway);
    reloaded.add(gateway);
    ports.put(name, gateway.port());
  }

  /** Ends the benchmark before it begins if a gateway is missing; builds what can be built. */
  static void provision() {
    Nginx.provision();
    HaProxy.provision();
    Contour.provision();
  }

  /** It has a private key. */
  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static String proxy() {
    return """
        apiVersion: projectcontour.io/v1
        kind: HTTPProxy
        metadata: {name: clients}
        spec:
          virtualhost:
            fqdn: %s
            tls:
              secretName: %s
              clientValidation: {caSecret: %3$s, crlSecret: %3$s}
          routes:
          - services: [{name: app, port: 80}]
        """
        .formatted(HOST, NAME, COPY);
  }

  private static Secret server(EmbeddedCluster cluster, String namespace) {
    return cluster.client().secrets().inNamespace(namespace).withName(NAME).get();
  }

  private static ConfigMap copy(EmbeddedCluster cluster, String namespace) {
    return cluster
        .client()
        .configMaps()
        .inNamespace(namespace)
        .withName(RevocationRound.COPIES)
        .require();
  }

  private Watcher<ConfigMap> reloading(Secret server) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, ConfigMap copy) {
        try {
          GatewayFiles files = GatewayFiles.of(server, copy);
          reloaded.forEach(gateway -> gateway.take(files));
        } catch (RuntimeException | Error e) {
          broken.add(e);
        }
      }

      @Override
      public void onClose(WatcherException e) {
        broken.add(e);
      }
    };
  }

  /** On which each of them listens. */
  Map<String, Integer> ports() {
    return new TreeMap<>(ports);
  }

  /** Fails if one of them refused what it was given. */
  void check() {
    assertThat(broken).isEmpty();
    reloaded.forEach(ReloadedGateway::check);
  }

  /** Ends all of them, whatever happens to one. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        System.err.println("not ended: " + e);
      }
    }
  }
}
