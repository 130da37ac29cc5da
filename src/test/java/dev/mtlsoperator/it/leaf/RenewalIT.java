package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static dev.mtlsoperator.harness.Scene.condition;
import static dev.mtlsoperator.harness.Scene.reason;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.WrongClock;
import dev.mtlsoperator.secret.SecretData;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Time-based renewal, with operators whose clocks are ahead. */
@Timeout(180)
@SuppressWarnings("try") // an operator works while it is open
final class RenewalIT {
  private static EmbeddedCluster cluster;

  private final Scene scene = Scene.in(cluster, "renewal");
  private int touches;

  @BeforeAll
  static void begin() {
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
  }

  @AfterAll
  static void end() {
    cluster.close();
  }

  @Test
  void shouldRenewEachLeafOnceWhenItsTimeHasCome() {
    // given
    List<String> names = IntStream.rangeClosed(1, 20).mapToObj(n -> "web" + n).toList();
    List<ServerCert> first;
    try (RunningOperator operator = operatorAfter(Duration.ZERO)) {
      scene.apply(
          Stream.concat(Stream.of(rootCA("root")), names.stream().map(Manifest::serverCert))
              .toArray(Manifest[]::new));
      first = names.stream().map(scene::readyServer).toList();
    }

    // when: a day before the earliest of them, jitter included
    try (RunningOperator operator = operatorAfter(Duration.ofDays(54))) {
      scene.apply(serverCert("probe"));
      scene.readyServer("probe");
    }

    // then
    assertThat(names.stream().map(scene::server).map(ServerCert::getStatus).toList())
        .isEqualTo(first.stream().map(ServerCert::getStatus).toList());

    // when
    try (RunningOperator operator = operatorAfter(Duration.ofDays(61))) {
      first.forEach(scene::reissued);
      // then
      eventually(
          () ->
              assertThat(
                      first.stream()
                          .flatMap(leaf -> scene.events(leaf).stream())
                          .filter(e -> "RenewalDue".equals(e.getReason())))
                  .hasSize(names.size()));
    }
    List<ServerCert> renewed = names.stream().map(scene::server).toList();
    for (int i = 0; i < names.size(); i++) {
      ServerCert before = first.get(i);
      ServerCert after = renewed.get(i);
      assertThat(after.getStatus().revision()).isEqualTo(2);
      assertThat(after.getStatus().lastIssuance().reason()).isEqualTo("RenewalDue");
      assertThat(after.getStatus().secretDigest())
          .isEqualTo(SecretData.digest(scene.secret(names.get(i))));
      assertThat(ready(after).lastTransitionTime()).isEqualTo(ready(before).lastTransitionTime());
      assertThat(Instant.parse(after.getStatus().notAfter()))
          .isAfter(Instant.parse(before.getStatus().notAfter()).plus(Duration.ofDays(60)));
      assertThat(after.getStatus().conditions())
          .extracting(Condition::type)
          .containsExactly("Ready");
    }

    // when
    try (RunningOperator operator = operatorAfter(Duration.ofDays(62))) {
      scene.apply(serverCert("another-probe"));
      scene.readyServer("another-probe");
    }

    // then
    assertThat(names.stream().map(scene::server).toList()).isEqualTo(renewed);
  }

  @Test
  void shouldRenewByItsOwnTimer() {
    // given
    ServerCert before;
    try (RunningOperator operator = operatorAfter(Duration.ZERO)) {
      scene.apply(rootCA("root"), serverCert("web"), clientCert("partner"));
      before = scene.readyServer("web");
      scene.readyClient("partner");
    }
    Instant due = Instant.parse(before.getStatus().renewalTime());

    // when: only time passes
    try (RunningOperator operator =
        operatorAfter(Duration.between(Instant.now(), due).minusSeconds(5))) {
      ServerCert after = scene.reissued(before);

      // then
      assertThat(after.getStatus().lastIssuance().reason()).isEqualTo("RenewalDue");
      assertThat(Instant.parse(after.getStatus().lastIssuance().time()))
          .isBetween(due, due.plusSeconds(20));
    }
  }

