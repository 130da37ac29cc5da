package dev.mtlsoperator.harness;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Records the serial number in each version of each TLS Secret in a namespace, in order. */
public final class SecretWrites implements AutoCloseable {
  private final Map<String, List<String>> serials = new ConcurrentHashMap<>();
  private final AtomicReference<@Nullable WatcherException> broken = new AtomicReference<>();
  private final Watch watch;

  public SecretWrites(EmbeddedCluster cluster, String namespace) {
    watch =
        cluster
            .client()
            .secrets()
            .inNamespace(namespace)
            .watch(
                new Watcher<Secret>() {
                  @Override
                  public void eventReceived(Action action, Secret secret) {
                    if ("kubernetes.io/tls".equals(secret.getType())) {
                      serials
                          .computeIfAbsent(
                              secret.getMetadata().getName(), n -> new CopyOnWriteArrayList<>())
                          .add(action + " " + Scene.serial(secret));
                    }
                  }

                  @Override
                  public void onClose(WatcherException e) {
                    broken.set(e);
                  }
                });
  }

  /** The recorded versions by name, such as {@code [ADDED 5f…]}; fails if the watch was cut. */
  public Map<String, List<String>> seen() {
    WatcherException cut = broken.get();
    if (cut != null) {
      throw new AssertionError("the witness saw not everything", cut);
    }
    return serials;
  }

  @Override
  public void close() {
    watch.close();
  }
}
