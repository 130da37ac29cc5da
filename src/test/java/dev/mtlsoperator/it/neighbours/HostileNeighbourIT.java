package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.HostileNeighbour;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.Clients;
import dev.mtlsoperator.pki.Bombs;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.Keys;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A tenant with the chart's {@code edit} role does random things for minutes with everything that
 * it may write in its own namespace, which also contains a CA. Meanwhile the operator, with the
 * chart's rights and 256 MiB of heap, keeps its guarantees to all other tenants.
 *
 * <p>{@code -Dhostile.seconds=600 -Dhostile.seed=42} runs longer, or repeats the same choices.
 */
@Timeout(7_200)
final class HostileNeighbourIT {
  private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("hostile.seconds", 120));
  private static final long SEED = Long.getLong("hostile.seed", System.nanoTime());
  private static final String TENANT = "mallory";

  /** The guarantees. */
  private static final Duration LEAF_IS_READY = Duration.ofSeconds(10);

  private static final Duration LIVEZ_ANSWERS = Duration.ofSeconds(1);
  private static final Duration ROTATION_ENDS = Duration.ofMinutes(4);
  private static final int MOST_GENERATIONS = 16;

  private final Set<String> everOfShared = new HashSet<>();
  private final List<String> story = new ArrayList<>();
  private Duration slowestLeaf = Duration.ZERO;
  private Duration slowestRotation = Duration.ZERO;
  private Duration slowestDistrust = Duration.ZERO;

  @Test
  void shouldKeepEveryPromiseToEverybodyElse() throws Exception {
    System.out.printf("-Dhostile.seed=%d -Dhostile.seconds=%d%n", SEED, LENGTH.toSeconds());
    try (EmbeddedCluster cluster = EmbeddedCluster.start()) {
      RunningOperator.installKinds(cluster);
      cluster.kubectl().run("apply", "-f", "examples/deploy").orThrow();
      try (OperatorProgram operator = start(cluster);
          // its log is useful whatever the result
          AutoCloseable log = () -> keep(operator)) {
        assertThat(log).isNotNull();
        Scene platform = Scene.in(cluster, "platform");
        Scene victim = Scene.in(cluster, "victim");
        Scene tenant = Scene.in(cluster, TENANT);
        prepare(cluster, platform, victim, tenant);
        HostileNeighbour neighbour =
            new HostileNeighbour(
                as(TENANT, cluster.kubeconfig()),
                tenant.namespace(),
                platform.namespace(),
                operator.managementPort(),
                bombs(),
                SEED);
        Thread thread = new Thread(neighbour, TENANT);
        Thread.UncaughtExceptionHandler handler =
            (t, e) -> {
              story.add("the neighbour ended: " + e);
            };
        thread.setUncaughtExceptionHandler(handler);
        thread.start();
        long end = System.nanoTime() + LENGTH.toNanos();
        int round = 0;
        do {
          round++;
          otherTenantIsServed(platform, victim, round);
          operatorAnswers(operator);
          generationsAreBounded(tenant, neighbour);
          switch (round % 4) {
            case 1 -> rotationEnds(platform, victim, round);
            case 3 -> distrustEnds(platform, victim);
            default -> {}
          }
          assertThat(thread.isAlive()).as("the neighbour is at work; %s", story).isTrue();
        } while (System.nanoTime() < end);
        neighbour.end();
        thread.join();
        report(operator, neighbour, round);
        // an action that is always refused tests nothing
        assertThat(neighbour.neverAccepted()).isEmpty();
        assertThat(neighbour.accepted().values().stream().filter(times -> times > 0).count())
            .isGreaterThan(neighbour.accepted().size() / 2);
        peaceReturns(platform, victim, tenant, neighbour);
        assertThat(operator.isAlive()).isTrue();
        assertThat(operator.output()).doesNotContain("OutOfMemoryError", "StackOverflowError");
      }
    }
  }

  private static void keep(OperatorProgram operator) {
    try {
      Files.writeString(Path.of("target", "hostile-neighbour.log"), operator.output());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<byte[]> bombs() {
    return Bombs.texts().values().stream()
        .map(text -> text.getBytes(StandardCharsets.US_ASCII))
        .toList();
  }

  private static OperatorProgram start(EmbeddedCluster cluster) {
    return OperatorProgram.start(
        cluster.kubeconfigFor("mtls-operator", "mtls-operator"),
        List.of("-Xmx256m", "-XX:+ExitOnOutOfMemoryError"),
        "--operator-namespace=mtls-operator");
  }

  private static KubernetesClient as(String user, Path kubeconfig) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    config.setImpersonateUsername(user);
    config.setImpersonateGroups("system:authenticated");
    // a refused action is not retried
    config.setRequestRetryBackoffLimit(0);
    return Clients.create(config, new ApiTraffic());
  }

  private void prepare(EmbeddedCluster cluster, Scene platform, Scene victim, Scene tenant) {
    tenant
        .kubectl("create", "rolebinding", TENANT, "--clusterrole=edit", "--user=" + TENANT)
        .orThrow();
    for (Scene consenting : List.of(tenant, victim)) {
      cluster
          .kubectl()
          .run(
              "annotate",
              "namespace",
              consenting.namespace(),
              "mtls-operator.dev/accept-trust-from=" + platform.namespace())
          .orThrow();
    }
    platform.apply(
        rootCA("shared")
            .with("spec.rotation", Map.of("overlap", "2s", "reissue", "Immediately"))
            .with("spec.allowedNamespaces.from", "All")
            .with("spec.policy.dnsNames", List.of("*.example.org"))
            .with("spec.policy.commonNames", List.of("*"))
            .with(
                "spec.trustBundles",
                List.of(
                    Map.of(
                        "kind", "ConfigMap",
                        "name", "shared-bundle",
                        "namespaces", Map.of("from", "All")),
                    Map.of(
                        "kind",
                        "Secret",
                        "name",
                        "shared-trust-store",
                        "keys",
                        Map.of("certificates", "ca.crt", "truststore", "truststore.p12"),
                        "namespaces",
                        Map.of("from", "All")))));
    tenant.apply(rootCA("own").with("spec.rotation.overlap", "2s"));
    platform.readyRootCA("shared");
    tenant.readyRootCA("own");
    victim.apply(
        Stream.concat(
                Stream.of(
                    clientCert("browser")
                        .with("spec.rootCARef", of(platform))
                        .without("spec.commonName")
                        .with("spec.dnsNames", List.of("browser.example.org"))),
                Stream.of("a", "b", "c").map(name -> leafOf(platform, name)))
            .toArray(Manifest[]::new));
    victim.readyClient("browser");
    List.of("a", "b", "c").forEach(victim::readyServer);
    eventually(
        () ->
            assertThat(
                    cluster
                        .kubectl()
                        .run(
                            "auth",
                            "can-i",
                            "create",
                            "servercerts.mtls-operator.dev",
                            "--as=" + TENANT,
                            "-n",
                            tenant.namespace())
                        .stdout())
                .startsWith("yes"));
  }

  private static Manifest leafOf(Scene platform, String name) {
    return serverCert(name).with("spec.rootCARef", of(platform));
  }

  private static Map<String, Object> of(Scene platform) {
    return Map.of("name", "shared", "namespace", platform.namespace());
  }

  private void otherTenantIsServed(Scene platform, Scene victim, int round) {
    String name = "new-" + round;
    long begun = System.nanoTime();
    victim.apply(leafOf(platform, name));
    eventually(
        LEAF_IS_READY,
        () ->
            assertThat(victim.server(name).getStatus())
                .as("another tenant's new leaf, after %s", LEAF_IS_READY)
                .isNotNull()
                .satisfies(
                    status -> assertThat(status.serialNumber()).as("its serial").isNotNull()));
    slowestLeaf = longer(slowestLeaf, since(begun));
    if (round > 3) {
      victim.kubectl("delete", "servercert", "new-" + (round - 3), "--wait=false").orThrow();
    }
    onlySharedIsTrusted(platform, victim);
  }

  /** The bundles of relying parties contain only present or former generations of that CA. */
  private void onlySharedIsTrusted(Scene platform, Scene victim) {
    List<String> bundles = new ArrayList<>();
    bundles.add(platform.configMap("shared-trust").getData().get(Keys.CA_CRT));
    bundles.add(victim.configMap("shared-bundle").getData().get(Keys.CA_CRT));
    victim.secrets().stream()
        .filter(secret -> Keys.TYPE_TLS.equals(secret.getType()))
        .forEach(secret -> bundles.add(Scene.text(secret, Keys.CA_CRT)));
    generations(platform).forEach(g -> everOfShared.add(g.fingerprint()));
    for (String bundle : bundles) {
      for (X509Certificate trusted : Pem.readCertificates(bundle)) {
        assertThat(everOfShared).contains(Fingerprint.of(trusted).text());
      }
    }
  }

  private static List<Generation> generations(Scene platform) {
    return platform.caStatus("shared").generations();
  }

  private static void operatorAnswers(OperatorProgram operator) {
    eventually(
        () -> {
          long begun = System.nanoTime();
          assertThat(operator.get("/livez").statusCode()).isEqualTo(200);
          assertThat(since(begun)).as("/livez").isLessThan(LIVEZ_ANSWERS);
        });
    assertThat(operator.get("/metrics").statusCode()).isEqualTo(200);
  }

  private static void generationsAreBounded(Scene tenant, HostileNeighbour neighbour) {
    Set<String> planted = neighbour.planted();
    List<String> made =
        tenant.secrets().stream()
            .filter(secret -> Keys.TYPE_CA.equals(secret.getType()))
            .map(secret -> secret.getMetadata().getName())
            .filter(name -> !planted.contains(name))
            .toList();
    assertThat(made).as("CA Secrets that the operator made").hasSizeLessThan(MOST_GENERATIONS + 1);
  }

  private void rotationEnds(Scene platform, Scene victim, int round) {
    String before = signer(platform);
    long begun = System.nanoTime();
    platform
        .kubectl(
            "annotate", "rootca/shared", "mtls-operator.dev/rotate=round-" + round, "--overwrite")
        .orThrow();
    eventually(
        ROTATION_ENDS,
        () -> {
          assertThat(generations(platform))
              .as("%s", platform.caStatus("shared").rotation())
              .extracting(Generation::fingerprint)
              .doesNotContain(before);
          assertThat(platform.caStatus("shared").rotation().phase())
              .isEqualTo(RotationPhase.Stable);
        });
    slowestRotation = longer(slowestRotation, since(begun));
    trustIsThatOfToday(platform, victim);
  }

  private void distrustEnds(Scene platform, Scene victim) {
    String stolen = signer(platform);
    long begun = System.nanoTime();
    platform
        .kubectl("annotate", "rootca/shared", "mtls-operator.dev/distrust=" + stolen, "--overwrite")
        .orThrow();
    eventually(
        ROTATION_ENDS,
        () ->
            assertThat(generations(platform))
                .as("%s", platform.caStatus("shared").rotation())
                .isNotEmpty()
                .extracting(Generation::fingerprint)
                .doesNotContain(stolen));
    eventually(
        () -> {
          for (Secret secret : victim.secrets()) {
            if (secret.getData() != null && secret.getData().containsKey(Keys.CA_CRT)) {
              assertThat(Pem.readCertificates(Scene.text(secret, Keys.CA_CRT)))
                  .as(secret.getMetadata().getName())
                  .noneMatch(c -> Fingerprint.of(c).text().equals(stolen));
            }
          }
        });
    slowestDistrust = longer(slowestDistrust, since(begun));
    platform.kubectl("annotate", "rootca/shared", "mtls-operator.dev/distrust-").orThrow();
    trustIsThatOfToday(platform, victim);
  }

  private static void trustIsThatOfToday(Scene platform, Scene victim) {
    eventually(
        () -> {
          String signer = signer(platform);
          Secret secret = victim.secret("a");
          assertThat(Pem.readCertificates(Scene.text(secret, Keys.CA_CRT)))
              .anyMatch(c -> Fingerprint.of(c).text().equals(signer));
          assertThat(victim.server("a").getStatus().caGeneration())
              .isEqualTo(
                  generations(platform).stream()
                      .filter(g -> g.fingerprint().equals(signer))
                      .findFirst()
                      .orElseThrow()
                      .generation());
        });
  }

  private static String signer(Scene platform) {
    return generations(platform).stream()
        .filter(g -> g.state() == GenerationState.Signing)
        .findFirst()
        .orElseThrow(() -> new AssertionError("nobody signs: " + platform.caStatus("shared")))
        .fingerprint();
  }

  private void peaceReturns(
      Scene platform, Scene victim, Scene tenant, HostileNeighbour neighbour) {
    platform.readyRootCA("shared");
    List.of("a", "b", "c").forEach(victim::readyServer);
    victim.readyClient("browser");
    // its effects on the namespace end with it
    neighbour.letAllGo();
    tenant.kubectl("delete", "servercerts,clientcerts", "--all", "--wait=false").orThrow();
    neighbour.letAllGo();
    tenant.kubectl("delete", "secrets,configmaps", "--all", "--wait=false").orThrow();
    neighbour.letAllGo();
    tenant.kubectl("delete", "rootca", "own", "--wait=false").orThrow();
    eventually(() -> assertThat(tenant.find(RootCA.class, "own")).isEmpty());
    tenant.apply(rootCA("fresh"), serverCert("after").with("spec.rootCARef.name", "fresh"));
    tenant.readyServer("after");
  }

  private void report(OperatorProgram operator, HostileNeighbour neighbour, int rounds) {
    System.out.printf(
        "%d rounds; new leaf at worst %d ms, rotation %d ms, distrust %d ms; %s%n"
            + "accepted: %s; refused: %d%n",
        rounds,
        slowestLeaf.toMillis(),
        slowestRotation.toMillis(),
        slowestDistrust.toMillis(),
        operator.usage(),
        neighbour.accepted(),
        neighbour.refused());
  }

  private static Duration since(long begun) {
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
