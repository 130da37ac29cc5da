package dev.mtlsoperator.reconcile.context;

import static dev.mtlsoperator.fixtures.ServerCertFixture.aServerCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.leaf.ServerCert;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RevocationFinalizersTest {
  private static final ServerCert WEB = aServerCert();

  private Instant now = Instant.parse("2026-11-29T12:00:00Z");

  @Test
  void shouldTryAgainAtOnceWhereAnotherWriterWasFaster() {
    assertThat(isPausedAfter(409, Duration.ZERO)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"403, 59, 61", "422, 59, 61", "429, 4, 6", "500, 4, 6", "503, 4, 6"})
  void shouldWaitLongerWhereItIsRefused(int code, int during, int after) {
    assertThat(isPausedAfter(code, Duration.ofSeconds(during))).isTrue();
    assertThat(isPausedAfter(code, Duration.ofSeconds(after))).isFalse();
  }

  private boolean isPausedAfter(int code, Duration time) {
    try (KubernetesClient unused = new KubernetesClientBuilder().build()) {
      RevocationFinalizers finalizers =
          new RevocationFinalizers(unused, new Revocations(), () -> now);
      finalizers.failed(WEB, new KubernetesClientException("no", code, null));
      now = now.plus(time);
      return finalizers.isPaused(WEB);
    }
  }
}
