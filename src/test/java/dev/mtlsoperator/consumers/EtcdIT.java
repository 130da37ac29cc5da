package dev.mtlsoperator.consumers;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mtlsoperator.api.ca.Generation;
import dev.mtlsoperator.api.ca.GenerationState;
import dev.mtlsoperator.api.ca.RotationPhase;
import dev.mtlsoperator.api.ca.RotationStatus;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.LeafStatus;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.cluster.EtcdCluster;
import dev.mtlsoperator.docs.Page;
import dev.mtlsoperator.harness.Crowd;
import dev.mtlsoperator.harness.RunningOperator;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.harness.TlsFiles;
import dev.mtlsoperator.harness.TlsPeer;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three etcd members with mutual TLS towards clients and each other, from one Secret for each, as
 * {@code docs/peers.md} says, while clients write.
 *
 * <p>etcd reads its certificate and key at each handshake, but {@code ca.crt} only when it starts.
 * So the members are restarted, one after the other, whenever the trust has changed, and the
 * rotation waits for that by {@code advance: Manual}. While a member restarts, a client asks the
 * next one; a request <em>fails</em> when none of the three answers it.
 */
@Timeout(240)
final class EtcdIT {
  private static final List<String> NODES = List.of("etcd-0", "etcd-1", "etcd-2");
  private static final String CLIENT = "etcd-client";

  /** What etcd logs, and Java says, when a certificate is refused on either side. */
  private static final String REFUSAL =
      "(?s).*(x509:|bad certificate|unknown certificate authority|bad_certificate"
          + "|unknown_ca|certificate_unknown|PKIX).*";

  /** Answers to see after each change, so that it happens in the middle of traffic. */
  private static final int ENOUGH = 100;

  private final Scene scene = Scene.begin("etcd");

  @TempDir private Path folder;

  @Test
  void shouldLoseNoQuorumAndNoRequestThroughRenewalAndRotation() throws Exception {
    // given
    issueAsThePageSays();
    List<TlsPeer> nodes = NODES.stream().map(this::files).toList();
    TlsPeer own = files(CLIENT);
    List<TlsPeer> all = new ArrayList<>(nodes);
    all.add(own);
    try (Crowd crowd = new Crowd(RunningOperator.shared().cluster(), scene.namespace(), all);
        EtcdCluster etcd =
            EtcdCluster.start(
                Files.createDirectory(folder.resolve("data")),
                nodes.stream().map(EtcdIT::current).toList())) {
      EtcdClient client = new EtcdClient(etcd.endpoints());
      TlsFiles first = TlsFiles.read(current(own));
      try (EtcdWrites writes = new EtcdWrites(client, current(own))) {
        more(writes);

        // when: every certificate is renewed
        Collection<BigInteger> before = inSecrets(etcd).values();
        scene
            .kubectl("annotate", "servercert,clientcert", "--all", "mtls-operator.dev/renew=now")
            .orThrow();
        eventually(
            () -> {
              assertThat(inSecrets(etcd).values()).doesNotContainAnyElementsOf(before);
              assertThat(client.serials()).isEqualTo(inSecrets(etcd));
            });
        more(writes);

        // when: the CA rotates; the members restart for each change of the trust
        scene.kubectl("annotate", "rootca/etcd-ca", "mtls-operator.dev/rotate=now").orThrow();
        eventually(() -> assertThat(trusted(all)).containsOnly(2));
        etcd.roll();
        approve(GenerationState.Distributing);
        eventually(
            () -> {
              assertThat(generations()).containsOnly(2);
              assertThat(client.serials()).isEqualTo(inSecrets(etcd));
            });
        more(writes);
        approve(GenerationState.Retiring);
        eventually(() -> assertThat(trusted(all)).containsOnly(1));
        eventually(() -> assertThat(rotation().phase()).isEqualTo(RotationPhase.Stable));
        etcd.roll();
        more(writes);

        // then
        writes.end();
        crowd.check();
        System.out.printf(
            "etcd: %d writes answered, %d failed; %d times another endpoint was asked; slowest %d ms%n",
            writes.answered(),
            writes.failures().size(),
            client.retries().size(),
            writes.slowestMillis());
        assertThat(writes.failures()).isEmpty();
        assertThat(writes.answered()).isGreaterThan(5 * ENOUGH);
        assertThat(client.retries()).as("not for TLS").noneMatch(reason -> reason.matches(REFUSAL));
        assertThat(etcd.log()).doesNotMatch(REFUSAL);
      }
      haveOneLeader(etcd, client, TlsFiles.read(current(own)));
      refuse(etcd, client, new TlsFiles(first.own(), TlsFiles.read(current(own)).trust()));
    }
  }

