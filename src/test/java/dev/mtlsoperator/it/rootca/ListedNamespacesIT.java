package dev.mtlsoperator.it.rootca;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.bench.RotationCost;
import dev.mtlsoperator.cluster.AuditedRequest;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.RunningOperator;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A step of a CA that serves only its own namespace reads only that namespace, however many leaves
 * and Secrets are in others, as the API server's audit log shows; and the operator has one watch
 * for each kind of object, however many of its controllers use it.
 */
@Timeout(300)
final class ListedNamespacesIT {
  private static final String ACCOUNT = "audited";
  private static final int LEAVES = 5;
  private static final Duration REST = Duration.ofSeconds(3);
  private static final Set<String> LISTED = Set.of("servercerts", "clientcerts", "secrets");

  @Test
  void shouldListNoOtherNamespaceForACAOfItsOwn() {
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      Bulk.createOperatorNamespace(cluster);
      for (String namespace : List.of("alone", "other")) {
        Bulk.createNamespace(cluster, namespace);
        Bulk.createServerCerts(cluster.client(), namespace, LEAVES);
      }
      cluster
          .kubectl()
          .run("create", "serviceaccount", ACCOUNT, "-n", RunningOperator.NAMESPACE)
          .orThrow();
      cluster
          .kubectl()
          .run(
              "create",
              "clusterrolebinding",
              ACCOUNT,
              "--clusterrole=cluster-admin",
              "--serviceaccount=" + RunningOperator.NAMESPACE + ":" + ACCOUNT)
          .orThrow();
      try (RunningOperator operator =
              RunningOperator.startAs(
                  cluster, cluster.kubeconfigFor(RunningOperator.NAMESPACE, ACCOUNT));
          Bulk.Ready alone = new Bulk.Ready(cluster, "servercerts", "alone");
          Bulk.Ready other = new Bulk.Ready(cluster, "servercerts", "other")) {
        assertThat(operator.cluster()).isSameAs(cluster);
        alone.await(LEAVES, Duration.ofMinutes(2));
        other.await(LEAVES, Duration.ofMinutes(2));
        int begun = whenAtRest(cluster);
        // of Secrets: generations with copies of bundles, inputs, and those of each kind of leaf
        assertThat(watches(cluster))
            .containsEntry("secrets", 4L)
            .containsEntry("configmaps", 2L)
            .containsEntry("namespaces", 1L);

        RotationCost.measure(cluster, "alone", LEAVES).require(LEAVES);
        distrustTheFirst(cluster);

        List<AuditedRequest> lists = lists(cluster).stream().skip(begun).toList();
        assertThat(lists).isNotEmpty();
        assertThat(lists).allSatisfy(r -> assertThat(r.namespace()).isEqualTo("alone"));

        int rotated = whenAtRest(cluster);
        askForACopy(cluster);
        whenAtRest(cluster);

        assertThat(lists(cluster).stream().skip(rotated).map(AuditedRequest::resource))
            .isNotEmpty()
            .containsOnly("secrets");
      }
    }
  }

  // the last leaf is Ready before its CA has counted it: the other CA's first steps are no part of
  // what is measured
  private static int whenAtRest(EmbeddedCluster cluster) {
    AtomicInteger seen = new AtomicInteger(lists(cluster).size());
    eventually(
        () -> {
          Bulk.pause(REST);
          int now = lists(cluster).size();
          assertThat(seen.getAndSet(now)).isEqualTo(now);
        });
    return seen.get();
  }

  private static void distrustTheFirst(EmbeddedCluster cluster) {
    RootCA ca = ca(cluster);
    String first = ca.getStatus().generations().get(0).fingerprint();
    cluster
        .kubectl()
        .run("annotate", "rca/root", "-n", "alone", "mtls-operator.dev/distrust=" + first)
        .orThrow();
    eventually(
        () ->
            assertThat(ca(cluster).getStatus().generations())
                .noneMatch(g -> g.fingerprint().equals(first)));
  }

  /** No leaf decides what it holds: none is listed. */
  private static void askForACopy(EmbeddedCluster cluster) {
    cluster
        .kubectl()
        .run(
            "patch",
            "rca/root",
            "-n",
            "alone",
            "--type=merge",
            "-p",
            "spec: {trustBundles: [{kind: ConfigMap, name: copy}]}")
        .orThrow();
    eventually(
        () ->
            assertThat(cluster.client().configMaps().inNamespace("alone").withName("copy").get())
                .isNotNull());
  }

  private static RootCA ca(EmbeddedCluster cluster) {
    return cluster.client().resources(RootCA.class).inNamespace("alone").withName("root").get();
  }

  private static List<AuditedRequest> lists(EmbeddedCluster cluster) {
    return requests(cluster).stream()
        .filter(r -> r.verb().equals("list") && LISTED.contains(r.resource()))
        .toList();
  }

  // a watch is recorded when it is answered, and again when it ends
  private static Map<String, Long> watches(EmbeddedCluster cluster) {
    return requests(cluster).stream()
        .filter(r -> r.verb().equals("watch"))
        .collect(Collectors.groupingBy(AuditedRequest::resource, Collectors.counting()));
  }

  private static List<AuditedRequest> requests(EmbeddedCluster cluster) {
    return cluster.requestsOf(RunningOperator.NAMESPACE, ACCOUNT);
  }
}
