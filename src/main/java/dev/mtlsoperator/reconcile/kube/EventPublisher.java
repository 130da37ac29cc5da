package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes Kubernetes Events on a best-effort basis: from a separate thread, at most five per
 * second, and dropping those that exceed a short queue, so that issuance never waits for an Event.
 */
public final class EventPublisher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);
  private static final int QUEUE = 256;
  private static final long PACE_MILLIS = 200;

  /** The API server rejects longer messages. */
  private static final int LONGEST_MESSAGE = 1024;

  private final KubernetesClient client;
  private final Clock clock;
  private final String instance;
  private final UnexpectedExceptions exceptions;
  private final BlockingQueue<Event> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Thread thread;

  /**
   * @param instance names the reporting process, such as its pod
   */
  public EventPublisher(
      KubernetesClient client, Clock clock, String instance, UnexpectedExceptions exceptions) {
    this.client = client;
    this.clock = clock;
    this.instance = instance;
    this.exceptions = exceptions;
    this.thread = new Thread(this::publish, "events");
    this.thread.setDaemon(true);
  }

  /** Starts to publish what is queued. */
  public void start() {
    thread.start();
  }

  /** Whether an Event is routine or needs attention. */
  public enum Type {
    Normal,
    Warning
  }

  /** Queues an Event, or drops it if the queue is full. */
  public void publish(HasMetadata about, Type type, String reason, String message) {
    String now = Instant.now(clock).truncatedTo(ChronoUnit.SECONDS).toString();
    boolean queued =
        queue.offer(
            new EventBuilder()
                .withNewMetadata()
                .withNamespace(about.getMetadata().getNamespace())
                .withGenerateName(about.getMetadata().getName() + ".")
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(about.getApiVersion())
                .withKind(about.getKind())
                .withNamespace(about.getMetadata().getNamespace())
                .withName(about.getMetadata().getName())
                .withUid(about.getMetadata().getUid())
                .withResourceVersion(about.getMetadata().getResourceVersion())
                .endInvolvedObject()
                .withType(type.name())
                .withReason(reason)
                .withMessage(TruncatedText.to(LONGEST_MESSAGE, message))
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .withNewSource()
                .withComponent("mtls-operator")
                .endSource()
                .withReportingComponent("mtls-operator")
                .withReportingInstance(instance)
                .build());
    if (!queued) {
      LOG.debug("an Event was dropped: the queue is full");
    }
  }

  private void publish() {
    try {
      while (true) {
        send(queue.take());
        Thread.sleep(PACE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(Event event) {
    try {
      client.v1().events().resource(event).create();
    } catch (KubernetesClientException e) {
      LOG.atDebug().addKeyValue("code", e.getCode()).log("an Event could not be published");
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      // Events are best effort
      exceptions.met(UnexpectedExceptions.Part.EVENTS, event, e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
