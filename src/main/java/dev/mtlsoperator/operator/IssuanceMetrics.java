package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.context.IssuanceListener;
import dev.mtlsoperator.rotation.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** Counts issuances and measures their duration, by kind and reason. */
final class IssuanceMetrics implements IssuanceListener {
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5),
    Duration.ofSeconds(30)
  };

  private final MeterRegistry registry;

  IssuanceMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void written(String kind, Reason reason, Duration took) {
    Timer.builder("mtls.issuance.duration")
        .description("Time from the decision to write a Secret until it was written, by reason")
        .tags("kind", kind, "reason", reason.name())
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(took);
  }

  @Override
  public void failed(String kind, Reason reason) {
    Counter.builder("mtls.issuance.failures")
        .description("Attempts that wrote no Secret, by reason")
        .tags("kind", kind, "reason", reason.name())
        .register(registry)
        .increment();
  }
}
