package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

final class SameTagsTest {
  @Test
  void shouldCountEventsWithAndWithoutAction() {
    // given
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.config().meterFilter(new SameTags());

    // when
    registry
        .counter(
            "events.received",
            "controller.name",
            "rootca",
            "event",
            "ResourceEvent",
            "action",
            "ADDED")
        .increment();
    registry.counter("events.received", "controller.name", "rootca", "event", "Event").increment();

    // then
    assertThat(registry.scrape())
        .contains("action=\"ADDED\",controller_name=\"rootca\",event=\"ResourceEvent\"} 1.0")
        .contains("action=\"none\",controller_name=\"rootca\",event=\"Event\"} 1.0");
  }
}
