package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.harness.SwappedLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A gateway with its reloader: it reads its files again when it is given others. */
public final class ReloadedGateway implements AutoCloseable {
  /** As reloaders wait, so that a reload has begun before the next one is asked for. */
  private static final long SETTLE_MILLIS = 150;

  private static final String[] FILES = {"tls.crt", "tls.key", "combined.pem", "ca.crt", "ca.crl"};

  /** As the volume of a pod. */
  private final Path volume;

  private final MtlsGateway gateway;
  private final ExecutorService reloads = Executors.newSingleThreadExecutor();
  private final Queue<Throwable> broken = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable GatewayFiles> asked = new AtomicReference<>();
  private int versions;

  /** Starts a gateway on files. */
  @FunctionalInterface
  private interface Start {
    MtlsGateway on(Path folder, Path files) throws IOException, InterruptedException;
  }

  private ReloadedGateway(Path folder, GatewayFiles files, Start start)
      throws IOException, InterruptedException {
    volume = Files.createDirectories(folder.resolve("volume"));
    for (String name : FILES) {
      Files.createSymbolicLink(volume.resolve(name), Path.of("..data", name));
    }
    write(files);
    gateway = start.on(Files.createDirectory(folder.resolve("run")), volume);
  }

  /** An nginx for a host name. */
  public static ReloadedGateway nginx(Path folder, String host, GatewayFiles files)
      throws IOException, InterruptedException {
    return new ReloadedGateway(
        folder,
        files,
        (run, volume) ->
            Nginx.start(
                run, host, PemFiles.ofSecret(volume), Optional.of(volume.resolve("ca.crl"))));
  }

  public static ReloadedGateway haProxy(Path folder, GatewayFiles files)
      throws IOException, InterruptedException {
    return new ReloadedGateway(
        folder,
        files,
        (run, volume) ->
            HaProxy.start(
                run,
                volume.resolve("combined.pem"),
                volume.resolve("ca.crt"),
                volume.resolve("ca.crl")));
  }

  /** An Envoy, which needs no reload. */
  public static ReloadedGateway envoy(Path folder, GatewayFiles files)
      throws IOException, InterruptedException {
    return new ReloadedGateway(folder, files, Envoy::start);
  }

  public int port() {
    return gateway.port();
  }

  /** Takes up other files; the newest of several that come at once. */
  public void take(GatewayFiles files) {
    if (asked.getAndSet(files) == null) {
      reloads.execute(this::reload);
    }
  }

  private void reload() {
    try {
      GatewayFiles files = asked.getAndSet(null);
      if (files != null) {
        write(files);
        gateway.reload();
        Thread.sleep(SETTLE_MILLIS);
      }
    } catch (IOException | RuntimeException | Error e) {
      broken.add(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes the files as kubelet does: creates a new folder, then swaps the link {@code ..data}. */
  private void write(GatewayFiles files) throws IOException {
    versions++;
    Path version = Files.createDirectory(volume.resolve("..v" + versions));
    Files.writeString(version.resolve("tls.crt"), files.chain());
    Files.writeString(version.resolve("tls.key"), files.key());
    Files.writeString(version.resolve("combined.pem"), files.chain() + files.key());
    Files.writeString(version.resolve("ca.crt"), files.cas());
    Files.writeString(version.resolve("ca.crl"), files.crls());
    SwappedLink.point(volume.resolve("..data"), version.getFileName());
  }

  /** Fails if a file could not be read, or the gateway refused one. */
  public void check() {
    assertThat(broken).isEmpty();
    assertThat(log()).doesNotContain("[emerg]", "[ALERT]", "[error]", "[critical]");
  }

  public String log() {
    try {
      return gateway.log();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    reloads.shutdownNow();
    gateway.close();
  }
}
