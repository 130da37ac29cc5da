package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions.Part;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/** Counts unexpected exceptions; each part of the operator has its series from the start. */
final class ExceptionMetrics implements Consumer<Part> {
  private final Map<Part, Counter> counters = new EnumMap<>(Part.class);

  ExceptionMetrics(MeterRegistry registry) {
    for (Part part : Part.values()) {
      counters.put(
          part,
          Counter.builder("mtls.operator.internal.errors")
              .description("Unexpected exceptions, by the part of the operator")
              .tag("part", part.label())
              .register(registry));
    }
  }

  @Override
  public void accept(Part part) {
    Counter counter = counters.get(part);
    if (counter != null) {
      counter.increment();
    }
  }
}
