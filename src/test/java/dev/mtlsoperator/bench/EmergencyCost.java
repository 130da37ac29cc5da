package dev.mtlsoperator.bench;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Metrics;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.KeyIdentifiers;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * What it takes until a distrusted CA is nowhere any more: in no bundle, and every certificate
 * issued again.
 *
 * @param bundle until the trust ConfigMap is rid of it
 * @param all until each leaf's Secret is, too, and holds a certificate of another generation
 * @param writes as the API server counts them
 */
public record EmergencyCost(Duration bundle, Duration all, Map<String, Long> writes) {
  /** The new generation's Secret is made, the condemned one's deleted. */
  static final long SECRETS_OF_THE_CA = 2;

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration QUIET = Duration.ofSeconds(3);

  /** Pulls the brake on the generation that signs of the RootCA {@code root}. */
  public static EmergencyCost measure(EmbeddedCluster cluster, String namespace, int leaves) {
    // a former generation then leaves after this was measured, and costs what leaving costs
    RotationCost.patch(cluster, namespace, "{\"spec\":{\"rotation\":{\"overlap\":\"1h\"}}}");
    Generation condemned =
        Objects.requireNonNull(ca(cluster, namespace).getStatus()).generations().stream()
            .filter(g -> g.state() == GenerationState.Signing)
            .findFirst()
            .orElseThrow();
    X509Certificate root = Pem.readCertificates(condemned.certificate()).get(0);
    String pem = Pem.write(root);
    Metrics before = cluster.metrics();
    long begun = System.nanoTime();
    cluster
        .kubectl()
        .run(
            "annotate",
            "rca/root",
            "-n",
            namespace,
            "mtls-operator.dev/distrust=" + condemned.fingerprint())
        .orThrow();
    eventually(
        PATIENCE,
        () ->
            assertThat(
                    cluster
                        .client()
                        .configMaps()
                        .inNamespace(namespace)
                        .withName("root-trust")
                        .require()
                        .getData()
                        .get("ca.crt"))
                .isNotEmpty()
                .doesNotContain(pem));
    Duration bundle = Duration.ofNanos(System.nanoTime() - begun);
    Predicate<Secret> clean =
        secret ->
            !Scene.text(secret, "ca.crt").contains(pem)
                && !KeyIdentifiers.namesIssuer(Scene.certificate(secret), root);
    eventually(
        PATIENCE,
        () -> {
          List<Secret> secrets =
              cluster
                  .client()
                  .secrets()
                  .inNamespace(namespace)
                  .withLabel("mtls-operator.dev/kind", "ServerCert")
                  .list()
                  .getItems();
          assertThat(secrets).hasSize(leaves);
          assertThat(secrets.stream().filter(clean.negate()).count())
              .as("Secrets with the condemned CA in them")
              .isZero();
        });
    Duration all = Duration.ofNanos(System.nanoTime() - begun);
    eventually(
        PATIENCE,
        () ->
            assertThat(
                    cluster
                        .client()
                        .resources(ServerCert.class)
                        .inNamespace(namespace)
                        .list()
                        .getItems())
                .allSatisfy(
                    leaf ->
                        assertThat(Objects.requireNonNull(leaf.getStatus()).caGeneration())
                            .isGreaterThan(condemned.generation())));
    Bulk.pause(QUIET);
    return new EmergencyCost(bundle, all, Bulk.writes(cluster.metrics().since(before)));
  }

  private static RootCA ca(EmbeddedCluster cluster, String namespace) {
    return cluster
        .client()
        .resources(RootCA.class)
        .inNamespace(namespace)
        .withName("root")
        .require();
  }

  /** Fails where trust and certificate of a leaf cost more than one write, and its status one. */
  public EmergencyCost require(int leaves) {
    // a former generation, where there is one, is then no longer used
    assertThat(writes.get("secrets"))
        .as("%s", this)
        .isBetween(
            leaves + SECRETS_OF_THE_CA,
            leaves + SECRETS_OF_THE_CA + RotationCost.SECRETS_OF_ITS_END);
    assertThat(writes.get("servercerts")).as("%s", this).isEqualTo(leaves);
    assertThat(writes.get("configmaps")).as("%s", this).isEqualTo(1);
    assertThat(writes.get("rootcas"))
        .as("%s", this)
        .isLessThanOrEqualTo(1 + RotationCost.MOST_STATUSES);
    return this;
  }
}
