package dev.mtlsoperator.operator;

import dev.mtlsoperator.reconcile.ca.RootCAReconciler;
import dev.mtlsoperator.reconcile.ca.TrustSweep;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.LastLeafExpiryRecorder;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.LiveGenerations;
import dev.mtlsoperator.reconcile.context.PrimaryFilters;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.SealKeeper;
import dev.mtlsoperator.reconcile.context.SigningKeys;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.Paging;
import dev.mtlsoperator.reconcile.kube.StartGate;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.reconcile.leaf.ClientCertReconciler;
import dev.mtlsoperator.reconcile.leaf.ServerCertReconciler;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.reconcile.restart.WorkloadRestarts;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.javaoperatorsdk.operator.processing.event.source.informer.TransformingItemStore;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The operator, started: three reconcilers, health and metrics. */
public final class OperatorProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorProcess.class);

  /** On two cores more bring nothing. */
  private static final int RECONCILIATION_THREADS = 8;

  private static final Duration TERMINATION = Duration.ofSeconds(10);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(1);
  private static final double RETRY_FACTOR = 1.5;

  /** Behind the fail-safe that each reconciliation asks for itself. */
  private static final Duration LONGEST_PAUSE = Duration.ofHours(2);

  private final KubernetesClient client;
  private final StartGate gate = new StartGate();
  private final SigningKeys signingKeys;
  private final EventPublisher events;
  private final FairScheduler scheduler;
  private final Operator operator;
  private final Leadership leadership;
  private final Readiness readiness;
  private final ManagementServer management;
  private final TrustSweep trustSweep;

  private OperatorProcess(
      KubernetesClient client, ApiTraffic traffic, Settings settings, Clock clock)
      throws IOException {
    this.client = client;
    Kinds.require(client);
    leadership = new Leadership(client, settings.operatorNamespace(), instance());
    if (settings.leaderElection() == Settings.LeaderElection.LEASE) {
      leadership.fence(traffic);
    }
    Seal seal = SealKeeper.open(client, settings.operatorNamespace(), settings.namespaces());
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry.config().meterFilter(new SameTags());
    UnexpectedExceptions exceptions = new UnexpectedExceptions(new ExceptionMetrics(registry));
    signingKeys = new SigningKeys(client, seal);
    events = new EventPublisher(client, clock, instance(), exceptions);
    scheduler =
        new FairScheduler(
            Runtime.getRuntime().availableProcessors(), RECONCILIATION_THREADS, exceptions);
    WatchedClusterView clusterView = new WatchedClusterView(traffic);
    ReconcileContext shared =
        new ReconcileContext(
            client,
            clock,
            clusterView,
            WatchScope.of(settings.namespaces()),
            seal,
            signingKeys,
            new LastLeafExpiryRecorder(client, seal),
            new LiveGenerations(client, seal),
            new AdditionalTrusts(),
            new WrittenTrust(),
            new LeafAttempts(),
            scheduler,
            settings.restarts() == Settings.Restarts.ON
                ? new WorkloadRestarts(client, events)
                : new Restarts.Off(),
            events,
            new IssuanceMetrics(registry),
            gate,
            exceptions);
    new ProcessorMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    Gauge.builder("mtls.operator.leading", leadership, l -> works(settings, l) ? 1 : 0)
        .description("1: this operator works; 0: it stands by")
        .register(registry);
    for (QueueClass work : QueueClass.values()) {
      Gauge.builder("mtls.operator.waiting", scheduler, p -> p.waiting(work))
          .tag("work", work.name().toLowerCase(Locale.ROOT))
          .description("Resources that wait for their namespace's turn")
          .register(registry);
    }
    // made here once: the operator calls the overrider twice
    Metrics metrics = MicrometerMetricsV2.newBuilder(registry).build();
    operator =
        new Operator(
            overrider -> {
              if (settings.leaderElection() == Settings.LeaderElection.LEASE) {
                overrider.withLeaderElectionConfiguration(leadership.configuration());
              }
              overrider
                  .withKubernetesClient(client)
                  .withCloseClientOnStop(false)
                  .withMetrics(metrics)
                  // to the reconcilers a resource is a value: nobody writes into it
                  .withResourceCloner(new IdentityCloner())
                  .withConcurrentReconciliationThreads(RECONCILIATION_THREADS)
                  .withReconciliationTerminationTimeout(TERMINATION)
                  // a connection that is cut while starting is opened again; readiness tells
                  // meanwhile
                  .withStopOnInformerErrorDuringStartup(false)
                  // done already, in a way that needs no rights on CustomResourceDefinitions
                  .checkingCRDAndValidateLocalModel(false);
            });
    clusterView.watch(operator.getRuntimeInfo());
    ServerCertReconciler serverCerts = new ServerCertReconciler(shared);
    ClientCertReconciler clientCerts = new ClientCertReconciler(shared);
    RootCAReconciler rootCAs = new RootCAReconciler(shared, List.of(serverCerts, clientCerts));
    register(rootCAs, settings);
    register(serverCerts, settings);
    register(clientCerts, settings);
    trustSweep = new TrustSweep(rootCAs, shared, () -> works(settings, leadership));
    CertificateMetrics inventory =
        new CertificateMetrics(
            registry,
            settings.series(),
            exceptions,
            rootCAs::known,
            () -> Stream.concat(serverCerts.known(), clientCerts.known()));
    readiness = new Readiness(client, operator.getRuntimeInfo(), traffic, leadership, exceptions);
    management =
        new ManagementServer(
            settings.managementPort(),
            readiness::obstacle,
            () -> {
              inventory.refresh();
              return registry.scrape();
            },
            exceptions);
  }

  /**
   * Starts the operator with a client whose traffic tells it nothing; returns when all watches are
   * in sync.
   *
   * @param client stays the caller's to close
   * @throws IOException when the management port is taken
   */
  public static OperatorProcess start(KubernetesClient client, Settings settings, Clock clock)
      throws IOException {
    return start(client, new ApiTraffic(), settings, clock);
  }

  /**
   * Starts the operator; returns when all watches are in sync.
   *
   * @param client stays the caller's to close
   * @param traffic of that client
   * @throws IOException when the management port is taken
   */
  public static OperatorProcess start(
      KubernetesClient client, ApiTraffic traffic, Settings settings, Clock clock)
      throws IOException {
    OperatorProcess process = new OperatorProcess(client, traffic, settings, clock);
    try {
      process.operator.start();
      process.gate.open();
      process.trustSweep.start();
    } catch (RuntimeException e) {
      process.close();
      throw e;
    }
    LOG.atInfo()
        .addKeyValue("server", client.getMasterUrl())
        .addKeyValue("namespaces", settings.namespaces().isEmpty() ? "all" : settings.namespaces())
        .addKeyValue("operatorNamespace", settings.operatorNamespace())
        .addKeyValue("managementPort", process.managementPort())
        .log("mtls-operator runs");
    return process;
  }

  /** Where health and metrics are served. */
  public int managementPort() {
    return management.port();
  }

  /** Waits while the operator works in threads of its own. */
  public void runUntil(CountDownLatch stop) throws InterruptedException {
    stop.await();
  }

  private <R extends CustomResource<?, ?>> void register(
      Reconciler<R> reconciler, Settings settings) {
    operator.register(reconciler, overrider -> configure(overrider, settings));
  }

  private static <R extends CustomResource<?, ?>> void configure(
      ControllerConfigurationOverrider<R> overrider, Settings settings) {
    overrider
        // annotations ask for renewals, and they do not move the generation
        .withGenerationAware(false)
        .withInformerListLimit(Paging.OF_RESOURCES)
        .withOnUpdateFilter(PrimaryFilters::wakes)
        .withReconciliationMaxInterval(LONGEST_PAUSE)
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
      // an item store that several informers share loses objects (JOSDK 5.3.2): an index slims
      overrider.settingNamespaces(settings.namespaces());
    }
  }

  private static boolean works(Settings settings, Leadership leadership) {
    return settings.leaderElection() == Settings.LeaderElection.OFF || leadership.isLeading();
  }

  private static String instance() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "mtls-operator";
    }
  }

  /** Stops: no new reconciliations, those under way end, then everything else. */
  @Override
  public void close() {
    management.close();
    readiness.close();
    leadership.end();
    trustSweep.close();
    gate.abandon();
    operator.stop();
    leadership.release();
    events.close();
    scheduler.close();
    signingKeys.close();
    LOG.atInfo().addKeyValue("server", client.getMasterUrl()).log("mtls-operator stopped");
  }
}
