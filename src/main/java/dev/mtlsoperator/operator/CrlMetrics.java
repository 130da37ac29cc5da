package dev.mtlsoperator.operator;

import static dev.mtlsoperator.operator.CertificateMetrics.gauge;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.ca.CrlStatus;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCAStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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

  /** A RootCA that publishes CRLs, and what its status says of them. */
  private record Publishing(CAName ca, CrlStatus crl) {
    static Stream<Publishing> of(RootCA ca) {
      return Optional.ofNullable(ca.getStatus())
          .map(RootCAStatus::crl)
          .map(crl -> new Publishing(CAName.of(ca), crl))
          .stream();
    }

    Tags tags() {
      return Tags.of("namespace", ca.namespace(), "root_ca", ca.name());
    }
  }

  /** Computes all values anew. */
  void refresh(Stream<RootCA> cas) {
    List<Publishing> publishing = cas.flatMap(Publishing::of).toList();
    register(revoked, publishing, one -> one.crl().revoked());
    register(number, publishing, one -> Double.parseDouble(one.crl().number()));
    register(thisUpdate, publishing, one -> time(one.crl().thisUpdate()));
    register(nextUpdate, publishing, one -> time(one.crl().nextUpdate()));
    register(behind, publishing, one -> copiesBehind.apply(one.ca()));
  }

  private static void register(
      MultiGauge gauge, List<Publishing> publishing, Function<Publishing, Number> value) {
    List<Row<?>> rows = new ArrayList<>();
    publishing.forEach(one -> rows.add(Row.of(one.tags(), value.apply(one))));
    gauge.register(rows, true);
  }

  private static double time(String rfc3339) {
    return CertificateMetrics.time(rfc3339).orElse(0.0);
  }
}
