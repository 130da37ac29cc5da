package dev.mtlsoperator.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.cluster.Usage;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What it costs to revoke some ClientCerts of a CA at once.
 *
 * @param certificates how many are revoked
 * @param edits from the first edit until the API server has accepted the last one
 * @param status until {@code status.crl} of the RootCA counts them
 * @param inCopies until the last copy of the trust bundle lists them
 * @param reported until each resource says that it is revoked
 * @param cpu of the operator until then
 * @param apiServerCpu meanwhile
 * @param writes by verb and resource, as the API server counts them; without the edits
 * @param reads of single objects, likewise
 */
record RevocationCost(
    int certificates,
    Duration edits,
    Duration status,
    Duration inCopies,
    Duration reported,
    Duration cpu,
    Duration apiServerCpu,
    SortedMap<String, Long> writes,
    SortedMap<String, Long> reads) {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration QUIET = Duration.ofSeconds(4);
  private static final Set<String> RESOURCES =
      Set.of("secrets", "configmaps", "rootcas", "clientcerts", "events");

  RevocationCost {
    writes = new TreeMap<>(writes);
    reads = new TreeMap<>(reads);
  }

  /**
   * Revokes the ClientCerts {@code c<first>} to {@code c<end - 1>}; those before are revoked.
   *
   * @param setting the cluster with the certificates and copies
   */
  static RevocationCost measure(RevocationRound.Setting setting, int first, int end) {
    EmbeddedCluster cluster = setting.cluster();
    Set<BigInteger> serials =
        IntStream.range(first, end)
            .mapToObj(i -> serial(setting, "c" + i))
            .collect(Collectors.toUnmodifiableSet());
    Bulk.pause(QUIET);
    Metrics before = cluster.metrics();
    Usage operatorBefore = Usage.of(setting.operator());
    Usage apiBefore = Usage.of(cluster.apiServer());
    try (RevocationWatch watch =
            new RevocationWatch(
                cluster, setting.namespace(), RevocationRound.COPIES, serials, end);
        Bulk.Ready revoked =
            Bulk.Ready.withReason(cluster, "clientcerts", setting.namespace(), "Revoked")) {
      long begun = System.nanoTime();
      Bulk.each(end - first, i -> revoke(setting, "c" + (first + i)));
      Duration edits = Duration.ofNanos(System.nanoTime() - begun);
      RevocationWatch.Seen seen = watch.await(setting.copies(), PATIENCE);
      revoked.await(end, PATIENCE);
      Duration reported = Duration.ofNanos(System.nanoTime() - begun);
      Bulk.pause(QUIET);
      Metrics made = cluster.metrics().since(before);
      SortedMap<String, Long> writes = counted(made, Metrics.Request::isWrite);
      // the edits
      writes.computeIfPresent(
          "PATCH clientcerts", (what, count) -> count == end - first ? null : count - end + first);
      return new RevocationCost(
          end - first,
          edits,
          Duration.ofNanos(seen.status() - begun),
          Duration.ofNanos(seen.copies() - begun),
          reported,
          Usage.of(setting.operator()).since(operatorBefore).cpu(),
          Usage.of(cluster.apiServer()).since(apiBefore).cpu(),
          writes,
          counted(made, request -> request.verb().equals("GET")));
    }
  }

  /** How many CRLs were signed, each of which is recorded. */
  long crls() {
    return writes.getOrDefault("PUT secrets", 0L);
  }

  /** Writes of the trust ConfigMap and of the copies. */
  long copyWrites() {
    return writes.getOrDefault("PUT configmaps", 0L);
  }

  /**
   * Fails where a Secret is issued, a copy is written before there is a reason, or a CRL is signed
   * and recorded more often than every two seconds.
   *
   * @param copies of the trust bundle, without the trust ConfigMap
   */
  RevocationCost require(int copies) {
    assertThat(crls()).as("%s", this).isBetween(1L, 1 + reported.toSeconds() / 2);
    assertThat(copyWrites()).as("%s", this).isBetween(1L + copies, crls() * (1 + copies));
    assertThat(writes.get("DELETE secrets")).as("%s", this).isEqualTo(certificates);
    assertThat(writes)
        .as("%s", this)
        .doesNotContainKeys(
            "POST secrets",
            "APPLY secrets",
            "PATCH secrets",
            "PATCH clientcerts",
            "APPLY configmaps");
    // one before it is deleted, and few by the CA
    assertThat(reads.get("GET secrets"))
        .as("%s", this)
        .isLessThanOrEqualTo(certificates + 10L * (1 + crls()));
    assertThat(writes.get("APPLY clientcerts/status"))
        .as("%s", this)
        .isLessThanOrEqualTo(2L * certificates);
    assertThat(writes.get("APPLY rootcas/status")).as("%s", this).isLessThanOrEqualTo(1 + crls());
    return this;
  }

  private static BigInteger serial(RevocationRound.Setting setting, String name) {
    ClientCert leaf =
        setting
            .cluster()
            .client()
            .resources(ClientCert.class)
            .inNamespace(setting.namespace())
            .withName(name)
            .require();
    return SerialNumber.parse(
        Objects.requireNonNull(Objects.requireNonNull(leaf.getStatus()).serialNumber()));
  }

  private static void revoke(RevocationRound.Setting setting, String name) {
    setting
        .cluster()
        .client()
        .resources(ClientCert.class)
        .inNamespace(setting.namespace())
        .withName(name)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"spec\":{\"revoked\":{\"reason\":\"KeyCompromise\"}}}");
  }

  private static SortedMap<String, Long> counted(
      Metrics metrics, Predicate<Metrics.Request> which) {
    SortedMap<String, Long> counted = new TreeMap<>();
    metrics
        .requests()
        .forEach(
            (request, count) -> {
              if (which.test(request) && RESOURCES.contains(request.resource())) {
                String path =
                    request.subresource().isEmpty()
                        ? request.resource()
                        : request.resource() + "/" + request.subresource();
                counted.merge(request.verb() + " " + path, count, Long::sum);
              }
            });
    return counted;
  }
}
