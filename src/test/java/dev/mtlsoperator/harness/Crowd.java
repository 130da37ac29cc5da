package dev.mtlsoperator.harness;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * TLS peers in one namespace, each of which reads its own Secret or ConfigMap with its own delay.
 */
public final class Crowd implements AutoCloseable {
  private final List<TlsPeer> all;
  private final List<Watch> watches;
  private final Queue<Throwable> broken = new ConcurrentLinkedQueue<>();
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();

  /** One thread: what a peer reads later is not older. */
  private final ScheduledExecutorService readers = Executors.newScheduledThreadPool(1);

  public Crowd(EmbeddedCluster cluster, String namespace, List<TlsPeer> all) {
    this.all = List.copyOf(all);
    watches =
        List.of(
            cluster
                .client()
                .secrets()
                .inNamespace(namespace)
                .withField("type", "kubernetes.io/tls")
                .watch(
                    watcher(
                        (Secret secret) ->
                            schedule(secret, () -> Optional.of(TlsFiles.of(secret))))),
            cluster
                .client()
                .configMaps()
                .inNamespace(namespace)
                .watch(watcher((ConfigMap map) -> schedule(map, () -> trust(map)))));
    try {
      eventually(this::checkThatAllHaveRead);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static Optional<TlsFiles> trust(ConfigMap map) {
    return Optional.ofNullable(map.getData())
        .map(data -> data.get("ca.crt"))
        .map(pem -> new TlsFiles(Optional.empty(), pem));
  }

  private void schedule(HasMetadata object, Supplier<Optional<TlsFiles>> files) {
    for (TlsPeer party : all) {
      if (party.name().equals(object.getMetadata().getName())) {
        files.get().ifPresent(found -> schedule(party, found));
      }
    }
  }

  private void schedule(TlsPeer party, TlsFiles files) {
    long wait = party.hasRead() ? party.delay().toMillis() : 0;
    ScheduledFuture<?> unused =
        readers.schedule(() -> read(party, files), wait, TimeUnit.MILLISECONDS);
  }

  private void read(TlsPeer party, TlsFiles files) {
    try {
      party.read(files);
    } catch (RuntimeException | Error e) {
      broken.add(e);
    }
  }

  private void checkThatAllHaveRead() {
    check();
    assertThat(all).as("of %s", heard).allSatisfy(party -> assertThat(party.hasRead()).isTrue());
  }

  /** Fails if a peer could not read what was written. */
  public void check() {
    assertThat(broken).isEmpty();
  }

  private <T extends HasMetadata> Watcher<T> watcher(Consumer<T> consumer) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, T object) {
        heard.add(action + " " + object.getMetadata().getName());
        if (action == Action.ADDED || action == Action.MODIFIED) {
          hear(object);
        }
      }

      private void hear(T object) {
        try {
          consumer.accept(object);
        } catch (RuntimeException | Error e) {
          broken.add(e);
        }
      }

      @Override
      public void onClose(WatcherException e) {
        broken.add(e);
      }
    };
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
    readers.shutdownNow();
  }
}