  @Test
  void shouldReplaceWhatExpiredWhileNobodyWorked() {
    // given
    try (RunningOperator operator = operatorAfter(Duration.ZERO)) {
      scene.apply(rootCA("root"), serverCert("web"));
      scene.readyServer("web");
    }
    ServerCert before = scene.server("web");

    // when
    try (RunningOperator operator = operatorAfter(Duration.ofDays(200))) {
      // then
      assertThat(scene.reissued(before).getStatus().revision()).isEqualTo(2);
    }
  }

  @Test
  void shouldShortenALeafToItsCAAndReplaceACAThatExpiredWhileNobodyWorked() {
    // given
    ServerCert before;
    try (RunningOperator operator = operatorAfter(Duration.ZERO)) {
      scene.apply(
          rootCA("root").with("spec.duration", "30d").with("spec.rotation.crossCertificate", true),
          serverCert("web"));
      String end = scene.readyRootCA("root").getStatus().notAfter();
      before = scene.readyServer("web");
      assertThat(before.getStatus().notAfter()).isEqualTo(end);
      assertThat(ready(before).message()).contains("shortened");
    }

    // when
    try (RunningOperator operator = operatorAfter(Duration.ofDays(31))) {
      // then: by itself, with a warning
      ServerCert after = scene.reissued(before);
      assertThat(after.getStatus().caGeneration()).isEqualTo(2);
      scene.readyRootCA("root");
      eventually(
          () ->
              assertThat(scene.events(scene.rootCA("root")))
                  .anySatisfy(
                      e -> {
                        assertThat(e.getType()).isEqualTo("Warning");
                        assertThat(e.getReason()).isEqualTo("CAExpired");
                        assertThat(e.getMessage()).contains("handshakes may fail");
                      }));
    }
  }

  @Test
  void shouldIssueNothingAndLetNoRotationGoOnByAClockThatIsFarFromTheServers() {
    // given
    ServerCert before;
    try (RunningOperator operator = operatorAfter(Duration.ZERO)) {
      scene.apply(rootCA("root").with("spec.rotation.overlap", "1s"), serverCert("web"));
      before = scene.readyServer("web");
      scene.readyRootCA("root");
    }

    // when: so far ahead that everything has expired by its clock
    try (RunningOperator operator =
        RunningOperator.startListening(
            cluster, Clock.offset(Clock.systemUTC(), Duration.ofDays(4000)))) {
      scene.apply(serverCert("late"));
      scene
          .kubectl("annotate", "servercert/web", "mtls-operator.dev/renew=now", "--overwrite")
          .orThrow();
      scene.kubectl("annotate", "rootca/root", "mtls-operator.dev/rotate=now").orThrow();

      // then: valid ones stay Ready and report the obstacle
      eventually(
          () -> {
            assertThat(scene.server("late").getStatus()).isNotNull();
            assertThat(reason(scene.server("late").getStatus().conditions(), "Stalled"))
                .isEqualTo("ClockSkewed");
            assertThat(reason(scene.server("web").getStatus().conditions(), "RenewalBlocked"))
                .isEqualTo("ClockSkewed");
            assertThat(reason(scene.caStatus("root").conditions(), "RenewalBlocked"))
                .isEqualTo("ClockSkewed");
          });
      assertThat(ready(scene.server("web")).status()).isEqualTo(ConditionStatus.TRUE);
      scene.readyRootCA("root");
      assertThat(scene.caStatus("root").rotation().blockedBy())
          .anySatisfy(why -> assertThat(why).contains("clock"));
      assertThat(scene.caStatus("root").generations()).hasSize(1);
      assertThat(scene.find(Secret.class, "late")).isEmpty();
      assertThat(scene.server("web").getStatus().serialNumber())
          .isEqualTo(before.getStatus().serialNumber());
    }

    // when: it is set right
    try (RunningOperator operator = RunningOperator.startListening(cluster, Clock.systemUTC())) {
      // then
      scene.readyServer("late");
      scene.reissued(before);
      eventually(
          () ->
              assertThat(scene.caStatus("root").generations())
                  .extracting(Generation::generation)
                  .containsExactly(2));
      assertThat(scene.caStatus("root").conditions())
          .extracting(Condition::type)
          .containsExactly("Ready");
    }
  }

