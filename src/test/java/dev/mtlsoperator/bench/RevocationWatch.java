package dev.mtlsoperator.bench;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Bulk;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.revocation.Crl;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Notes when each copy of a trust bundle lists all certificates that are awaited, and when the
 * status of the RootCA counts them. The clock is {@link System#nanoTime}.
 */
final class RevocationWatch implements AutoCloseable {
  private final Set<BigInteger> awaited;
  private final int total;
  private final Map<String, Long> copies = new ConcurrentHashMap<>();
  private final AtomicLong status = new AtomicLong();
  private final AtomicReference<@Nullable WatcherException> broken = new AtomicReference<>();
  private final AtomicReference<Read> last = new AtomicReference<>(new Read("", Set.of()));
  private final Watch configMaps;
  private final Watch rootCAs;

  /** All copies hold the same text: it is parsed once. */
  private record Read(String text, Set<BigInteger> revoked) {}

  /**
   * Starts.
   *
   * @param name of the copies, in whichever namespaces
   * @param awaited serial numbers
   * @param total how many certificates are then revoked, with those of before
   */
  RevocationWatch(
      EmbeddedCluster cluster, String namespace, String name, Set<BigInteger> awaited, int total) {
    this.awaited = Set.copyOf(awaited);
    this.total = total;
    configMaps =
        cluster
            .client()
            .configMaps()
            .inAnyNamespace()
            .withField("metadata.name", name)
            .watch(each(this::copy));
    rootCAs =
        cluster.client().resources(RootCA.class).inNamespace(namespace).watch(each(this::status));
  }

  private <T extends HasMetadata> Watcher<T> each(Consumer<T> seen) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, T resource) {
        seen.accept(resource);
      }

      @Override
      public void onClose(WatcherException e) {
        broken.set(e);
      }
    };
  }

  private void copy(ConfigMap copy) {
    String text = copy.getData().getOrDefault("ca.crl", "");
    Read read = last.get();
    if (!read.text().equals(text)) {
      read = new Read(text, revoked(text));
      last.set(read);
    }
    if (read.revoked().containsAll(awaited)) {
      copies.putIfAbsent(copy.getMetadata().getNamespace(), System.nanoTime());
    }
  }

  private static Set<BigInteger> revoked(String text) {
    return Crl.parseAll(SuppliedFile.of(text)).stream()
        .flatMap(crl -> crl.entries().keySet().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private void status(RootCA ca) {
    boolean counted =
        Optional.ofNullable(ca.getStatus())
            .map(it -> it.crl())
            .filter(crl -> crl.revoked() >= total)
            .isPresent();
    if (counted) {
      status.compareAndSet(0, System.nanoTime());
    }
  }

  /** When the last of that many copies and the status had them; waits for it. */
  Seen await(int count, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (copies.size() < count || status.get() == 0) {
      WatcherException e = broken.get();
      if (e != null) {
        throw new IllegalStateException("the watch ended", e);
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            copies.size()
                + " of "
                + count
                + " copies list them after "
                + patience
                + "; status: "
                + (status.get() != 0));
      }
      Bulk.pause(Duration.ofMillis(10));
    }
    return new Seen(
        Objects.requireNonNull(copies.values().stream().max(Long::compare).orElse(null)),
        status.get());
  }

  /** Both by {@link System#nanoTime}. */
  record Seen(long copies, long status) {}

  @Override
  public void close() {
    configMaps.close();
    rootCAs.close();
  }
}
