package dev.mtlsoperator.it.leaf;

import static dev.mtlsoperator.harness.Eventually.always;
import static dev.mtlsoperator.harness.Eventually.eventually;
import static dev.mtlsoperator.harness.Manifest.clientCert;
import static dev.mtlsoperator.harness.Manifest.rootCA;
import static dev.mtlsoperator.harness.Manifest.serverCert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.harness.Crowd;
import dev.mtlsoperator.harness.GoPeer;
import dev.mtlsoperator.harness.Handshakes;
import dev.mtlsoperator.harness.Manifest;
import dev.mtlsoperator.harness.OpensslPeer;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.TlsFiles;
import dev.mtlsoperator.harness.TlsPeer;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.reconcile.context.SealKeeper;
import dev.mtlsoperator.secret.Seal;
import dev.mtlsoperator.secret.ca.GenerationSecret;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A CA rotates without a failed handshake: all peers keep connecting to each other, each with what
 * it read from its own Secret up to {@code overlap} ago, while generations change.
 */
@Timeout(900)
final class HandshakesIT {
  private static final int SERVERS = 200;
  private static final int CLIENTS = 200;

  /** A longer overlap gives more handshakes: {@code -Doverlap=60} makes tens of thousands. */
  private static final Duration OVERLAP = Duration.ofSeconds(Long.getLong("overlap", 4));

  /** Allowance for the delay of the watch that reports writes. */
  private static final Duration LATEST = OVERLAP.minusMillis(500);

  private static final Duration PATIENCE = Duration.ofMinutes(3).plus(OVERLAP.multipliedBy(4));
  private static final Random RANDOM = new Random();

  private final EmbeddedCluster cluster = RunningOperator.shared().cluster();
  @TempDir private Path folder;

  @Test
  void shouldFailNoHandshakeOfThousands() throws Exception {
    // given: a CA past the middle of its life
    Scene scene = Scene.begin("handshakes");
    CertificateAuthority first =
        authority("CN=root", Duration.ofDays(1_900), Duration.ofDays(1_750));
    scene.create(secret("root-ca-1", "mtls-operator.dev/ca", Map.of(), first));
    scene.apply(
        rootCA("root")
            .with("spec.commonName", "root")
            .with("spec.duration", "3650d")
            .with("spec.renewBefore", "100d")
            .with(
                "spec.rotation",
                Map.of("overlap", OVERLAP.toSeconds() + "s", "reissue", "Immediately"))
            .annotation("mtls-operator.dev/adopt", Fingerprint.of(first.certificate()).text()));
    issue(scene, SERVERS, CLIENTS);
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    Consumer go = Consumer.provision("src/test/consumers/provision-go-tls.sh");

    List<TlsPeer> servers = new ArrayList<>();
    List<TlsPeer> clients = new ArrayList<>();
    for (int i = 0; i < SERVERS; i++) {
      servers.add(TlsPeer.java("s" + i, delay()));
    }
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(TlsPeer.java("c" + i, delay()));
    }
    List<TlsPeer> readersOfTheConfigMap =
        Stream.of(Duration.ZERO, LATEST.dividedBy(2), LATEST)
            .map(delay -> TlsPeer.java("root-trust", delay))
            .toList();
    // however long the rest takes, it has not read again before it should have
    TlsPeer slow = TlsPeer.java("c0", OVERLAP.plus(PATIENCE.multipliedBy(4)));
    List<TlsPeer> opensslParties = List.of(files("s1"), files("c1"));
    List<TlsPeer> goParties = List.of(files("s2"), files("c2"));
    List<TlsPeer> all = new ArrayList<>(servers);
    Stream.of(clients, readersOfTheConfigMap, List.of(slow), opensslParties, goParties)
        .forEach(all::addAll);