  @Test
  void shouldKeepItsKeyAndIssueAgainWhenClocksThatWereTwentyYearsAheadAreSetRight() {
    // given
    WrongClock clock = new WrongClock();
    Duration far = Duration.ofDays(7_300);
    try (RunningOperator operator = RunningOperator.start(cluster, clock)) {
      scene.apply(rootCA("root").with("spec.rotation.overlap", "1s"), serverCert("web"));
      scene.readyServer("web");
      String first = scene.readyRootCA("root").getStatus().generations().get(0).certificate();

      // when: the API server's clock is also wrong
      clock.jump(far);
      touch();

      // then: nothing is done because of that time
      eventually(
          () ->
              assertThat(reason(scene.caStatus("root").conditions(), "RenewalBlocked"))
                  .isEqualTo("ClockJumped"));
      assertThat(scene.caStatus("root").generations()).hasSize(1);

      // when it stays so
      clock.pass(Duration.ofMinutes(11));
      touch();

      // then: the first one has expired and left, but its key is kept
      eventually(
          () -> {
            touch();
            assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(2);
            assertThat(scene.configMap("root-trust").getData().get("ca.crt"))
                .doesNotContain(first.strip());
          });
      assertThat(scene.find(Secret.class, "root-ca-1")).isPresent();

      // when it is set right
      clock.jump(far.negated());
      touch();

      // then: those that are not valid yet are not Ready, and the first one is trusted at once
      eventually(
          () -> {
            assertThat(ready(scene.server("web")).status()).isEqualTo(ConditionStatus.FALSE);
            assertThat(ready(scene.server("web")).reason()).isIn("NotYetValid", "ClockJumped");
            assertThat(scene.configMap("root-trust").getData().get("ca.crt"))
                .contains(first.strip());
          });

      // when it is trusted again
      clock.pass(Duration.ofMinutes(11));
      touch();

      // then
      eventually(
          () -> {
            touch();
            ServerCert web = scene.server("web");
            assertThat(ready(web).status()).isEqualTo(ConditionStatus.TRUE);
            assertThat(web.getStatus().caGeneration()).isEqualTo(1);
            assertThat(Instant.parse(web.getStatus().notBefore())).isBefore(clock.instant());
          });
      scene.readyRootCA("root");
      assertThat(scene.find(Secret.class, "root-ca-1")).isPresent();
    }
  }

  // does not wait for the operator's own timers: an edit without effect triggers a reconciliation
  private void touch() {
    touches++;
    scene
        .kubectl(
            "annotate", "rootca/root", "mtls-operator.dev/advance=touch" + touches, "--overwrite")
        .orThrow();
    scene
        .kubectl(
            "patch",
            "servercert/web",
            "--type=merge",
            "-p",
            "{\"spec\":{\"renewBefore\":\"" + (20 + touches % 2) + "d\"}}")
        .orThrow();
  }

  @Test
  void shouldMakeASuccessorWhenItIsDueAndFinishItsRotationWhileTimePasses() {
    // given
    try (RunningOperator operator = operatorAfter(Duration.ZERO)) {
      scene.apply(rootCA("root").with("spec.rotation.overlap", "1s"), serverCert("web"));
      scene.readyServer("web");
      scene.readyRootCA("root");
    }

    // when: two thirds of its ten years are over
    try (RunningOperator operator = operatorAfter(Duration.ofDays(2434))) {
      // then
      eventually(
          () -> {
            assertThat(scene.caStatus("root").generations()).hasSize(2);
            assertThat(scene.caStatus("root").rotation().phase())
                .isEqualTo(RotationPhase.Migrating);
          });
      eventually(() -> assertThat(scene.server("web").getStatus().caGeneration()).isIn(1, 2));
    }

    // when: no certificate of the first one can be in use any more
    try (RunningOperator operator = operatorAfter(Duration.ofDays(2600))) {
      // then
      eventually(
          () -> {
            assertThat(scene.caStatus("root").generations()).hasSize(1);
            assertThat(scene.server("web").getStatus().caGeneration()).isEqualTo(2);
            assertThat(scene.caStatus("root").rotation().phase()).isEqualTo(RotationPhase.Stable);
          });
      assertThat(scene.find(Secret.class, "root-ca-1")).isEmpty();
    }
  }

  private static Condition ready(ServerCert leaf) {
    return condition(leaf.getStatus().conditions(), "Ready").orElseThrow();
  }

  private static RunningOperator operatorAfter(Duration later) {
    return RunningOperator.start(cluster, Clock.offset(Clock.systemUTC(), later));
  }
}
