package dev.mtlsoperator.it.revocation;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.ConformanceRow;
import dev.mtlsoperator.consumers.ConformanceRow.Cell;
import dev.mtlsoperator.consumers.Envoy;
import dev.mtlsoperator.consumers.GatewayClient;
import dev.mtlsoperator.consumers.GatewayFiles;
import dev.mtlsoperator.consumers.HaProxy;
import dev.mtlsoperator.consumers.Nginx;
import dev.mtlsoperator.consumers.ReloadedGateway;
import dev.mtlsoperator.harness.Crowd;
import dev.mtlsoperator.harness.Handshakes;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.TlsFiles;
import dev.mtlsoperator.harness.TlsPeer;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A revoked client is refused by real gateways that look at CRLs, and nobody else is: not when it
 * is revoked, not while the CA rotates, not when the operator starts anew and its record is lost,
 * not when the operator comes back just before the CRL ends.
 */
@Timeout(240)
final class RevokedAtGatewaysIT {
  private static final Duration OVERLAP = Duration.ofSeconds(4);
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String HOST = "web.example.org";
  private static final String CLIENTS = "gateway-clients";
  private static final String RECORD = "root-crl";
  private static final int MANY = 100;

  private static final Duration VALIDITY = Duration.ofDays(30);

  /** How long the CRLs last that an operator left which was away for almost all of their time. */
  private static final Duration LEFT = Duration.ofSeconds(60);

  private static EmbeddedCluster cluster;
  private static @Nullable RunningOperator operator;

  @TempDir private Path folder;

  @BeforeAll
  static void begin() {
    Envoy.provision();
    cluster = EmbeddedCluster.start();
    RunningOperator.installKinds(cluster);
    Duration away = VALIDITY.minus(LEFT);
    operator = RunningOperator.start(cluster, Clock.offset(Clock.systemUTC(), away.negated()));
  }

  @AfterAll
  static void end() {
    if (operator != null) {
      operator.close();
    }
    cluster.close();
  }