    try (Crowd crowd = new Crowd(cluster, scene.namespace(), all);
        GoPeer goPeer = new GoPeer(go, goParties.get(0).folder(), goParties.get(1).folder());
        Handshakes handshakes = new Handshakes()) {
      for (int i = 0; i < 3; i++) {
        handshakes.keep(
            "mutual",
            pair -> {
              TlsPeer server = any(servers);
              TlsPeer client = any(clients);
              pair.is(server, client);
              handshakes.connect(server.context(), true, client.context(), server.host());
              // the machine is busier
              rest(30);
            });
      }
      OpensslPeer opensslPeer = new OpensslPeer(openssl);
      handshakes
          .keep(
              "trust by the ConfigMap alone",
              pair -> {
                TlsPeer server = any(servers);
                TlsPeer client = any(readersOfTheConfigMap);
                pair.is(server, client);
                handshakes.connect(server.context(), false, client.context(), server.host());
                rest(150);
              })
          .keep(
              "slower than the overlap",
              pair -> {
                TlsPeer server = any(servers);
                pair.is(server, slow);
                // first: after one refusal, every handshake is refused
                rest(300);
                handshakes.connect(server.context(), true, slow.context(), server.host());
              })
          .keep(
              "openssl s_client",
              pair -> {
                TlsPeer server = any(servers);
                pair.is(server, "openssl");
                handshakes.accept(
                    server.context(),
                    port -> opensslPeer.call(opensslParties.get(1).folder(), port, server.host()));
                rest(600);
              })
          .keep(
              "openssl s_server",
              pair -> {
                TlsPeer client = any(clients);
                pair.is("openssl", client);
                opensslPeer.serve(
                    opensslParties.get(0).folder(), client.context(), opensslParties.get(0).host());
                rest(600);
              })
          .keep(
              "Go client",
              pair -> {
                TlsPeer server = any(servers);
                pair.is(server, "Go");
                handshakes.accept(server.context(), port -> goPeer.call(port, server.host()));
                rest(300);
              })
          .keep(
              "Go server",
              pair -> {
                TlsPeer client = any(clients);
                pair.is("Go", client);
                goPeer.answer(client.context(), goParties.get(0).host());
                rest(300);
              });

      // when: it is due
      Instant begun = Instant.now();
      patch(scene, "{\"spec\":{\"renewBefore\":\"1800d\"}}");
      replaced(scene, 2, "renewal was due", begun, handshakes);
      // when: it is asked for
      begun = Instant.now();
      scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=now").orThrow();
      replaced(scene, 3, "asked for", begun, handshakes);
      // when: another CA is imported
      begun = Instant.now();
      scene.create(
          secret(
              "input",
              "Opaque",
              Map.of("mtls-operator.dev/input", "true"),
              authority("CN=brought along", Duration.ofHours(1), Duration.ofDays(4_000))));
      patch(scene, "{\"spec\":{\"commonName\":null,\"import\":{\"secretName\":\"input\"}}}");
      replaced(scene, 4, "imported", begun, handshakes);

      // then
      eventually(
          PATIENCE,
          () -> {
            RotationStatus rotation = scene.caStatus("root").rotation();
            assertThat(rotation).isNotNull();
            assertThat(rotation.phase()).isEqualTo(RotationPhase.Stable);
          });
      crowd.check();
      System.out.println("handshakes: " + handshakes.made());
      assertThat(
              handshakes.failures().stream()
                  .filter(f -> !f.kind().equals("slower than the overlap"))
                  .toList())
          .isEmpty();
      assertThat(handshakes.failures("slower than the overlap")).isNotEmpty();
      assertThat(handshakes.made().get("mutual")).isGreaterThan(2_000);
      assertThat(handshakes.made().values()).allSatisfy(count -> assertThat(count).isPositive());
    }
  }

  @Test
  void shouldFailHandshakesWhenTheOrderIsBroken() throws Exception {
    // given
    Scene scene = Scene.begin("broken");
    scene.apply(
        rootCA("root").with("spec.rotation", Map.of("overlap", "4s", "reissue", "Immediately")));
    issue(scene, 20, 20);
    List<TlsPeer> servers = new ArrayList<>();
    List<TlsPeer> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Duration delay = Duration.ofMillis(3_500 * i / 20);
      servers.add(TlsPeer.java("s" + i, delay));
      clients.add(TlsPeer.java("c" + i, delay));
    }
    List<TlsPeer> all = new ArrayList<>(servers);
    all.addAll(clients);

    try (Crowd crowd = new Crowd(cluster, scene.namespace(), all);
        Handshakes handshakes = new Handshakes()) {
      handshakes.keep(
          "mutual",
          pair -> {
            TlsPeer server = any(servers);
            TlsPeer client = any(clients);
            pair.is(server, client);
            handshakes.connect(server.context(), true, client.context(), server.host());
          });
      eventually(() -> assertThat(handshakes.total()).isGreaterThan(20));
      assertThat(handshakes.failures()).isEmpty();

      // when: the next generation signs before any peer trusts it
      scene.kubectl("annotate", "rca/root", "mtls-operator.dev/rotate=now").orThrow();
      eventually(() -> assertThat(scene.find(Secret.class, "root-ca-2")).isPresent());
      signsAtOnce(scene, "root-ca-2");

      // then
      eventually(() -> assertThat(handshakes.failures()).isNotEmpty());
      System.out.println(
          "with the order broken: " + handshakes.failures().size() + " of " + handshakes.total());
      crowd.check();
    }
  }

  /** Makes the change as only the operator can: with its seal. */
  private void signsAtOnce(Scene scene, String name) {
    Seal seal = SealKeeper.open(cluster.client(), RunningOperator.NAMESPACE, Set.of());
    scene.editSecret(
        name,
        found ->
            GenerationSecret.read(scene.namespace(), "root", found, seal)
                .map(
                    judged ->
                        GenerationSecret.withMilestones(
                            judged,
                            judged
                                .generation()
                                .milestones()
                                .with(
                                    it ->
                                        it.signingSince(
                                            Instant.now().truncatedTo(ChronoUnit.SECONDS))),
                            seal))
                .orElseThrow());
  }

  @Test
  void shouldServeAGatewayThatKnowsOnlyTheOldRoot() throws Exception {
    // given: its root was pasted in once and is never updated
    Scene scene = Scene.begin("gateway");
    scene.apply(
        rootCA("crossed")
            .with(
                "spec.rotation",
                Map.of("overlap", "1s", "reissue", "Immediately", "crossCertificate", true)),
        rootCA("manual")
            .with(
                "spec.rotation",
                Map.of("overlap", "1s", "reissue", "Immediately", "advance", "Manual")),
        serverCert("web").with("spec.rootCARef.name", "crossed"),
        clientCert("partner").with("spec.rootCARef.name", "crossed"),
        serverCert("shop").with("spec.rootCARef.name", "manual"),
        clientCert("buyer").with("spec.rootCARef.name", "manual"));
    scene.readyServer("web");
    scene.readyServer("shop");
    scene.readyClient("partner");
    scene.readyClient("buyer");
    TlsFiles gateway = TlsFiles.of(scene.secret("web"));
    TlsFiles manualGateway = TlsFiles.of(scene.secret("shop"));

    TlsPeer partner = TlsPeer.java("partner", Duration.ZERO);
    TlsPeer buyer = TlsPeer.java("buyer", Duration.ZERO);
    try (Crowd crowd = new Crowd(cluster, scene.namespace(), List.of(partner, buyer));
        Handshakes handshakes = new Handshakes()) {
      handshakes
          .keep(
              "crossed",
              pair -> {
                pair.is("gateway", partner);
                handshakes.connect(
                    gateway.context(),
                    true,
                    new TlsFiles(TlsFiles.of(scene.secret("partner")).own(), gateway.trust())
                        .context(),
                    "web.example.org");
                rest(50);
              })
          .keep(
              "manual",
              pair -> {
                pair.is("gateway", buyer);
                handshakes.connect(
                    manualGateway.context(), true, buyer.context(), "shop.example.org");
                rest(50);
              });

      // when
      scene
          .kubectl("annotate", "rca/crossed", "rca/manual", "mtls-operator.dev/rotate=now")
          .orThrow();

      // then: the partner's new certificate is accepted through the old root
      eventually(
          () ->
              assertThat(Scene.certificate(scene.secret("partner")).getIssuerX500Principal())
                  .isNotNull());
      eventually(PATIENCE, () -> assertThat(signing(scene, "crossed")).isEqualTo(2));
      eventually(
          () ->
              assertThat(Pem.readCertificates(Scene.text(scene.secret("partner"), "tls.crt")))
                  .hasSize(2));
      assertThat(signing(scene, "manual")).isEqualTo(1);
      always(Duration.ofSeconds(3), () -> assertThat(signing(scene, "manual")).isEqualTo(1));
      crowd.check();
      assertThat(handshakes.failures()).isEmpty();
      assertThat(handshakes.made().values()).allSatisfy(n -> assertThat(n).isGreaterThan(10));
    }
  }

  private static void replaced(
      Scene scene, int generation, String why, Instant begun, Handshakes handshakes) {
    int before = handshakes.total();
    eventually(
        PATIENCE,
        () -> {
          assertThat(signing(scene, "root")).isEqualTo(generation);
          // the key of one that left because it expired is kept for a while, its trust is not
          assertThat(Pem.readCertificates(scene.configMap("root-trust").getData().get("ca.crt")))
              .hasSize(1);
          assertThat(scene.caStatus("root").rotation().phase()).isEqualTo(RotationPhase.Stable);
        });
    System.out.printf(
        "generation %d (%s): the last one is gone after %d s, %d handshakes%n",
        generation,
        why,
        Duration.between(begun, Instant.now()).toSeconds(),
        handshakes.total() - before);
  }

  private static int signing(Scene scene, String name) {
    return scene.caStatus(name).generations().stream()
        .filter(g -> g.state() == GenerationState.Signing)
        .mapToInt(Generation::generation)
        .findFirst()
        .orElse(0);
  }

  private static void patch(Scene scene, String merge) {
    scene.kubectl("patch", "rca/root", "--type=merge", "-p", merge).orThrow();
  }

  private void issue(Scene scene, int servers, int clients) {
    List<Manifest> all = new ArrayList<>();
    for (int i = 0; i < servers; i++) {
      all.add(serverCert("s" + i));
    }
    for (int i = 0; i < clients; i++) {
      all.add(clientCert("c" + i).with("spec.keystores.pkcs12.enabled", false));
    }
    scene.apply(all.toArray(Manifest[]::new));
    eventually(
        PATIENCE,
        () -> {
          Set<String> ready =
              Stream.concat(
                      scene.all(ServerCert.class).stream(), scene.all(ClientCert.class).stream())
                  .filter(
                      leaf -> leaf.getStatus() != null && leaf.getStatus().serialNumber() != null)
                  .map(leaf -> leaf.getMetadata().getName())
                  .collect(java.util.stream.Collectors.toSet());
          assertThat(ready).hasSize(servers + clients);
        });
  }

  private TlsPeer files(String name) {
    return new TlsPeer(name, delay(), Optional.of(folder.resolve(name)));
  }

  private static Duration delay() {
    return Duration.ofMillis(RANDOM.nextLong(LATEST.toMillis() + 1));
  }

  private static <T> T any(List<T> some) {
    return some.get(RANDOM.nextInt(some.size()));
  }

  private static void rest(int millis) throws InterruptedException {
    Thread.sleep(millis);
  }

  private static CertificateAuthority authority(String name, Duration age, Duration left) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    return PlainCertificates.root(
        DistinguishedName.parse(name),
        new Validity(now.minus(age), now.plus(left)),
        KeyMaterial.generate(new KeyParameters(KeyType.ECDSA, 256)));
  }

  private static Secret secret(
      String name, String type, Map<String, String> labels, CertificateAuthority authority) {
    return new SecretBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(labels)
        .endMetadata()
        .withType(type)
        .withData(
            Map.of(
                "tls.crt",
                base64(Pem.write(authority.certificate())),
                "tls.key",
                base64(authority.key().revealPem(PrivateKeyFormat.PKCS8))))
        .build();
  }

  private static String base64(String text) {
    return Base64.getEncoder()
        .encodeToString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
