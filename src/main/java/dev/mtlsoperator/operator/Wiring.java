package dev.mtlsoperator.operator;

import dev.mtlsoperator.api.leaf.LeafCert;
import dev.mtlsoperator.operator.http.CrlSource;
import dev.mtlsoperator.reconcile.ca.RootCAReconciler;
import dev.mtlsoperator.reconcile.ca.TrustSweep;
import dev.mtlsoperator.reconcile.context.AdditionalTrusts;
import dev.mtlsoperator.reconcile.context.ClusterView;
import dev.mtlsoperator.reconcile.context.LastLeafExpiryRecorder;
import dev.mtlsoperator.reconcile.context.LeafAttempts;
import dev.mtlsoperator.reconcile.context.LiveGenerations;
import dev.mtlsoperator.reconcile.context.PublishedCrls;
import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.context.ReconcileContext;
import dev.mtlsoperator.reconcile.context.Revocations;
import dev.mtlsoperator.reconcile.context.SharedWatches;
import dev.mtlsoperator.reconcile.context.SigningKeys;
import dev.mtlsoperator.reconcile.context.WrittenTrust;
import dev.mtlsoperator.reconcile.fair.FairScheduler;
import dev.mtlsoperator.reconcile.kube.EventPublisher;
import dev.mtlsoperator.reconcile.kube.StartGate;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import dev.mtlsoperator.reconcile.kube.WatchScope;
import dev.mtlsoperator.reconcile.leaf.ClientCertReconciler;
import dev.mtlsoperator.reconcile.leaf.ServerCertReconciler;
import dev.mtlsoperator.reconcile.restart.Restarts;
import dev.mtlsoperator.reconcile.restart.WorkloadRestarts;
import dev.mtlsoperator.reconcile.revocation.OcspPublisher;
import dev.mtlsoperator.reconcile.revocation.RevokeOnDelete;
import dev.mtlsoperator.rotation.fair.QueueClass;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Builds the operator's object graph. It only connects objects: it starts no thread, opens no port,
 * and sends no request.
 *
 * @param client for all requests to the API server
 * @param traffic observes the requests of that client
 * @param settings how the operator is run
 * @param clock the operator's own time
 * @param seal authenticates the Secrets of CA generations
 * @param host identifies this process in the Lease and in Events
 * @param registry collects the metrics
 */
record Wiring(
    KubernetesClient client,
    ApiTraffic traffic,
    Settings settings,
    Clock clock,
    Seal seal,
    String host,
    PrometheusMeterRegistry registry) {

  /**
   * The parts of the operator that are started and stopped.
   *
   * @param registration adds the controllers to the operator; it asks the API server which versions
   *     of ClusterTrustBundle it serves
   * @param gap why this process may not know a CRL that exists; empty: it knows all
   * @param scrape all metrics in Prometheus' text format
   */
  record Parts(
      Operator operator,
      Runnable registration,
      StartGate gate,
      SigningKeys signingKeys,
      EventPublisher events,
      FairScheduler scheduler,
      Leadership leadership,
      Readiness readiness,
      TrustSweep trustSweep,
      RevokeOnDelete revokeOnDelete,
      OcspPublisher ocsp,
      CrlSource crls,
      PublishedResponders responders,
      Supplier<Optional<String>> gap,
      Supplier<String> scrape,
      UnexpectedExceptions exceptions) {}

  Parts parts() {
    registry.config().meterFilter(new SameTags());
    UnexpectedExceptions exceptions = new UnexpectedExceptions(new ExceptionMetrics(registry));
    Leadership leadership = new Leadership(client, settings.operatorNamespace(), host);
    WatchedClusterView clusterView = new WatchedClusterView(traffic);
    ReconcileContext context = context(clusterView, exceptions);
    Operator operator = ControllerConfiguration.operator(client, settings, leadership, registry);
    clusterView.watch(operator.getRuntimeInfo());
    ServerCertReconciler serverCerts = new ServerCertReconciler(context);
    ClientCertReconciler clientCerts = new ClientCertReconciler(context);
    RootCAReconciler rootCAs = new RootCAReconciler(context, List.of(serverCerts, clientCerts));
    Supplier<Stream<LeafCert<?>>> leaves =
        () -> Stream.concat(serverCerts.known(), clientCerts.known());
    bindOperatorMetrics(leadership, context.scheduler());
    CertificateMetrics certificates = certificateMetrics(context, rootCAs, leaves);
    PublishedCrls crls = new PublishedCrls(context.watches(), seal);
    Readiness readiness =
        new Readiness(client, operator.getRuntimeInfo(), traffic, leadership, exceptions);
    return new Parts(
        operator,
        () -> {
          ControllerConfiguration.register(operator, rootCAs, settings);
          ControllerConfiguration.register(operator, serverCerts, settings);
          ControllerConfiguration.register(operator, clientCerts, settings);
        },
        context.gate(),
        context.signingKeys(),
        context.events(),
        context.scheduler(),
        leadership,
        readiness,
        new TrustSweep(rootCAs, context, () -> isActive(leadership)),
        new RevokeOnDelete(rootCAs::known, leaves, context, () -> isActive(leadership)),
        OcspPublisher.of(rootCAs::known, crls, context),
        crls::find,
        context.publishedResponders(),
        readiness::obstacle,
        () -> scrape(certificates),
        exceptions);
  }

  private CertificateMetrics certificateMetrics(
      ReconcileContext context, RootCAReconciler rootCAs, Supplier<Stream<LeafCert<?>>> leaves) {
    return new CertificateMetrics(
        registry,
        settings.series(),
        context.exceptions(),
        rootCAs::known,
        leaves,
        new CrlMetrics(registry, context.revocations()::behind));
  }

  private ReconcileContext context(ClusterView clusterView, UnexpectedExceptions exceptions) {
    EventPublisher events = new EventPublisher(client, clock, host, exceptions);
    return new ReconcileContext(
        client,
        clock,
        clusterView,
        WatchScope.of(settings.namespaces()),
        new SharedWatches(),
        seal,
        new SigningKeys(client),
        new LastLeafExpiryRecorder(client, seal),
        new LiveGenerations(client),
        new AdditionalTrusts(),
        new Revocations(),
        new WrittenTrust(),
        new PublishedResponders(settings.ocspUrl()),
        new LeafAttempts(),
        new FairScheduler(
            Runtime.getRuntime().availableProcessors(),
            ControllerConfiguration.THREADS,
            exceptions),
        settings.restarts() == Settings.Restarts.ON
            ? new WorkloadRestarts(client, events)
            : new Restarts.Off(),
        events,
        new IssuanceMetrics(registry),
        new StartGate(),
        exceptions);
  }

  private void bindOperatorMetrics(Leadership leadership, FairScheduler scheduler) {
    new ProcessorMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    Gauge.builder("mtls.operator.leading", leadership, l -> isActive(l) ? 1 : 0)
        .description("1: this operator works; 0: it stands by")
        .register(registry);
    for (QueueClass work : QueueClass.values()) {
      Gauge.builder("mtls.operator.waiting", scheduler, s -> s.waiting(work))
          .tag("work", work.name().toLowerCase(Locale.ROOT))
          .description("Resources that wait for their namespace's turn")
          .register(registry);
    }
  }

  private String scrape(CertificateMetrics certificates) {
    certificates.refresh();
    return registry.scrape();
  }

  private boolean isActive(Leadership leadership) {
    return settings.leaderElection() == Settings.LeaderElection.OFF || leadership.isLeading();
  }
}
