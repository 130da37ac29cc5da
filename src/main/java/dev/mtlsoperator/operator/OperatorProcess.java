package dev.mtlsoperator.operator;

import dev.mtlsoperator.operator.http.CrlServer;
import dev.mtlsoperator.operator.http.ManagementServer;
import dev.mtlsoperator.reconcile.context.SealKeeper;
import dev.mtlsoperator.secret.Seal;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running operator: three reconcilers, health and metrics. */
public final class OperatorProcess implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorProcess.class);

  private final KubernetesClient client;
  private final Wiring.Parts parts;
  private final Ports ports;

  /** What listens. */
  private record Ports(ManagementServer management, Optional<CrlServer> crls) {
    static Ports open(Settings settings, Wiring.Parts parts, Clock clock) throws IOException {
      ManagementServer management =
          ManagementServer.start(
              settings.managementPort(),
              parts.readiness()::obstacle,
              parts.scrape(),
              parts.exceptions());
      if (settings.crlPort().isEmpty()) {
        return new Ports(management, Optional.empty());
      }
      try {
        CrlServer crls =
            CrlServer.start(
                settings.crlPort().getAsInt(),
                parts.crls(),
                parts.responders(),
                parts.gap(),
                parts.exceptions(),
                clock);
        return new Ports(management, Optional.of(crls));
      } catch (IOException e) {
        management.close();
        throw e;
      }
    }

    void close() {
      management.close();
      crls.ifPresent(CrlServer::close);
    }
  }

  private OperatorProcess(KubernetesClient client, Wiring.Parts parts, Ports ports) {
    this.client = client;
    this.parts = parts;
    this.ports = ports;
  }

  /**
   * Starts the operator; returns when all watches are in sync.
   *
   * @param client remains the caller's to close
   * @param traffic observes the requests of that client
   * @throws IOException when a port is taken
   * @throws IllegalStateException when the API server does not serve the CRDs, or the seal's key is
   *     missing or unusable
   */
  public static OperatorProcess start(
      KubernetesClient client, ApiTraffic traffic, Settings settings, Clock clock)
      throws IOException {
    Kinds.require(client);
    Seal seal = SealKeeper.open(client, settings.operatorNamespace(), settings.namespaces());
    Wiring.Parts parts =
        new Wiring(
                client,
                traffic,
                settings,
                clock,
                seal,
                host(),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
            .parts();
    if (settings.leaderElection() == Settings.LeaderElection.LEASE) {
      parts.leadership().fence(traffic);
    }
    parts.registration().run();
    OperatorProcess process =
        new OperatorProcess(client, parts, Ports.open(settings, parts, clock));
    process.start();
    process.logStart(settings);
    return process;
  }

  private void start() {
    try {
      parts.events().start();
      parts.scheduler().start();
      parts.readiness().start();
      parts.operator().start();
      parts.gate().open();
      parts.trustSweep().start();
      parts.revokeOnDelete().start();
      if (ports.crls().isPresent()) {
        parts.ocsp().start();
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private void logStart(Settings settings) {
    LOG.atInfo()
        .addKeyValue("server", client.getMasterUrl())
        .addKeyValue("namespaces", settings.namespaces().isEmpty() ? "all" : settings.namespaces())
        .addKeyValue("operatorNamespace", settings.operatorNamespace())
        .addKeyValue("managementPort", managementPort())
        .addKeyValue("crlPort", crlPort().isPresent() ? crlPort().getAsInt() : "none")
        .addKeyValue("crlUrl", settings.crlUrl().orElse("none"))
        .log("mtls-operator runs");
  }

  /** The port of health and metrics. */
  public int managementPort() {
    return ports.management().port();
  }

  /** The port of CRLs; empty: they are not served. */
  public OptionalInt crlPort() {
    return ports.crls().stream().mapToInt(CrlServer::port).findFirst();
  }

  /** Blocks until {@code stop} is counted down; the operator works in threads of its own. */
  public void runUntil(CountDownLatch stop) throws InterruptedException {
    stop.await();
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "mtls-operator";
    }
  }

  /** Stops: no new reconciliations begin, running ones end, then everything else ends. */
  @Override
  public void close() {
    ports.close();
    parts.readiness().close();
    parts.leadership().end();
    parts.trustSweep().close();
    parts.revokeOnDelete().close();
    parts.ocsp().close();
    parts.gate().abandon();
    parts.exceptions().stop();
    parts.operator().stop();
    parts.leadership().release();
    parts.events().close();
    parts.scheduler().close();
    parts.signingKeys().close();
    LOG.atInfo().addKeyValue("server", client.getMasterUrl()).log("mtls-operator stopped");
  }
}
