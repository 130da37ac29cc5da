package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connecting the operator's objects starts nothing and sends nothing. */
final class WiringTest {
  private static final int NOBODY_CALLS_MILLIS = 300;

  /** Threads that the operator has when it runs. */
  private static final Set<String> THREADS = Set.of("pace", "readiness", "events", "trust-sweep");

  @ParameterizedTest
  @EnumSource
  void shouldNotCallTheApiServer(Settings.LeaderElection election) throws IOException {
    try (ServerSocket apiServer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        KubernetesClient client = client(apiServer)) {
      // given
      apiServer.setSoTimeout(NOBODY_CALLS_MILLIS);

      // when
      Wiring.Parts parts = wiring(client, election).parts();

      // then
      assertThatThrownBy(apiServer::accept).isInstanceOf(SocketTimeoutException.class);
      assertThat(parts.operator().getRuntimeInfo().isStarted()).isFalse();
      assertThat(parts.readiness().obstacle())
          .contains("the watches on the API server are not in sync");
    }
  }

  @Test
  void shouldStartNoThread() throws IOException {
    try (ServerSocket apiServer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        KubernetesClient client = client(apiServer)) {
      // given
      List<Thread> before = operatorThreads();

      // when
      Wiring.Parts parts = wiring(client, Settings.LeaderElection.OFF).parts();

      // then
      assertThat(operatorThreads()).isEqualTo(before);
      assertThat(parts.scheduler().waiting(QueueClass.RSA_KEY)).isZero();
    }
  }

  private static List<Thread> operatorThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> THREADS.contains(thread.getName()))
        .toList();
  }

  private static Wiring wiring(KubernetesClient client, Settings.LeaderElection election) {
    return new Wiring(
        client,
        new ApiTraffic(),
        new Settings(
            Set.of(),
            Settings.DEFAULT_NAMESPACE,
            0,
            OptionalInt.empty(),
            Optional.empty(),
            election,
            Settings.Series.EACH_CA,
            Settings.Restarts.ON),
        Clock.systemUTC(),
        new Seal(new byte[32]),
        "host",
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
  }

  private static KubernetesClient client(ServerSocket apiServer) {
    return Clients.create(
        new ConfigBuilder()
            .withMasterUrl("http://127.0.0.1:" + apiServer.getLocalPort())
            .withNamespace("default")
            .build(),
        new ApiTraffic());
  }
}
