package dev.mtlsoperator.reconcile.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Records unexpected exceptions: counts each, and logs its class and stack trace with the resource
 * concerned. Its message is not logged, because it may quote secret input. Thread-safe.
 */
public final class UnexpectedExceptions {
  private static final Logger LOG = LoggerFactory.getLogger(UnexpectedExceptions.class);

  /** The time after which the same exception at the same resource is logged again. */
  private static final Duration QUIET = Duration.ofMinutes(10);

  private static final int MOST_REMEMBERED = 1000;
  private static final int MOST_CAUSES = 4;
  private static final int MOST_FRAMES = 8;

  private final Consumer<Part> counting;
  private final Map<String, Long> logged = RecentlyUsed.atMost(MOST_REMEMBERED);
  private volatile boolean stopping;

  /** The part of the operator in which it occurred. */
  public enum Part {
    ROOTCA,
    SERVERCERT,
    CLIENTCERT,
    WATCHES,
    TURNS,
    EVENTS,
    TRUST_SWEEP,
    REVOKE_ON_DELETE,
    READINESS,
    READYZ,
    METRICS,
    OCSP;

    /** The name in metrics and logs. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Part of(HasMetadata resource) {
      return valueOf(resource.getKind().toUpperCase(Locale.ROOT));
    }
  }

  /**
   * Starts without any.
   *
   * @param counting is called for each exception, also for those that are not logged
   */
  public UnexpectedExceptions(Consumer<Part> counting) {
    this.counting = counting;
  }

  /**
   * From now on nothing is recorded: the operator stops, and watches end under work that is still
   * under way. Who works next does it again.
   */
  public void stop() {
    stopping = true;
  }

  /** Records an exception that concerns no single resource. */
  public void met(Part part, Throwable failure) {
    met(part, failure, "", log -> log);
  }

  /** Records an exception at a resource, or at a foreign object. */
  public void met(Part part, HasMetadata about, Throwable failure) {
    String namespace = String.valueOf(about.getMetadata().getNamespace());
    String name = String.valueOf(about.getMetadata().getName());
    met(
        part,
        failure,
        about.getKind() + "/" + namespace + "/" + name,
        log ->
            log.addKeyValue("kind", about.getKind())
                .addKeyValue("namespace", namespace)
                .addKeyValue("name", name));
  }

  private interface Naming {
    LoggingEventBuilder name(LoggingEventBuilder log);
  }

  private void met(Part part, Throwable failure, String about, Naming naming) {
    if (stopping) {
      return;
    }
    counting.accept(part);
    String classes = classes(failure);
    naming
        .name(LOG.atLevel(isNews(part + " " + about + " " + classes) ? Level.ERROR : Level.DEBUG))
        .addKeyValue("part", part.label())
        .addKeyValue("exception", classes)
        .addKeyValue("at", frames(failure))
        .log("an internal error: please report it; the work is tried again");
  }

  /** The classes of an exception and its causes, without their messages. */
  static String classes(Throwable failure) {
    return Stream.iterate(failure, e -> e != null, Throwable::getCause)
        .limit(MOST_CAUSES)
        .map(e -> e.getClass().getName())
        .collect(Collectors.joining(" caused by "));
  }

  private static String frames(Throwable failure) {
    Throwable deepest =
        Stream.iterate(failure, e -> e != null, Throwable::getCause)
            .limit(MOST_CAUSES)
            .reduce(failure, (before, next) -> next);
    return Arrays.stream(deepest.getStackTrace())
        .limit(MOST_FRAMES)
        .map(StackTraceElement::toString)
        .collect(Collectors.joining(" < "));
  }

  private boolean isNews(String what) {
    long now = System.nanoTime();
    Long before = logged.get(what);
    if (before != null && now - before < QUIET.toNanos()) {
      return false;
    }
    logged.put(what, now);
    return true;
  }
}
