package dev.mtlsoperator.harness;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.operator.Settings;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Creates many leaves at once and waits for them. */
public final class Bulk {
  static final int THREADS = 8;

  private Bulk() {}

  /** Runs an action for each number below {@code count}, on eight threads. */
  public static void each(int count, IntConsumer work) {
    ExecutorService executor = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<?>> all =
          IntStream.range(0, count)
              .<Future<?>>mapToObj(i -> executor.submit(() -> work.accept(i)))
              .toList();
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      executor.shutdownNow();
    }
  }

  /**
   * The namespace of the operator, which every installation creates: attempts to write into a
   * missing one would be counted too.
   */
  public static void createOperatorNamespace(EmbeddedCluster cluster) {
    cluster.kubectl().run("create", "namespace", Settings.DEFAULT_NAMESPACE).orThrow();
  }

  /** A namespace with a RootCA. */
  public static void createNamespace(EmbeddedCluster cluster, String namespace) {
    cluster
        .client()
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    cluster
        .kubectl()
        .runWithInput(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: RootCA
            metadata: {name: root}
            spec: {commonName: root}
            """,
            "create",
            "-n",
            namespace,
            "-f",
            "-")
        .orThrow();
  }

  /** ServerCerts {@code s0…}: P-256, one DNS name. */
  public static void createServerCerts(KubernetesClient client, String namespace, int count) {
    createServerCerts(client, namespace, count, "");
  }

  /**
   * ServerCerts with additional fields in their spec.
   *
   * @param more in YAML's flow style, beginning with a comma
   */
  public static void createServerCerts(
      KubernetesClient client, String namespace, int count, String more) {
    each(
        count,
        i ->
            client
                .resource(leaf(client, ServerCert.class, "ServerCert", namespace, "s" + i, more))
                .create());
  }

  public static void createServerCert(KubernetesClient client, String namespace, String name) {
    client.resource(leaf(client, ServerCert.class, "ServerCert", namespace, name, "")).create();
  }

  /** ClientCerts {@code c0…} with keystores. */
  public static void createClientCerts(KubernetesClient client, String namespace, int count) {
    createClientCerts(client, namespace, count, "");
  }

  /**
   * ClientCerts with additional fields in their spec.
   *
   * @param more in YAML's flow style, beginning with a comma
   */
  public static void createClientCerts(
      KubernetesClient client, String namespace, int count, String more) {
    each(
        count,
        i ->
            client
                .resource(leaf(client, ClientCert.class, "ClientCert", namespace, "c" + i, more))
                .create());
  }

  private static <L extends LeafCert<?>> L leaf(
      KubernetesClient client,
      Class<L> type,
      String kind,
      String namespace,
      String name,
      String more) {
    return client
        .getKubernetesSerialization()
        .unmarshal(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: %s
            metadata: {name: %s, namespace: %s}
            spec: {rootCARef: {name: root}, dnsNames: [%s.example.org]%s}
            """
                .formatted(kind, name, namespace, name, more),
            type);
  }

  /**
   * Counts the leaves of a namespace that are Ready, by a watch in kubectl, which takes little CPU
   * from the processes that are measured.
   */
  public static final class Ready implements AutoCloseable {
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final EmbeddedCluster cluster;
    private final String resources;
    private final String namespace;
    private final String field;
    private final String wanted;
    private Process watch;
    private boolean closed;

    public Ready(EmbeddedCluster cluster, String resources, String namespace) {
      this(cluster, resources, namespace, "status", "True");
    }

    /** Counts only those that are Ready, or not, for this reason. */
    public static Ready withReason(
        EmbeddedCluster cluster, String resources, String namespace, String reason) {
      return new Ready(cluster, resources, namespace, "reason", reason);
    }

    private Ready(
        EmbeddedCluster cluster, String resources, String namespace, String field, String wanted) {
      this.cluster = cluster;
      this.resources = resources;
      this.namespace = namespace;
      this.field = field;
      this.wanted = wanted;
      Process first = start();
      watch = first;
      Thread reader = new Thread(() -> read(first), "ready");
      reader.setDaemon(true);
      reader.start();
    }

    private Process start() {
      return cluster
          .kubectl()
          .start(
              "get",
              resources,
              "-n",
              namespace,
              "--watch",
              "--no-headers",
              "-o",
              "custom-columns=N:.metadata.name,R:.status.conditions[?(@.type=='Ready')]." + field);
    }

    /**
     * Watches until it is closed. The API server ends a watch that falls behind, and kubectl ends
     * with it; the next watch starts with all existing objects.
     */
    private void read(Process first) {
      for (Process now = first; now != null; now = next()) {
        count(now);
      }
    }

    private void count(Process now) {
      try (BufferedReader lines = now.inputReader(StandardCharsets.UTF_8)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          String[] columns = line.trim().split(" +", -1);
          if (columns.length == 2 && columns[1].equals(wanted)) {
            names.add(columns[0]);
          }
        }
      } catch (IOException e) {
        // it has ended: the next one lists everything again
      }
    }

    private @Nullable Process next() {
      pause(Duration.ofMillis(500));
      synchronized (this) {
        if (closed) {
          return null;
        }
        watch = start();
        return watch;
      }
    }

    /** Waits until that many are Ready. */
    public void await(int count, Duration patience) {
      long deadline = System.nanoTime() + patience.toNanos();
      while (names.size() < count) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError(
              names.size() + " of " + count + " are Ready: " + wanted + " after " + patience);
        }
        pause(Duration.ofMillis(20));
      }
    }

    @Override
    public synchronized void close() {
      closed = true;
      watch.destroy();
    }
  }

  public static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The number of writes to the objects that the operator manages. */
  public static Map<String, Long> writes(Metrics metrics) {
    return Map.of(
        "secrets", metrics.writes("secrets"),
        "configmaps", metrics.writes("configmaps"),
        "rootcas", metrics.writes("rootcas"),
        "servercerts", metrics.writes("servercerts"),
        "clientcerts", metrics.writes("clientcerts"),
        "events", metrics.writes("events"));
  }

  /** No writes at all, as {@link #writes} would report them. */
  public static final Map<String, Long> NO_WRITES =
      Map.of(
          "secrets",
          0L,
          "configmaps",
          0L,
          "rootcas",
          0L,
          "servercerts",
          0L,
          "clientcerts",
          0L,
          "events",
          0L);
}
