package dev.mtlsoperator.operator;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.CrlStatus;
import dev.mtlsoperator.api.ca.RootCA;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Metrics of the CRLs of each RootCA that publishes some, computed at each scrape. */
final class CrlMetrics {
  private final MultiGauge revoked;
  private final MultiGauge number;
  private final MultiGauge thisUpdate;
  private final MultiGauge nextUpdate;
  private final MultiGauge behind;
  private final Function<CAName, Integer> copiesBehind;

  /**
   * @param copiesBehind how many copies of a RootCA's trust bundle are not current
   */
  CrlMetrics(MeterRegistry registry, Function<CAName, Integer> copiesBehind) {
    this.copiesBehind = copiesBehind;
    revoked = gauge(registry, "mtls.crl.revoked", "Certificates on the CRLs of a RootCA");
    number = gauge(registry, "mtls.crl.number", "The highest CRL number of a RootCA");
    thisUpdate =
        gauge(
            registry,
            "mtls.crl.this.update.timestamp.seconds",
            "When the newest CRL was issued, in seconds since 1970");
    nextUpdate =
        gauge(
            registry,
            "mtls.crl.next.update.timestamp.seconds",
            "When the first CRL expires unless it is replaced, in seconds since 1970");
    behind =
        gauge(
            registry,
            "mtls.crl.copies.behind",
            "Copies of a trust bundle that do not hold the newest CRLs or certificates; known to the leader");
  }

  private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }

  /** Computes all values anew. */
  void refresh(Stream<RootCA> cas) {
    List<RootCA> publishing =
        cas.filter(ca -> ca.getStatus() != null && ca.getStatus().crl() != null).toList();
    register(revoked, publishing, CrlStatus::revoked);
    register(number, publishing, crl -> Double.parseDouble(crl.number()));
    register(thisUpdate, publishing, crl -> time(crl.thisUpdate()));
    register(nextUpdate, publishing, crl -> time(crl.nextUpdate()));
    List<Row<?>> rows = new ArrayList<>();
    publishing.forEach(ca -> rows.add(Row.of(tags(ca), copiesBehind.apply(CAName.of(ca)))));
    behind.register(rows, true);
  }

  private static void register(
      MultiGauge gauge, List<RootCA> publishing, Function<CrlStatus, Number> value) {
    List<Row<?>> rows = new ArrayList<>();
    for (RootCA ca : publishing) {
      CrlStatus crl = ca.getStatus() == null ? null : ca.getStatus().crl();
      if (crl != null) {
        rows.add(Row.of(tags(ca), value.apply(crl)));
      }
    }
    gauge.register(rows, true);
  }

  private static double time(String rfc3339) {
    return Timestamps.parse(rfc3339).map(time -> (double) time.getEpochSecond()).orElse(0.0);
  }

  private static Tags tags(RootCA ca) {
    return Tags.of(
        "namespace", ca.getMetadata().getNamespace(), "root_ca", ca.getMetadata().getName());
  }
}
