package dev.mtlsoperator.bench;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Eventually;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What one namespace's flood of RSA-4096 certificates, some of which it wants renewed every second,
 * costs another namespace.
 *
 * @param alone how long each certificate of a quiet namespace takes before the flood, sorted
 * @param during how long each takes during it, sorted
 * @param made certificates of the flood meanwhile
 */
record FloodCost(List<Duration> alone, List<Duration> during, long made) {
  private static final int RENEWED_EACH_SECOND = 50;

  static FloodCost measure(EmbeddedCluster cluster, int flood, int others) {
    Bulk.createNamespace(cluster, "alone");
    List<Duration> alone = oneAfterTheOther(cluster, "alone", others);
    Bulk.createNamespace(cluster, "flood");
    Bulk.createServerCerts(
        cluster.client(), "flood", flood, ", privateKey: {algorithm: RSA, size: 4096}");
    Bulk.createNamespace(cluster, "other");
    AtomicInteger round = new AtomicInteger();
    ScheduledExecutorService renewing = Executors.newSingleThreadScheduledExecutor();
    try {
      ScheduledFuture<?> renewals =
          renewing.scheduleWithFixedDelay(
              () -> renew(cluster, flood, round.incrementAndGet()), 0, 1, TimeUnit.SECONDS);
      List<Duration> during = oneAfterTheOther(cluster, "other", others);
      if (renewals.isDone()) {
        throw new IllegalStateException("the flood asks for no renewals any more");
      }
      return new FloodCost(alone, during, made(cluster));
    } finally {
      renewing.shutdownNow();
    }
  }

  private static List<Duration> oneAfterTheOther(
      EmbeddedCluster cluster, String namespace, int count) {
    Bulk.createServerCerts(cluster.client(), namespace, 1);
    Eventually.eventually(
        Duration.ofMinutes(2),
        () -> {
          if (!isReady(cluster, namespace, "s0")) {
            throw new AssertionError("its CA is not there yet");
          }
        });
    List<Duration> all = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      long begun = System.nanoTime();
      Bulk.createServerCert(cluster.client(), namespace, "s" + i);
      while (!isReady(cluster, namespace, "s" + i)) {
        Bulk.pause(Duration.ofMillis(20));
      }
      all.add(Duration.ofNanos(System.nanoTime() - begun));
    }
    return all.stream().sorted().toList();
  }

  private static void renew(EmbeddedCluster cluster, int flood, int round) {
    for (int i = 0; i < RENEWED_EACH_SECOND; i++) {
      cluster
          .client()
          .resources(ServerCert.class)
          .inNamespace("flood")
          .withName("s" + (round * RENEWED_EACH_SECOND + i) % flood)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"metadata\":{\"annotations\":{\"mtls-operator.dev/renew\":\"" + round + "\"}}}");
    }
  }

  private static boolean isReady(EmbeddedCluster cluster, String namespace, String name) {
    ServerCert leaf =
        cluster.client().resources(ServerCert.class).inNamespace(namespace).withName(name).get();
    return leaf != null && leaf.getStatus() != null && leaf.getStatus().serialNumber() != null;
  }

  private static long made(EmbeddedCluster cluster) {
    return cluster
        .client()
        .secrets()
        .inNamespace("flood")
        .withLabel("mtls-operator.dev/kind", "ServerCert")
        .list()
        .getItems()
        .size();
  }

  static Duration median(List<Duration> sorted) {
    return sorted.get(sorted.size() / 2);
  }

  static Duration worst(List<Duration> sorted) {
    return sorted.get(sorted.size() - 1);
  }
}
