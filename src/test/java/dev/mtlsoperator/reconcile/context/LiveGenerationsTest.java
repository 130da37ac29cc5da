package dev.mtlsoperator.reconcile.context;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationReader;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits for a slow answer of the API server. */
@Timeout(60)
final class LiveGenerationsTest {
  private static final byte[] NO_SECRETS =
      "{\"apiVersion\":\"v1\",\"kind\":\"SecretList\",\"metadata\":{},\"items\":[]}"
          .getBytes(StandardCharsets.UTF_8);

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answered = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private KubernetesClient client;

  @BeforeEach
  void begin() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().contains("/namespaces/slow/")) {
            asked.countDown();
            await(answered);
          }
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, NO_SECRETS.length);
          exchange.getResponseBody().write(NO_SECRETS);
          exchange.close();
        });
    server.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder(Config.empty())
                    .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                    .build())
            .build();
  }

  @AfterEach
  void end() {
    answered.countDown();
    client.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void shouldKeepTheLeavesOfOneCaWaitingForItsAnswerAndNotThoseOfOthers() throws Exception {
    // given
    LiveGenerations liveGenerations = new LiveGenerations(client);
    CompletableFuture<Boolean> slow =
        CompletableFuture.supplyAsync(() -> confirm(liveGenerations, "slow", 0), threads);
    await(asked);

    // when: as many others as one map has room for in a bucket, and more
    for (int i = 0; i < 100; i++) {
      assertThat(confirm(liveGenerations, "quick", i)).isTrue();
    }

    // then
    assertThat(slow).isNotDone();
    answered.countDown();
    assertThat(slow.get(30, TimeUnit.SECONDS)).isTrue();
  }

  private static boolean confirm(LiveGenerations liveGenerations, String namespace, int ca) {
    return liveGenerations.confirm(
        namespace,
        "root" + ca,
        CaGenerations.none(),
        new GenerationReader(new Seal(new byte[32])),
        ReportedStatus.nothing(),
        Duration.ofHours(1));
  }
}
