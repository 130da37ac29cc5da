package dev.mtlsoperator.consumers;

import static dev.mtlsoperator.harness.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The TLS Secrets of a namespace as volumes, one for each: links to the files in {@code ..data},
 * which is a link that is swapped. Unlike kubelet it deletes no former version, so that whoever
 * resolves that link once reads files that belong together.
 */
final class MountedSecrets implements AutoCloseable {
  private final Path root;
  private final Map<String, Reader> readers = new ConcurrentHashMap<>();
  private final Queue<Throwable> broken = new ConcurrentLinkedQueue<>();
  private final Watch watch;

  /** Takes up the version of now. */
  @FunctionalInterface
  interface Reader {
    void read() throws IOException, InterruptedException;
  }

  /**
   * @param root where the folders are
   */
  MountedSecrets(EmbeddedCluster cluster, String namespace, Path root) {
    this.root = root;
    watch =
        cluster
            .client()
            .secrets()
            .inNamespace(namespace)
            .withField("type", "kubernetes.io/tls")
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, Secret secret) {
                    if (action == Action.ADDED || action == Action.MODIFIED) {
                      hear(secret);
                    }
                  }

                  @Override
                  public void onClose(WatcherException e) {
                    broken.add(e);
                  }
                });
  }

  private void hear(Secret secret) {
    try {
      String name = secret.getMetadata().getName();
      Map<String, byte[]> files = new HashMap<>();
      secret.getData().keySet().forEach(file -> files.put(file, Scene.bytes(secret, file)));
      new ProjectedVolume(volume(name)).show(secret.getMetadata().getResourceVersion(), files);
      readers.getOrDefault(name, () -> {}).read();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      broken.add(e);
    }
  }

  /** From now on, each new version is told. */
  void tell(String secret, Reader reader) {
    readers.put(secret, reader);
  }

  /** The volume, with the newest version. */
  Path volume(String secret) {
    return root.resolve(secret);
  }

  /** The folder of the newest version; waits for the first one. */
  Path now(String secret) {
    Path link = new ProjectedVolume(volume(secret)).data();
    if (!Files.exists(link)) {
      eventually(() -> assertThat(link).exists());
    }
    try {
      return link.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fails if a version could not be written or told. */
  void check() {
    assertThat(broken).isEmpty();
  }

  @Override
  public void close() {
    watch.close();
  }
}