  @Test
  void shouldRefuseARevokedClientAndNobodyElse() throws Exception {
    // given three gateways that look at CRLs, and three clients
    Scene scene = Scene.in(cluster, "gateways");
    scene.apply(root(), serverCert("web"), client("jane"), client("john"), client("lost"));
    scene.readyServer("web");
    Stream.of("jane", "john", "lost").forEach(scene::readyClient);
    eventually(() -> assertThat(copy(scene).getData()).containsOnlyKeys("ca.crt", "ca.crl"));
    TlsFiles lost = TlsFiles.of(scene.secret("lost"));
    BigInteger serial = Scene.certificate(scene.secret("lost")).getSerialNumber();
    X509Certificate issuer = cas(copy(scene)).get(0);
    TlsPeer jane = TlsPeer.java("jane", Duration.ZERO);
    TlsPeer john = TlsPeer.java("john", OVERLAP.minusSeconds(1));

    try (GatewayCopies copies = new GatewayCopies(cluster, scene.namespace(), "web", CLIENTS);
        ReloadedGateway nginx = ReloadedGateway.nginx(folder.resolve("nginx"), HOST, files(scene));
        ReloadedGateway haProxy = ReloadedGateway.haProxy(folder.resolve("haproxy"), files(scene));
        ReloadedGateway envoy = ReloadedGateway.envoy(folder.resolve("envoy"), files(scene));
        Crowd crowd = new Crowd(cluster, scene.namespace(), List.of(jane, john));
        Handshakes requests = new Handshakes()) {
      copies.feed(nginx, haProxy, envoy);
      for (TlsPeer peer : List.of(jane, john)) {
        keep(requests, "nginx", nginx, peer);
        keep(requests, "HAProxy", haProxy, peer);
        keep(requests, "Envoy", envoy, peer);
      }
      eventually(() -> assertThat(requests.total()).isGreaterThan(MANY));
      assertThat(refusal(nginx, lost)).isEmpty();
      assertThat(refusal(haProxy, lost)).isEmpty();
      assertThat(refusal(envoy, lost)).isEmpty();

      // when a CRL is signed now that all runs
      scene.apply(naming("0b"));
      eventually(() -> assertThat(isRevoked(copy(scene), BigInteger.valueOf(0x0b))).isTrue());

      // when the operator comes back just before it ends
      Instant end = nextUpdate(copy(scene));
      assertThat(end).isBetween(Instant.now(), Instant.now().plus(LEFT));
      restart(() -> {});

      // then
      eventually(() -> assertThat(nextUpdate(copy(scene))).isAfter(end.plus(LEFT)));
      assertThat(Instant.now()).isBefore(end);

      // when
      long applied = System.nanoTime();
      scene.apply(client("lost").with("spec.revoked.reason", "KeyCompromise"));

      // then
      String seconds =
          seconds("kubectl ends", applied, () -> true)
              + seconds("in the copy", applied, () -> isRevoked(copy(scene), serial))
              + seconds("at nginx", applied, () -> refusal(nginx, lost).isPresent())
              + seconds("at HAProxy", applied, () -> refusal(haProxy, lost).isPresent())
              + seconds("at Envoy", applied, () -> refusal(envoy, lost).isPresent());
      System.out.println("revoked: " + seconds + requests.made());
      assertThat(refusal(nginx, lost))
          .hasValueSatisfying(
              why -> assertThat(why).contains("400 Bad Request", "The SSL certificate error"));
      eventually(() -> assertThat(nginx.log()).contains("(23:certificate revoked)"));
      for (ReloadedGateway gateway : List.of(haProxy, envoy)) {
        eventually(
            () ->
                assertThat(refusal(gateway, lost))
                    .hasValueSatisfying(why -> assertThat(why).contains("certificate_revoked")));
      }
      keepOut(requests, scene, "lost at nginx", nginx, lost, "(?s).*The SSL certificate error.*");
      keepOut(requests, scene, "lost at HAProxy", haProxy, lost, GatewayClient.REFUSED);
      keepOut(requests, scene, "lost at Envoy", envoy, lost, GatewayClient.REFUSED);

      // when the operator starts anew, and nothing is left but what others hold
      BigInteger number = reportedNumber(scene);
      restartWithoutRecord(scene);

      // then
      assertThat(isRevoked(copy(scene), serial)).isTrue();
      assertThat(reportedNumber(scene)).isGreaterThanOrEqualTo(number);

      // when the CA rotates, and the same happens in the middle
      scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=now").orThrow();
      eventually(() -> assertThat(cas(copy(scene))).hasSize(2));
      restartWithoutRecord(scene);

      // then
      eventually(PATIENCE, () -> assertThat(isStable(scene)).isTrue());
      assertThat(cas(copy(scene))).doesNotContain(issuer).hasSize(1);

      // when another CRL is signed
      scene.apply(naming("0a:1b:2c"));

      // then
      eventually(() -> assertThat(isRevoked(copy(scene), BigInteger.valueOf(0x0a1b2c))).isTrue());
      eventually(PATIENCE, () -> assertThat(Instant.now()).isAfter(end));
      int before = requests.total();
      eventually(() -> assertThat(requests.total()).isGreaterThan(before + MANY));
      System.out.println(
          "rotated: " + requests.made() + ", " + copies.count() + " versions of the copy");
      crowd.check();
      nginx.check();
      haProxy.check();
      envoy.check();
      copies.check(serial, issuer);
      assertThat(requests.failures()).isEmpty();
      assertThat(requests.made().values()).allSatisfy(n -> assertThat(n).isGreaterThan(MANY));
      requireRow("nginx", Nginx.version(), requests);
      requireRow("HAProxy", HaProxy.version(), requests);
      requireRow("Envoy", Envoy.version(), requests);
    }
  }

  private static void requireRow(String gateway, Cell version, Handshakes requests)
      throws IOException {
    ConformanceRow.of("Gateways", gateway)
        .says(
            "revocation, a CRL about to end, rotation of the CA, restarts of the operator",
            "revoked",
            "0")
        .measured(requests.made().get(gateway), requests.made().get("lost at " + gateway))
        .with(version)
        .require();
  }

