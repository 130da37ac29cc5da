package dev.mtlsoperator.operator;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;

/**
 * Adds the tag {@code action} to event counters that lack it. The Prometheus registry drops a meter
 * whose name was registered with other tag keys, and JOSDK (5.3.2) sets this tag only for events of
 * resources.
 */
final class SameTags implements MeterFilter {
  private static final String EVENTS = "events.received";
  private static final String ACTION = "action";

  @Override
  public Meter.Id map(Meter.Id id) {
    return id.getName().equals(EVENTS) && id.getTag(ACTION) == null
        ? id.withTag(Tag.of(ACTION, "none"))
        : id;
  }
}
