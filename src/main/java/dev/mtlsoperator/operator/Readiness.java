package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import io.fabric8.kubernetes.client.Client;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import io.javaoperatorsdk.operator.RuntimeInfo;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Whether the operator can work: its watches are open and in sync, the API server reports that it
 * is ready, and it accepts writes. The server is asked every five seconds, because a frozen server
 * keeps its connections open, and one without etcd its watches. The same rules apply to a standby.
 */
final class Readiness implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Allows two missed answers. */
  private static final Duration SILENCE = Duration.ofSeconds(15);

  private final RuntimeInfo operator;
  private final ApiTraffic traffic;
  private final Leadership leadership;
  private final Client client;
  private final UnexpectedExceptions exceptions;
  private final ScheduledExecutorService asking =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "readiness");
            thread.setDaemon(true);
            return thread;
          });
  private volatile long answered = System.nanoTime();

  Readiness(
      KubernetesClient client,
      RuntimeInfo operator,
      ApiTraffic traffic,
      Leadership leadership,
      UnexpectedExceptions exceptions) {
    this.leadership = leadership;
    this.exceptions = exceptions;
    this.operator = operator;
    this.traffic = traffic;
    this.client =
        client.newClient(
            new RequestConfigBuilder()
                .withRequestRetryBackoffLimit(0)
                .withRequestTimeout(Math.toIntExact(PATIENCE.toMillis()))
                .build());
  }

  /** Starts to ask. */
  void start() {
    var unused =
        asking.scheduleWithFixedDelay(this::ask, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Why the operator is not ready; empty: it is. */
  Optional<String> obstacle() {
    if (!operator.isStarted() || !operator.allEventSourcesAreHealthy()) {
      return Optional.of("the watches on the API server are not in sync");
    }
    if (System.nanoTime() - answered > SILENCE.toNanos()) {
      return Optional.of("the API server is not ready, or does not answer");
    }
    return traffic.refusal();
  }

  private void ask() {
    try {
      leadership.watch(traffic);
      // null: the path is not served (404), which only a ready server can answer
      String unused = client.raw("/readyz");
      answered = System.nanoTime();
    } catch (KubernetesClientException e) {
      if (e.getCode() == 401 || e.getCode() == 403) {
        // it answers; that this path is forbidden says nothing about its state
        answered = System.nanoTime();
      }
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      // a task that throws would not be scheduled again
      exceptions.met(UnexpectedExceptions.Part.READINESS, e);
    }
  }

  @Override
  public void close() {
    asking.shutdownNow();
  }
}