  private static Manifest root() {
    return rootCA("root")
        .with("spec.revocation", Map.of("validity", VALIDITY.toDays() + "d"))
        .with(
            "spec.rotation", Map.of("overlap", OVERLAP.toSeconds() + "s", "reissue", "Immediately"))
        .with(
            "spec.trustBundles",
            List.of(
                Map.of(
                    "kind",
                    "Secret",
                    "name",
                    CLIENTS,
                    "keys",
                    Map.of("certificates", "ca.crt", "revocations", "ca.crl"))));
  }

  private static Manifest naming(String serialNumber) {
    return root()
        .with(
            "spec.revocation",
            Map.of("serialNumbers", List.of(Map.of("serialNumber", serialNumber))));
  }

  private static Manifest client(String name) {
    return clientCert(name).with("spec.keystores.pkcs12.enabled", false);
  }

  private static void keep(
      Handshakes requests, String kind, ReloadedGateway gateway, TlsPeer client) {
    requests.keep(
        kind,
        pair -> {
          pair.is(kind, client);
          GatewayClient.request(gateway.port(), client.context(), HOST);
          // the machine is busier
          Thread.sleep(30);
        });
  }

  /** It knows the CA of the gateway, whatever becomes of its own. */
  private static void keepOut(
      Handshakes requests,
      Scene scene,
      String kind,
      ReloadedGateway gateway,
      TlsFiles own,
      String refused) {
    requests.keep(
        kind,
        pair -> {
          pair.is(kind, "the revoked one");
          TlsFiles files = new TlsFiles(own.own(), TlsFiles.of(scene.secret("jane")).trust());
          GatewayClient.requireRefused(gateway.port(), files, HOST, refused);
          Thread.sleep(50);
        });
  }

  /** Why a request is refused; empty: it is not. */
  private static Optional<String> refusal(ReloadedGateway gateway, TlsFiles client) {
    return GatewayClient.refusal(gateway.port(), client, HOST);
  }

  private static String seconds(String where, long since, BooleanSupplier happened) {
    eventually(() -> assertThat(happened.getAsBoolean()).as(where).isTrue());
    return String.format(
        Locale.ROOT, "%s after %.2f s, ", where, (System.nanoTime() - since) / 1e9);
  }

  private static GatewayFiles files(Scene scene) {
    return GatewayFiles.of(scene.secret("web"), copy(scene));
  }

  private static Secret copy(Scene scene) {
    return scene.secret(CLIENTS);
  }

  private static List<X509Certificate> cas(Secret copy) {
    return Pem.readCertificates(Scene.text(copy, "ca.crt"));
  }

  private static boolean isRevoked(Secret copy, BigInteger serial) {
    return Crl.parseAll(SuppliedFile.of(Scene.text(copy, "ca.crl"))).stream()
        .anyMatch(crl -> crl.entries().containsKey(serial));
  }

  private static BigInteger reportedNumber(Scene scene) {
    return new BigInteger(scene.caStatus("root").crl().number());
  }

  private static boolean isStable(Scene scene) {
    RotationStatus rotation = scene.caStatus("root").rotation();
    return rotation != null
        && rotation.phase() == RotationPhase.Stable
        && cas(copy(scene)).size() == 1;
  }

  private static void restartWithoutRecord(Scene scene) {
    eventually(() -> assertThat(scene.find(Secret.class, RECORD)).isPresent());
    restart(() -> scene.deleteSecret(RECORD));
    eventually(() -> assertThat(scene.find(Secret.class, RECORD)).isPresent());
  }

  private static void restart(Runnable meanwhile) {
    if (operator != null) {
      operator.close();
    }
    meanwhile.run();
    operator = RunningOperator.start(cluster, Clock.systemUTC());
  }

  /** When the first CRL of a copy ends that does. */
  private static Instant nextUpdate(Secret copy) {
    return Crl.parseAll(SuppliedFile.of(Scene.text(copy, "ca.crl"))).stream()
        .map(Crl::nextUpdate)
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }
}
