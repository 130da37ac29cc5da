package dev.mtlsoperator.bench;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Usage;
import dev.mtlsoperator.harness.Bulk;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * One round: a CA with ClientCerts, and copies of its trust bundle with the CRLs in as many
 * namespaces; one certificate is revoked for gateways, another one without them, then all others.
 *
 * @param peakBytes resident memory of the operator at its most, after all
 */
record RevocationRound(
    int leaves,
    int copies,
    GatewayRefusals gateways,
    RevocationCost one,
    RevocationCost others,
    long peakBytes) {
  /** Name of the copies. */
  static final String COPIES = "clients";

  private static final String BUNDLE =
      """
      {kind: ConfigMap, name: %s, namespaces: {from: Selector, selector: {matchLabels: {copies: wanted}}},
       keys: {certificates: ca.crt, revocations: ca.crl}}"""
          .formatted(COPIES);

  private static final String BUNDLE_FOR_CONTOUR =
      """
      , {kind: Secret, name: %s, keys: {certificates: ca.crt, revocations: crl.pem}}"""
          .formatted(MeasuredGateways.COPY);

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /**
   * A cluster whose operator has nothing left to do.
   *
   * @param copies of the trust bundle, one of them in the namespace of the CA
   */
  record Setting(EmbeddedCluster cluster, ProcessHandle operator, String namespace, int copies) {}

  static RevocationRound measure(List<String> program, int leaves, int copies)
      throws IOException, InterruptedException {
    try (EmbeddedCluster cluster = BenchRound.cluster()) {
      Bulk.createNamespace(cluster, "bulk");
      Bulk.each(copies - 1, i -> createNamespace(cluster, "copy" + i));
      publish(cluster, BUNDLE);
      Bulk.createClientCerts(
          cluster.client(), "bulk", leaves, ", keystores: {pkcs12: {enabled: false}}");
      Process operator = BenchProcess.start(program, cluster);
      try (Bulk.Ready ready = new Bulk.Ready(cluster, "clientcerts", "bulk")) {
        ready.await(leaves, PATIENCE);
      }
      eventually(PATIENCE, () -> requirePublished(cluster, copies));
      Setting setting = new Setting(cluster, operator.toHandle(), "bulk", copies);
      publish(cluster, BUNDLE + BUNDLE_FOR_CONTOUR);
      eventually(PATIENCE, () -> assertThat(contourCopies(cluster)).hasSize(1));
      GatewayRefusals gateways = GatewayRefusals.measure(setting);
      publish(cluster, BUNDLE);
      eventually(PATIENCE, () -> assertThat(contourCopies(cluster)).isEmpty());
      RevocationCost one = RevocationCost.measure(setting, 1, 2);
      RevocationCost others = RevocationCost.measure(setting, 2, leaves);
      long peak = Usage.of(operator.toHandle()).peakBytes();
      BenchProcess.stop(operator);
      return new RevocationRound(
          leaves, copies, gateways, one.require(copies), others.require(copies), peak);
    }
  }

  private static void createNamespace(EmbeddedCluster cluster, String name) {
    cluster
        .client()
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("copies", "wanted")
                .addToAnnotations("mtls-operator.dev/accept-trust-from", "bulk")
                .endMetadata()
                .build())
        .create();
  }

  private static List<Secret> contourCopies(EmbeddedCluster cluster) {
    return cluster
        .client()
        .secrets()
        .inAnyNamespace()
        .withField("metadata.name", MeasuredGateways.COPY)
        .list()
        .getItems();
  }

  private static void publish(EmbeddedCluster cluster, String bundles) {
    cluster
        .kubectl()
        .run(
            "patch",
            "rca/root",
            "-n",
            "bulk",
            "--type=merge",
            "-p",
            "spec: {revocation: {}, trustBundles: [" + bundles + "]}")
        .orThrow();
  }

  private static void requirePublished(EmbeddedCluster cluster, int copies) {
    RootCA ca =
        cluster.client().resources(RootCA.class).inNamespace("bulk").withName("root").require();
    assertThat(Optional.ofNullable(ca.getStatus()).map(RootCAStatus::crl))
        .hasValueSatisfying(crl -> assertThat(crl.published()).isTrue());
    List<ConfigMap> found =
        cluster
            .client()
            .configMaps()
            .inAnyNamespace()
            .withField("metadata.name", COPIES)
            .list()
            .getItems();
    assertThat(found)
        .hasSize(copies)
        .allSatisfy(copy -> assertThat(copy.getData()).containsOnlyKeys("ca.crt", "ca.crl"));
  }
}