  private void issueAsThePageSays() throws IOException {
    List<String> yaml = Page.read(Path.of("docs/peers.md")).sections().get("etcd").blocks("yaml");
    assertThat(yaml).isNotEmpty();
    yaml.forEach(scene::apply);
    // the page's overlap is for pods that are rolled, which takes longer
    scene
        .kubectl(
            "patch",
            "rootca/etcd-ca",
            "--type=merge",
            "-p",
            "{\"spec\":{\"rotation\":{\"overlap\":\"1s\"}}}")
        .orThrow();
    NODES.forEach(scene::readyServer);
    scene.readyClient(CLIENT);
  }

  private TlsPeer files(String secret) {
    return new TlsPeer(secret, Duration.ZERO, Optional.of(folder.resolve(secret)));
  }

  private static Path current(TlsPeer peer) {
    return peer.folder().resolve("current");
  }

  private static void more(EtcdWrites writes) {
    int before = writes.answered();
    eventually(() -> assertThat(writes.answered()).isGreaterThan(before + ENOUGH));
  }

  /** The serial number in the Secret of each member, by its endpoint. */
  private Map<URI, BigInteger> inSecrets(EtcdCluster etcd) {
    Map<URI, BigInteger> serials = new HashMap<>();
    for (int i = 0; i < NODES.size(); i++) {
      serials.put(
          etcd.endpoints().get(i), Scene.certificate(scene.secret(NODES.get(i))).getSerialNumber());
    }
    return serials;
  }

  /** How many CAs the files of each peer hold. */
  private static List<Integer> trusted(List<TlsPeer> peers) {
    return peers.stream()
        .map(
            peer -> {
              try {
                return Pem.readCertificates(TlsFiles.read(current(peer)).trust()).size();
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })
        .toList();
  }

  /** The CA generation that signed each certificate. */
  private List<Integer> generations() {
    return Stream.concat(
            scene.all(ServerCert.class).stream().map(ServerCert::getStatus),
            scene.all(ClientCert.class).stream().map(ClientCert::getStatus))
        .map(LeafStatus::caGeneration)
        .toList();
  }

  private RotationStatus rotation() {
    RotationStatus rotation = scene.caStatus("etcd-ca").rotation();
    assertThat(rotation).isNotNull();
    return rotation;
  }

  /** Approves the next step as soon as it waits for that. */
  private void approve(GenerationState state) {
    eventually(
        () ->
            assertThat(rotation().blockedBy())
                .anyMatch(line -> line.startsWith("rotation.advance is Manual")));
    String fingerprint =
        scene.caStatus("etcd-ca").generations().stream()
            .filter(generation -> generation.state() == state)
            .map(Generation::fingerprint)
            .findFirst()
            .orElseThrow();
    scene
        .kubectl(
            "annotate", "rootca/etcd-ca", "--overwrite", "mtls-operator.dev/advance=" + fingerprint)
        .orThrow();
  }

  private static void haveOneLeader(EtcdCluster etcd, EtcdClient client, TlsFiles tls)
      throws Exception {
    Set<String> leaders = new HashSet<>();
    for (URI endpoint : etcd.endpoints()) {
      JsonNode status = client.call(tls, endpoint, "maintenance/status", "{}");
      leaders.add(status.path("leader").asText());
      assertThat(client.call(tls, endpoint, "cluster/member/list", "{}").path("members"))
          .hasSize(NODES.size());
    }
    assertThat(leaders).singleElement().isNotIn("", "0");
  }

  /** That the old generation is over is known only when it is refused. */
  private static void refuse(EtcdCluster etcd, EtcdClient client, TlsFiles old) {
    for (URI endpoint : etcd.endpoints()) {
      assertThatThrownBy(() -> client.call(old, endpoint, "maintenance/status", "{}"))
          .isInstanceOf(IOException.class);
    }
    eventually(
        () ->
            assertThat(etcd.log().split("certificate signed by unknown authority", -1))
                .hasSizeGreaterThan(NODES.size()));
  }
}
