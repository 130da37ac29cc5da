package dev.mtlsoperator.operator;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.api.Condition;
import dev.mtlsoperator.api.ConditionStatus;
import dev.mtlsoperator.api.Timestamps;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Metrics of all CAs and certificates, computed from the caches at each scrape: a series for each
 * CA and kind of certificate and, if configured, one for each certificate. Series of deleted
 * resources disappear.
 */
final class CertificateMetrics {
  /** Conditions that report a problem while they are true. */
  private static final List<String> BLOCKING =
      List.of(
          "Stalled",
          "RenewalBlocked",
          "TrustBlocked",
          "RestartBlocked",
          "RevocationIncomplete",
          "RevocationNearLimit");

  private final Supplier<Stream<RootCA>> cas;
  private final Supplier<Stream<LeafCert<?>>> leaves;
  private final Settings.Series series;
  private final UnexpectedExceptions exceptions;
  private final Gauges gauges;
  private final CrlMetrics crls;

  private record Gauges(
      MultiGauge caExpiry,
      MultiGauge certificates,
      MultiGauge blocked,
      MultiGauge advised,
      MultiGauge earliestExpiry,
      MultiGauge earliestRenewal,
      MultiGauge expiry) {

    static Gauges of(MeterRegistry registry) {
      return new Gauges(
          gauge(
              registry,
              "mtls.ca.expiry.timestamp.seconds",
              "End of the CA certificate that signs, in seconds since 1970"),
          gauge(registry, "mtls.certificates", "Certificates of a CA, by kind and whether Ready"),
          gauge(
              registry,
              "mtls.resources.blocked",
              "Resources with a condition that reports a problem, by reason"),
          gauge(
              registry,
              "mtls.resources.advised",
              "Resources that work, but that a known class of peers refuses, by the worst advice"),
          gauge(
              registry,
              "mtls.certificates.earliest.expiry.timestamp.seconds",
              "End of the certificate that ends first, in seconds since 1970"),
          gauge(
              registry,
              "mtls.certificates.earliest.renewal.timestamp.seconds",
              "Renewal of the certificate that is renewed next, in seconds since 1970"),
          gauge(
              registry,
              "mtls.certificate.expiry.timestamp.seconds",
              "End of each certificate, in seconds since 1970; with --metrics-per-certificate"));
    }

    void register(Count count) {
      caExpiry.register(rows(count.caEnds), true);
      certificates.register(rows(count.certificates), true);
      blocked.register(rows(count.blocked), true);
      advised.register(rows(count.advised), true);
      earliestExpiry.register(rows(count.firstEnds), true);
      earliestRenewal.register(rows(count.firstRenewals), true);
      expiry.register(rows(count.ends), true);
    }
  }

  /**
   * @param cas all RootCAs that are cached
   * @param leaves all ServerCerts and ClientCerts that are cached
   * @param crls the metrics of RootCAs' CRLs
   */
  CertificateMetrics(
      MeterRegistry registry,
      Settings.Series series,
      UnexpectedExceptions exceptions,
      Supplier<Stream<RootCA>> cas,
      Supplier<Stream<LeafCert<?>>> leaves,
      CrlMetrics crls) {
    this.crls = crls;
    this.gauges = Gauges.of(registry);
    this.series = series;
    this.exceptions = exceptions;
    this.cas = cas;
    this.leaves = leaves;
  }

  /** Computes all values anew. */
  synchronized void refresh() {
    Count count = new Count();
    cas.get().forEach(ca -> guarded(ca, () -> count.add(ca)));
    leaves.get().forEach(leaf -> guarded(leaf, () -> count.add(leaf, series)));
    gauges.register(count);
    crls.refresh(cas.get());
  }

  // a resource that cannot be counted does not keep others from being counted
  private void guarded(HasMetadata resource, Runnable counting) {
    try {
      counting.run();
    } catch (RuntimeException | StackOverflowError e) {
      exceptions.met(UnexpectedExceptions.Part.METRICS, resource, e);
    }
  }

  /** The values of one scrape. */
  private static final class Count {
    private final Map<Tags, Double> caEnds = new HashMap<>();
    private final Map<Tags, Long> certificates = new HashMap<>();
    private final Map<Tags, Long> blocked = new HashMap<>();
    private final Map<Tags, Long> advised = new HashMap<>();
    private final Map<Tags, Double> firstEnds = new HashMap<>();
    private final Map<Tags, Double> firstRenewals = new HashMap<>();
    private final Map<Tags, Double> ends = new HashMap<>();

    void add(RootCA ca) {
      if (ca.getStatus() != null) {
        Tags tags =
            Tags.of(
                "namespace",
                ca.getMetadata().getNamespace(),
                "root_ca",
                ca.getMetadata().getName());
        time(ca.getStatus().notAfter()).ifPresent(end -> caEnds.put(tags, end));
        addProblems(ca, ca.getStatus().conditions());
      }
    }

    void add(LeafCert<?> leaf, Settings.Series series) {
      LeafStatus status = leaf.getStatus();
      boolean ready = status != null && state(status.conditions(), "Ready").isPresent();
      Tags group =
          Tags.of(
              "kind",
              leaf.getKind(),
              "namespace",
              leaf.getMetadata().getNamespace(),
              "root_ca",
              signer(leaf));
      certificates.merge(group.and("ready", Boolean.toString(ready)), 1L, Long::sum);
      if (status == null) {
        return;
      }
      addProblems(leaf, status.conditions());
      time(status.renewalTime())
          .ifPresent(renewal -> firstRenewals.merge(group, renewal, Math::min));
      time(status.notAfter())
          .ifPresent(
              end -> {
                firstEnds.merge(group, end, Math::min);
                if (series == Settings.Series.EACH_CERTIFICATE) {
                  ends.put(group.and("name", leaf.getMetadata().getName()), end);
                }
              });
    }

    // the name; for a CA in another namespace, namespace and name
    private static String signer(LeafCert<?> leaf) {
      CAName ca = leaf.signingCA();
      return ca.namespace().equals(leaf.getMetadata().getNamespace()) ? ca.name() : ca.toString();
    }

    private void addProblems(HasMetadata resource, List<Condition> conditions) {
      BLOCKING.stream()
          .flatMap(type -> state(conditions, type).stream())
          .forEach(
              condition ->
                  blocked.merge(
                      Tags.of(
                          "kind",
                          resource.getKind(),
                          "namespace",
                          resource.getMetadata().getNamespace(),
                          "condition",
                          condition.type(),
                          "reason",
                          condition.reason()),
                      1L,
                      Long::sum));
      state(conditions, "Advisory")
          .ifPresent(
              condition ->
                  advised.merge(
                      Tags.of(
                          "kind",
                          resource.getKind(),
                          "namespace",
                          resource.getMetadata().getNamespace(),
                          "reason",
                          condition.reason()),
                      1L,
                      Long::sum));
    }
  }

  private static Optional<Condition> state(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(c -> c.type().equals(type) && c.status() == ConditionStatus.TRUE)
        .findFirst();
  }

  static Optional<Double> time(@Nullable String rfc3339) {
    return Timestamps.parse(rfc3339).map(time -> (double) time.getEpochSecond());
  }

  private static List<Row<?>> rows(Map<Tags, ? extends Number> values) {
    List<Row<?>> rows = new ArrayList<>();
    values.forEach((tags, value) -> rows.add(Row.of(tags, value)));
    return rows;
  }

  static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }
}
