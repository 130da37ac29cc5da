package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.kube.Paging;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;

/** How JOSDK runs the three controllers: threads, retries, watches, leader election. */
final class ControllerConfiguration {
  /** Threads that reconcile; on two cores, more threads gain nothing. */
  static final int THREADS = 8;

  private static final Duration TERMINATION = Duration.ofSeconds(10);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);
  private static final double RETRY_FACTOR = 1.5;

  /** Longer than the interval after which each reconciliation reschedules itself. */
  private static final Duration LONGEST_PAUSE = Duration.ofHours(2);

  private ControllerConfiguration() {}

  /** An operator without controllers, which is not started. */
  static Operator operator(
      KubernetesClient client, Settings settings, Leadership leadership, MeterRegistry registry) {
    // created once: JOSDK calls the overrider twice
    Metrics metrics = MicrometerMetricsV2.newBuilder(registry).build();
    return new Operator(
        overrider -> {
          if (settings.leaderElection() == Settings.LeaderElection.LEASE) {
            overrider.withLeaderElectionConfiguration(leadership.configuration());
          }
          configure(overrider.withKubernetesClient(client).withMetrics(metrics));
        });
  }

  /** Adds a controller. */
  static <R extends CustomResource<?, ?>> void register(
      Operator operator, Reconciler<R> reconciler, Settings settings) {
    operator.register(reconciler, overrider -> configure(overrider, settings));
  }

  private static void configure(ConfigurationServiceOverrider overrider) {
    overrider
        .withCloseClientOnStop(false)
        // reconcilers treat resources as values and never modify them
        .withResourceCloner(new IdentityCloner())
        .withConcurrentReconciliationThreads(THREADS)
        .withReconciliationTerminationTimeout(TERMINATION)
        // a connection that breaks during the start is opened again; readiness reports it meanwhile
        .withStopOnInformerErrorDuringStartup(false)
        // Kinds has checked it already, in a way that needs no rights on CustomResourceDefinitions
        .checkingCRDAndValidateLocalModel(false);
  }

  private static <R extends CustomResource<?, ?>> void configure(
      ControllerConfigurationOverrider<R> overrider, Settings settings) {
    overrider
        // annotations request renewals, and they do not change the generation
        .withGenerationAware(false)
        .withInformerListLimit(Paging.OF_RESOURCES)
        .withOnUpdateFilter(PrimaryFilters::wakes)
        .withReconciliationMaxInterval(LONGEST_PAUSE)
        .withRateLimiter(new Unlimited())
        .withRetry(
            new GenericRetry()
                .withoutMaxAttempts()
                .setInitialInterval(FIRST_RETRY)
                .setIntervalMultiplier(RETRY_FACTOR)
                .setMaxInterval(LONGEST_RETRY.toMillis()));
    if (settings.namespaces().isEmpty()) {
      overrider
          .watchingAllNamespaces()
          .withItemStore(new TransformingItemStore<>(PrimaryFilters::slim));
    } else {
      // informers that share an item store lose objects (JOSDK 5.3.2): an indexer slims instead
      overrider.settingNamespaces(settings.namespaces());
    }
  }
}
