package dev.mtlsoperator.reconcile.kube;

import static dev.mtlsoperator.fixtures.RootCAFixture.aRootCA;
import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import dev.mtlsoperator.rotation.Finding;
import dev.mtlsoperator.rotation.Reason;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of a reconciliation that ended with an exception, and when it is tried again. */
final class FailedRunsTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Finding WHY = new Finding(Reason.InternalError, "it ended");

  private final List<Part> counted = new ArrayList<>();
  private final FailedRuns failures = new FailedRuns(new UnexpectedExceptions(counted::add));

  private static ServerCert leaf(String notAfter, long readyFor) {
    ServerCert leaf = aServerCert();
    leaf.setStatus(
        new LeafStatus(
            readyFor,
            List.of(
                new Condition(
                    "Ready", ConditionStatus.TRUE, readyFor, "2026-01-01T00:00:00Z", "Issued", "")),
            "web",
            "1a",
            "2026-01-01T00:00:00Z",
            notAfter,
            null,
            null,
            3,
            7,
            "sha256:digest",
            null,
            null,
            null,
            List.of(),
            null));
    return leaf;
  }

  private static Condition condition(List<Condition> conditions, String type) {
    return Conditions.find(conditions, type).orElseThrow();
  }

  @Test
  void shouldTellWhichExceptionItWasAndNothingOfWhatItSays() {
    FailedRuns.Told told =
        failures
            .failed(aRootCA(), new IllegalStateException(new ClassCastException("hunter2")))
            .orElseThrow();

    assertThat(told.why().reason()).isEqualTo(Reason.InternalError);
    assertThat(told.why().message())
        .contains("RootCA", "IllegalStateException", "ClassCastException")
        .doesNotContain("hunter2");
    assertThat(counted).containsExactly(Part.ROOTCA);
  }

  @Test
  void shouldTakeALostAnswerForNoInternalErrorHoweverItIsWrapped() {
    // given: as the framework tells of a status that may have been written or not
    Exception lost =
        new OperatorException(
            new KubernetesClientException("Operation: [patch]", new IOException("reset")));

    assertThat(failures.failed(aRootCA(), lost)).isEmpty();
    assertThat(counted).isEmpty();
  }

  @Test
  void shouldTryAgainAfterAPauseThatGrowsUpToAMinute() {
    ServerCert leaf = leaf("2027-01-01T00:00:00Z", 1);
    List<Duration> pauses = new ArrayList<>();

    for (int i = 0; i < 100; i++) {
      pauses.add(failures.failed(leaf, new IllegalStateException()).orElseThrow().next());
    }

    assertThat(pauses).startsWith(Duration.ofSeconds(1), Duration.ofSeconds(2)).isSorted();
    assertThat(pauses).endsWith(Duration.ofMinutes(1));
    failures.run(leaf, UpdateControl::noUpdate);
    assertThat(failures.failed(leaf, new IllegalStateException()).orElseThrow().next())
        .isEqualTo(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 409, 429, 500, 503})
  void shouldLeaveToTheFrameworkWhatMayBeOverTheNextTime(int code) {
    assertThat(failures.failed(aRootCA(), new KubernetesClientException("", code, null))).isEmpty();
    assertThat(counted).isEmpty();
  }

  @Test
  void shouldTellWhatTheApiServerRefuses() {
    FailedRuns.Told told =
        failures
            .failed(
                aRootCA(),
                new KubernetesClientException(
                    "", 403, new StatusBuilder().withMessage("you may not").build()))
            .orElseThrow();

    assertThat(told.why().reason()).isEqualTo(Reason.IssuanceFailed);
    assertThat(told.why().message()).contains("you may not");
  }

  @Test
  void shouldTellOfARootCAThatItIsStalled() {
    RootCA ca = aRootCA();
    RootCAStatus first = FailedRuns.status(ca, WHY, NOW);
    ca.setStatus(first);

    assertThat(condition(first.conditions(), "Ready").status()).isEqualTo(ConditionStatus.FALSE);
    assertThat(condition(first.conditions(), "Stalled").reason()).isEqualTo("InternalError");
    // told once, however often it happens
    assertThat(FailedRuns.status(ca, WHY, NOW.plusSeconds(60))).isEqualTo(first);
  }

  @Test
  void shouldLeaveALeafReadyWhileItsCertificateLasts() {
    LeafStatus status = FailedRuns.status(leaf("2027-01-01T00:00:00Z", 1), WHY, NOW);

    assertThat(condition(status.conditions(), "Ready").status()).isEqualTo(ConditionStatus.TRUE);
    assertThat(condition(status.conditions(), "RenewalBlocked").reason())
        .isEqualTo("InternalError");
    assertThat(status.revision()).isEqualTo(7);
    assertThat(status.secretDigest()).isEqualTo("sha256:digest");
  }

  @Test
  void shouldNotCallALeafReadyThatIsNot() {
    for (ServerCert leaf :
        List.of(
            leaf("2026-01-02T00:00:00Z", 1),
            leaf("not a time", 1),
            leaf("2027-01-01T00:00:00Z", 0),
            aServerCert())) {
      LeafStatus status = FailedRuns.status(leaf, WHY, NOW);

      assertThat(condition(status.conditions(), "Ready").status()).isEqualTo(ConditionStatus.FALSE);
      assertThat(condition(status.conditions(), "Stalled").reason()).isEqualTo("InternalError");
    }
  }
}
