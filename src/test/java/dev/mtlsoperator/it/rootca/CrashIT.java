package dev.mtlsoperator.it.rootca;

import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Interruption;
import dev.mtlsoperator.harness.RotationWitness;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.secret.SecretData;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A whole rotation, interrupted at each of its writes, ends in the same state. At no moment does a
 * certificate exist that a peer cannot verify, and no key is lost.
 */
@Timeout(400)
@SuppressWarnings("try") // an operator works while it is open
final class CrashIT {
  private static final Duration OVERLAP = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LATE = Duration.ofSeconds(3);
  private static final int AT_A_TIME = 12;
  private static final List<String> LEAVES = List.of("web", "partner");

  /** More than there are, since their number varies slightly: the last ones interrupt nothing. */
  private static final int SPARE = 2;

  private static EmbeddedCluster cluster;
  private static RotationWitness witness;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    witness = new RotationWitness(cluster.client());
  }

  @AfterAll
  static void end() {
    witness.close();
    cluster.close();
  }

  @Test
  void shouldEndTheSameWhereverItIsInterrupted() {
    // given: the number of writes of an uninterrupted rotation
    Scene calm = scenes(1).get(0);
    Interruption none = Interruption.none();
    rotate(calm);
    try (RunningOperator operator =
        RunningOperator.start(cluster, none.client(cluster), calm.namespace())) {
      awaitEnd(calm);
    }
    assertEnded(calm);
    int writes = none.writes();
    assertThat(writes).as("writes of a rotation").isGreaterThan(15);

    // when
    List<Scene> killed = scenes(writes + SPARE);
    List<Scene> unanswered = scenes(writes + SPARE);
    killed.forEach(CrashIT::rotate);
    unanswered.forEach(CrashIT::rotate);
    long begun = System.nanoTime();
    inParallel(
        Stream.concat(
                IntStream.range(0, killed.size())
                    .<Runnable>mapToObj(i -> () -> killBefore(i + 1, killed.get(i))),
                IntStream.range(0, unanswered.size())
                    .<Runnable>mapToObj(i -> () -> loseAnswerTo(i + 1, unanswered.get(i))))
            .toList());
    System.out.println(
        "a rotation of "
            + writes
            + " writes, interrupted at each of them in two ways: "
            + Duration.ofNanos(System.nanoTime() - begun).toSeconds()
            + " s");

    // then
    killed.forEach(CrashIT::assertEnded);
    unanswered.forEach(CrashIT::assertEnded);
  }

  private static void killBefore(int write, Scene scene) {
    Interruption death = Interruption.deathBefore(write);
    try (RunningOperator operator =
        RunningOperator.start(cluster, death.client(cluster), scene.namespace())) {
      // nothing happens to the last ones
      while (!death.await(Duration.ofMillis(200)) && !hasEnded(scene)) {
        assertThat(operator.cluster()).isSameAs(cluster);
      }
    }
    try (RunningOperator operator =
        RunningOperator.start(cluster, Interruption.none().client(cluster), scene.namespace())) {
      awaitEnd(scene);
    }
  }

  private static void loseAnswerTo(int write, Scene scene) {
    try (RunningOperator operator =
        RunningOperator.start(
            cluster, Interruption.lostAnswerTo(write).client(cluster), scene.namespace())) {
      awaitEnd(scene);
    }
  }

  @Test
  void shouldKeepTheOrderWithTwoOperatorsOneOfWhichSeesLate() {
    // given
    List<Scene> all = scenes(4);
    all.forEach(CrashIT::rotate);

    // when
    inParallel(
        all.stream()
            .<Runnable>map(
                scene ->
                    () -> {
                      try (RunningOperator one =
                              RunningOperator.start(
                                  cluster,
                                  Interruption.lateEvents(LATE).client(cluster),
                                  scene.namespace());
                          RunningOperator other =
                              RunningOperator.start(
                                  cluster,
                                  Interruption.none().client(cluster),
                                  scene.namespace())) {
                        awaitEnd(scene);
                        // the late one may report what it still sees once more, and then the end
                        Bulk.pause(LATE.plusSeconds(1));
                        awaitEnd(scene);
                      }
                    })
            .toList());

    // then
    all.forEach(CrashIT::assertEnded);
  }

  @Test
  void shouldRotateUponCachesThatLag() {
    // given
    Scene scene = scenes(1).get(0);
    rotate(scene);

    // when
    try (RunningOperator operator =
        RunningOperator.start(
            cluster, Interruption.lateEvents(LATE).client(cluster), scene.namespace())) {
      awaitEnd(scene);
    }

    // then
    assertEnded(scene);
  }

  /** Namespaces with a CA and its leaves, all ready, and no operator running. */
  private static List<Scene> scenes(int count) {
    List<Scene> scenes =
        IntStream.range(0, count).mapToObj(i -> Scene.in(cluster, "crash")).toList();
    try (RunningOperator operator = RunningOperator.start(cluster, Clock.systemUTC())) {
      inParallel(
          scenes.stream()
              .<Runnable>map(
                  scene ->
                      () -> {
                        scene.apply(
                            rootCA("root").with("spec.rotation.overlap", OVERLAP.toSeconds() + "s"),
                            serverCert("web"),
                            clientCert("partner").with("spec.keystores.pkcs12.enabled", false));
                        scene.readyServer("web");
                        scene.readyClient("partner");
                        scene.readyRootCA("root");
                      })
              .toList());
    }
    return scenes;
  }

  private static void rotate(Scene scene) {
    scene.kubectl("annotate", "rootca/root", "mtls-operator.dev/rotate=now").orThrow();
  }

  private static boolean hasEnded(Scene scene) {
    RootCAStatus root = scene.caStatus("root");
    return "now".equals(root.rotate())
        && root.generations().size() == 1
        && root.rotation().phase() == RotationPhase.Stable
        && leaves(scene).allMatch(leaf -> leaf.getStatus().caGeneration() == 2);
  }

  private static void awaitEnd(Scene scene) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!hasEnded(scene)) {
      assertThat(System.nanoTime())
          .as("it comes to no end: %s", scene.caStatus("root").rotation())
          .isLessThan(deadline);
      Bulk.pause(Duration.ofMillis(500));
    }
  }

  private static Stream<? extends LeafCert<?>> leaves(Scene scene) {
    return Stream.of(scene.server("web"), scene.client("partner"));
  }

  private static void assertEnded(Scene scene) {
    String where = "namespace " + scene.namespace();
    assertThat(witness.violations(scene.namespace(), OVERLAP)).as(where).isEmpty();
    assertThat(scene.secrets())
        .as(where)
        .extracting(secret -> secret.getMetadata().getName())
        .containsExactlyInAnyOrder("root-ca-2", "web", "partner");
    X509Certificate second = Scene.certificate(scene.secret("root-ca-2"));
    assertThat(scene.configMap("root-trust").getData())
        .as(where)
        .containsEntry("ca.crt", Pem.write(second));
    assertThat(scene.caStatus("root").generations())
        .as(where)
        .extracting(Generation::generation)
        .containsExactly(2);
    for (String leaf : LEAVES) {
      assertThat(SecretData.certificates(scene.secret(leaf), "ca.crt"))
          .as("%s in %s", leaf, where)
          .containsExactly(second);
    }
    assertThat(leaves(scene))
        .as(where)
        .allSatisfy(leaf -> assertThat(leaf.getStatus().revision()).as("issued once").isEqualTo(2));
  }

  private static void inParallel(List<Runnable> work) {
    ExecutorService executor = Executors.newFixedThreadPool(AT_A_TIME);
    try {
      List<Future<?>> all = work.stream().<Future<?>>map(executor::submit).toList();
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      executor.shutdownNow();
    }
  }
}
