package dev.mtlsoperator.bench;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.GatewayClient;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.harness.Handshakes;
import dev.mtlsoperator.harness.TlsFiles;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;

/**
 * How long a client that is revoked still comes in, while the requests of another one go on.
 *
 * @param after from the start of {@code kubectl apply} until each gateway refuses it, by the
 *     gateway's name
 * @param others requests of the other client, none of which failed
 */
record GatewayRefusals(SortedMap<String, Duration> after, int others) {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration WARM = Duration.ofSeconds(5);

  private static final Duration MOMENT = Duration.ofSeconds(1);

  /** As nginx tells it, or by an alert. */
  private static final String REFUSED =
      "(?s).*The SSL certificate error.*|" + GatewayClient.REFUSED;

  /** Between two requests of a client at a gateway. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  GatewayRefusals {
    after = new TreeMap<>(after);
  }

  /** Revokes the ClientCert {@code c0}, while {@code c1} goes on. */
  static GatewayRefusals measure(RevocationRound.Setting setting)
      throws IOException, InterruptedException {
    TlsFiles lost = files(setting, "c0");
    TlsFiles other = files(setting, "c1");
    Map<String, Long> refused = new ConcurrentHashMap<>();
    try (MeasuredGateways gateways =
            MeasuredGateways.start(setting.cluster(), setting.namespace());
        Handshakes others = new Handshakes();
        Handshakes tries = new Handshakes()) {
      Map<String, Integer> ports = gateways.ports();
      SSLContext context = context(other);
      ports.forEach((gateway, port) -> awaitAnswer(port, other));
      ports.forEach((gateway, port) -> keep(others, gateway, port, context));
      ports.forEach((gateway, port) -> attempt(tries, gateway, port, lost, refused));
      Bulk.pause(WARM);
      assertThat(refused).isEmpty();
      long begun = System.nanoTime();
      revoke(setting);
      while (refused.size() < ports.size()) {
        assertThat(System.nanoTime() - begun)
            .as("refused by %s", refused.keySet())
            .isLessThan(PATIENCE.toNanos());
        Bulk.pause(PAUSE);
      }
      Bulk.pause(WARM);
      assertThat(refused.keySet()).isEqualTo(ports.keySet());
      gateways.check();
      assertThat(tries.failures()).isEmpty();
      assertThat(others.failures()).isEmpty();
      SortedMap<String, Duration> after = new TreeMap<>();
      refused.forEach((gateway, at) -> after.put(gateway, Duration.ofNanos(at - begun)));
      return new GatewayRefusals(after, others.total());
    }
  }

  private static TlsFiles files(RevocationRound.Setting setting, String name) {
    Secret secret =
        setting
            .cluster()
            .client()
            .secrets()
            .inNamespace(setting.namespace())
            .withName(name)
            .require();
    return TlsFiles.of(secret);
  }

  private static SSLContext context(TlsFiles files) throws IOException {
    try {
      return files.context();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitAnswer(int port, TlsFiles client) {
    eventually(
        () -> assertThat(GatewayClient.refusal(port, client, MeasuredGateways.HOST)).isEmpty());
  }

  private static void keep(Handshakes others, String gateway, int port, SSLContext client) {
    others.keep(
        gateway,
        pair -> {
          pair.is(gateway, "c1");
          GatewayClient.request(port, client, MeasuredGateways.HOST);
          Bulk.pause(PAUSE);
        });
  }

  /**
   * A gateway that reloads serves with workers of before for another moment: what counts is the
   * first refusal after the last request that came in.
   */
  private static void attempt(
      Handshakes tries, String gateway, int port, TlsFiles client, Map<String, Long> refused) {
    tries.keep(
        gateway,
        pair -> {
          pair.is(gateway, "c0");
          Optional<String> why = GatewayClient.refusal(port, client, MeasuredGateways.HOST);
          if (why.isEmpty()) {
            Long before = refused.remove(gateway);
            if (before != null && System.nanoTime() - before > MOMENT.toNanos()) {
              throw new IOException("the revoked one came in again");
            }
          } else if (why.get().matches(REFUSED)) {
            refused.putIfAbsent(gateway, System.nanoTime());
          } else {
            throw new IOException(why.get());
          }
          Bulk.pause(PAUSE);
        });
  }

  private static void revoke(RevocationRound.Setting setting) {
    setting
        .cluster()
        .kubectl()
        .runWithInput(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ClientCert
            metadata: {name: c0}
            spec:
              rootCARef: {name: root}
              dnsNames: [c0.example.org]
              keystores: {pkcs12: {enabled: false}}
              revoked: {reason: KeyCompromise}
            """,
            "apply",
            "-n",
            setting.namespace(),
            "-f",
            "-")
        .orThrow();
  }
}
