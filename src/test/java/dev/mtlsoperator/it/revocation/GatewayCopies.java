package dev.mtlsoperator.it.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.consumers.GatewayFiles;
import dev.mtlsoperator.consumers.ReloadedGateway;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Follows the Secret that gateways serve with and the Secret with the CAs of their clients, hands
 * each version of them to the gateways, and remembers those of the latter.
 */
final class GatewayCopies implements AutoCloseable {
  private final String server;
  private final String clients;
  private final Map<String, Secret> newest = new HashMap<>();
  private final List<Version> versions = new ArrayList<>();
  private final List<ReloadedGateway> gateways = new CopyOnWriteArrayList<>();
  private final Queue<WatcherException> broken = new ConcurrentLinkedQueue<>();
  private final Watch watch;

  private record Version(Secret secret, Instant at) {}

  GatewayCopies(EmbeddedCluster cluster, String namespace, String server, String clients) {
    this.server = server;
    this.clients = clients;
    watch = cluster.client().secrets().inNamespace(namespace).watch(watcher());
  }

  /** From now on, these gateways take up each version. */
  synchronized void feed(ReloadedGateway... some) {
    gateways.addAll(List.of(some));
    distribute();
  }

  private synchronized void hear(Watcher.Action action, Secret secret) {
    String name = secret.getMetadata().getName();
    if (!name.equals(server) && !name.equals(clients)) {
      return;
    }
    if (name.equals(clients)) {
      versions.add(new Version(secret, Instant.now()));
    }
    if (action == Watcher.Action.ADDED || action == Watcher.Action.MODIFIED) {
      newest.put(name, secret);
      distribute();
    }
  }

  private void distribute() {
    Secret serving = newest.get(server);
    Secret asking = newest.get(clients);
    if (serving != null && asking != null) {
      GatewayFiles files = GatewayFiles.of(serving, asking);
      gateways.forEach(gateway -> gateway.take(files));
    }
  }

  private Watcher<Secret> watcher() {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, Secret secret) {
        hear(action, secret);
      }

      @Override
      public void onClose(WatcherException e) {
        broken.add(e);
      }
    };
  }

  /** How many versions of the Secret with the CAs there were. */
  synchronized int count() {
    return versions.size();
  }

  /**
   * Fails if a version would have let in a revoked certificate again, or kept out others.
   *
   * @param serial of a certificate that was revoked meanwhile
   * @param issuer of that
   */
  synchronized void check(BigInteger serial, X509Certificate issuer) {
    assertThat(broken).isEmpty();
    List<String> violations = new ArrayList<>();
    Map<X509Certificate, BigInteger> numbers = new HashMap<>();
    boolean revoked = false;
    for (Version version : versions) {
      Secret secret = version.secret();
      String which = "version " + secret.getMetadata().getResourceVersion();
      Map<String, String> data = secret.getData();
      if (data == null || !data.containsKey("ca.crl")) {
        violations.add(which + " has no ca.crl");
        continue;
      }
      List<Crl> crls = Crl.parseAll(SuppliedFile.of(Scene.text(secret, "ca.crl")));
      for (X509Certificate ca : Pem.readCertificates(Scene.text(secret, "ca.crt"))) {
        @Nullable Crl crl = of(ca, crls, version.at()).orElse(null);
        if (crl == null) {
          violations.add(which + " has no current CRL of " + ca.getSerialNumber());
          continue;
        }
        BigInteger number = crl.number().orElseThrow();
        BigInteger before = numbers.put(ca, number);
        if (before != null && number.compareTo(before) < 0) {
          violations.add(which + " has an older CRL of " + ca.getSerialNumber());
        }
        boolean listed = crl.entries().containsKey(serial);
        if (ca.equals(issuer) && revoked && !listed) {
          violations.add(which + " revokes " + serial + " no more");
        }
        revoked |= ca.equals(issuer) && listed;
      }
    }
    assertThat(violations).isEmpty();
    assertThat(revoked).isTrue();
  }

  private static Optional<Crl> of(X509Certificate ca, List<Crl> crls, Instant now) {
    return crls.stream()
        .filter(crl -> crl.isSignedBy(ca))
        .filter(crl -> !now.isBefore(crl.thisUpdate()) && now.isBefore(crl.nextUpdate()))
        .findFirst();
  }

  @Override
  public void close() {
    watch.close();
  }
}
