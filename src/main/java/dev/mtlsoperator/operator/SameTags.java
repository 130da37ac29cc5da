package dev.mtlsoperator.operator;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;

/**
 * Prometheus drops a meter whose name came first with other tags, and JOSDK (5.3.2) counts events
 * with the tag {@code action} for those of resources and without it for others: these get one too.
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
