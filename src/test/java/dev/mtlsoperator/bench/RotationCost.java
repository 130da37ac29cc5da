package dev.mtlsoperator.bench;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.harness.Bulk;
import java.time.Duration;
import java.util.Map;

/**
 * What a rotation costs whose certificates move at their own renewal, in writes as the API server
 * counts them.
 *
 * @param trust while everybody is told of the next generation, and until it signs
 * @param wave how long it takes from the edit until each leaf's Secret is written for that
 * @param untilItSigns how long it takes until it signs
 * @param renewal while each certificate is renewed once
 */
public record RotationCost(
    Map<String, Long> trust, Duration wave, Duration untilItSigns, Map<String, Long> renewal) {
  /** The generation's Secret: made, distributed, signing. */
  static final long SECRETS_OF_A_GENERATION = 3;

  /** And the last one's, when nothing in service is signed by it any more. */
  static final long SECRETS_OF_ITS_END = 1;

  /** Phases, and what is pending in tenths. */
  static final long MOST_STATUSES = 16;

  private static final Duration QUIET = Duration.ofSeconds(3);

  /** Of the RootCA {@code root} of a namespace, with so many ServerCerts, all of them Ready. */
  public static RotationCost measure(EmbeddedCluster cluster, String namespace, int leaves) {
    Duration patience = Duration.ofMinutes(5);
    // the overlap is shortened first: that is no rotation
    patch(cluster, namespace, "{\"spec\":{\"rotation\":{\"overlap\":\"2s\"}}}");
    Metrics before = cluster.metrics();
    long begun = System.nanoTime();
    patch(cluster, namespace, "{\"spec\":{\"commonName\":\"another root\"}}");
    // the generation's own Secret, and one for each leaf
    eventually(
        patience,
        () -> assertThat(ours(cluster, before).get("secrets")).isGreaterThanOrEqualTo(1L + leaves));
    Duration wave = Duration.ofNanos(System.nanoTime() - begun);
    eventually(patience, () -> assertThat(signing(cluster, namespace)).isEqualTo(2));
    Duration untilItSigns = Duration.ofNanos(System.nanoTime() - begun);
    Bulk.pause(QUIET);
    Map<String, Long> trust = ours(cluster, before);

    Metrics distributed = cluster.metrics();
    Bulk.each(
        leaves,
        i ->
            cluster
                .client()
                .resources(ServerCert.class)
                .inNamespace(namespace)
                .withName("s" + i)
                .edit(
                    leaf -> {
                      leaf.getMetadata()
                          .getAnnotations()
                          .put("mtls-operator.dev/renew", "for the test");
                      return leaf;
                    }));
    eventually(
        patience,
        () ->
            assertThat(
                    cluster
                        .client()
                        .resources(ServerCert.class)
                        .inNamespace(namespace)
                        .list()
                        .getItems())
                .allSatisfy(
                    leaf -> {
                      assertThat(leaf.getStatus()).isNotNull();
                      assertThat(leaf.getStatus().revision()).isEqualTo(2);
                      assertThat(leaf.getStatus().caGeneration()).isEqualTo(2);
                    }));
    Bulk.pause(QUIET);
    Map<String, Long> renewal = new java.util.TreeMap<>(ours(cluster, distributed));
    // each was edited once by us
    renewal.merge("servercerts", (long) -leaves, Long::sum);
    return new RotationCost(trust, wave, untilItSigns, renewal);
  }

  private static Map<String, Long> ours(EmbeddedCluster cluster, Metrics before) {
    return Bulk.writes(cluster.metrics().since(before));
  }

  /** Merges into the RootCA {@code root}, and waits until it is told of. */
  static void patch(EmbeddedCluster cluster, String namespace, String merge) {
    cluster
        .kubectl()
        .run("patch", "rca/root", "-n", namespace, "--type=merge", "-p", merge)
        .orThrow();
    // seen and told before anything is counted
    eventually(
        () -> {
          RootCA ca = ca(cluster, namespace);
          assertThat(ca.getStatus()).isNotNull();
          assertThat(ca.getStatus().observedGeneration())
              .isEqualTo(ca.getMetadata().getGeneration());
        });
  }

  private static RootCA ca(EmbeddedCluster cluster, String namespace) {
    return cluster.client().resources(RootCA.class).inNamespace(namespace).withName("root").get();
  }

  private static int signing(EmbeddedCluster cluster, String namespace) {
    RootCAStatus status = ca(cluster, namespace).getStatus();
    return status == null
        ? 0
        : status.generations().stream()
            .filter(g -> g.state() == GenerationState.Signing)
            .mapToInt(Generation::generation)
            .findFirst()
            .orElse(0);
  }

  /** Fails where it costs more than one Secret write a leaf for trust, and two for its renewal. */
  public RotationCost require(int leaves) {
    assertThat(trust.get("secrets")).as("%s", this).isEqualTo(leaves + SECRETS_OF_A_GENERATION);
    assertThat(trust.get("servercerts")).as("%s", this).isZero();
    assertThat(trust.get("configmaps")).as("%s", this).isEqualTo(1);
    assertThat(trust.get("rootcas")).as("%s", this).isLessThanOrEqualTo(1 + MOST_STATUSES);
    assertThat(renewal.get("secrets"))
        .as("%s", this)
        .isBetween((long) leaves, leaves + SECRETS_OF_ITS_END);
    assertThat(renewal.get("servercerts")).as("%s", this).isEqualTo(leaves);
    assertThat(renewal.get("configmaps")).as("%s", this).isZero();
    assertThat(renewal.get("rootcas")).as("%s", this).isLessThanOrEqualTo(MOST_STATUSES);
    return this;
  }
}
