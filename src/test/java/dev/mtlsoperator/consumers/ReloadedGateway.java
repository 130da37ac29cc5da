package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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

  private final ProjectedVolume volume;
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
    volume = new ProjectedVolume(folder.resolve("volume"));
    write(files);
    gateway = start.on(Files.createDirectory(folder.resolve("run")), volume.folder());
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

  private void write(GatewayFiles files) throws IOException {
    versions++;
    volume.show(
        Integer.toString(versions),
        Map.of(
            "tls.crt", bytes(files.chain()),
            "tls.key", bytes(files.key()),
            "combined.pem", bytes(files.chain() + files.key()),
            "ca.crt", bytes(files.cas()),
            "ca.crl", bytes(files.crls())));
  }

  private static byte[] bytes(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
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
