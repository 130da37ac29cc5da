package dev.mtlsoperator.it.neighbours;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A flood of requests from one tenant slows only that tenant. */
@Timeout(180)
final class FairnessIT {
  /** Minutes of work on this machine. */
  private static final int FLOOD = 80;

  private static EmbeddedCluster cluster;
  private static RunningOperator operator;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    operator = RunningOperator.start(cluster, Clock.systemUTC());
  }

  @AfterAll
  static void end() {
    operator.close();
    cluster.close();
  }

  @Test
  void shouldServeOthersDuringTheFloodOfOne() {
    // given
    Scene quiet = Scene.in(cluster, "quiet");
    Duration alone = issuing(quiet, 5);
    Scene flooding = Scene.in(cluster, "flooding");
    flooding.apply(
        Stream.concat(
                Stream.of(rootCA("root")),
                IntStream.range(0, FLOOD).mapToObj(i -> rsa(serverCert("web" + i), 4096)))
            .toArray(Manifest[]::new));
    eventually(() -> assertThat(ready(flooding)).isPositive());

    // when
    Duration during = issuing(Scene.in(cluster, "other"), 5);
    long served = ready(flooding);

    // then: their certificates did not wait for the flood's, and the flood continues
    System.out.printf(
        "5 certificates alone: %d ms, during the flood: %d ms; %d of the flood's %d were made%n",
        alone.toMillis(), during.toMillis(), served, FLOOD);
    assertThat(served).isLessThan(FLOOD / 2);
    assertThat(during).isLessThan(Duration.ofSeconds(20));
    eventually(() -> assertThat(ready(flooding)).isGreaterThan(served));

    // when: the waiting leaf is deleted, and another one asks for the same kind of key
    flooding.kubectl("delete", "servercerts", "--all", "--wait=false").orThrow();
    Scene another = Scene.in(cluster, "another");
    another.apply(rootCA("root"), rsa(serverCert("web"), 2048));

    // then
    another.readyServer("web");
  }

  private static Duration issuing(Scene scene, int count) {
    List<String> names = IntStream.range(0, count).mapToObj(i -> "web" + i).toList();
    long begun = System.nanoTime();
    scene.apply(
        Stream.concat(Stream.of(rootCA("root")), names.stream().map(Manifest::serverCert))
            .toArray(Manifest[]::new));
    names.forEach(scene::readyServer);
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  private static Manifest rsa(Manifest leaf, int bits) {
    return leaf.with("spec.privateKey.algorithm", "RSA").with("spec.privateKey.size", bits);
  }

  private static long ready(Scene scene) {
    return scene.all(ServerCert.class).stream()
        .filter(leaf -> leaf.getStatus() != null && leaf.getStatus().serialNumber() != null)
        .count();
  }
}
