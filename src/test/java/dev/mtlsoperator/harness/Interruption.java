package dev.mtlsoperator.harness;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A fault in one operator's writes, which are counted from 1 without Events and Leases. */
public final class Interruption implements Interceptor {
  private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");

  private final How how;
  private final int at;
  private final AtomicInteger writes = new AtomicInteger();
  private final CountDownLatch happened = new CountDownLatch(1);

  private enum How {
    /** Neither the write nor anything after it is sent, as if the process had died. */
    DEATH,
    /** The write is sent, but its response never arrives; then everything continues. */
    LOST_ANSWER,
    /** Writes are unaffected; watch events arrive late. */
    LATE_EVENTS
  }

  private Interruption(How how, int at) {
    this.how = how;
    this.at = at;
  }

  public static Interruption none() {
    return deathBefore(Integer.MAX_VALUE);
  }

  public static Interruption deathBefore(int write) {
    return new Interruption(How.DEATH, write);
  }

  public static Interruption lostAnswerTo(int write) {
    return new Interruption(How.LOST_ANSWER, write);
  }

  public static Interruption lateEvents(Duration delay) {
    return new Interruption(How.LATE_EVENTS, Math.toIntExact(delay.toMillis()));
  }

  /** A client with this fault. */
  public KubernetesClient client(EmbeddedCluster cluster) {
    Config config =
        new ConfigBuilder(Config.fromKubeconfig(cluster.kubeconfig().toFile()))
            .withClientKeyAlgo("EC")
            // web sockets bypass interceptors
            .withOnlyHttpWatches(true)
            .withRequestRetryBackoffLimit(0)
            .build();
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientFactory(new VertxHttpClientFactory())
        .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("interruption", this))
        .build();
  }

  public int writes() {
    return writes.get();
  }

  /** Whether the fault occurred within that time. */
  public boolean await(Duration patience) {
    try {
      return happened.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    if (how == How.DEATH) {
      if (isWrite(request) && writes.incrementAndGet() >= at) {
        happened.countDown();
      }
      if (happened.getCount() == 0) {
        throw new KubernetesClientException("the process is dead");
      }
    }
  }

  @Override
  public AsyncBody.Consumer<List<ByteBuffer>> consumer(
      AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
    if (how == How.LOST_ANSWER && isWrite(request) && writes.incrementAndGet() == at) {
      happened.countDown();
      return (buffers, body) -> {
        throw new IOException("the answer is lost");
      };
    }
    if (how == How.LATE_EVENTS && String.valueOf(request.uri().getQuery()).contains("watch=true")) {
      return (buffers, body) ->
          CompletableFuture.delayedExecutor(at, TimeUnit.MILLISECONDS)
              .execute(() -> pass(consumer, buffers, body));
    }
    return consumer;
  }

  private static void pass(
      AsyncBody.Consumer<List<ByteBuffer>> consumer, List<ByteBuffer> buffers, AsyncBody body) {
    try {
      consumer.consume(buffers, body);
    } catch (Exception e) {
      body.cancel();
    }
  }

  private static boolean isWrite(HttpRequest request) {
    String path = request.uri().getPath();
    return WRITES.contains(request.method())
        && !path.contains("/events")
        && !path.contains("/leases");
  }
}
