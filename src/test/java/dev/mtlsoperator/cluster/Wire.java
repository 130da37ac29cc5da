package dev.mtlsoperator.cluster;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy in front of an API server, which can cut connections; it does not inspect the data.
 */
public final class Wire implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final Set<NetSocket> open = ConcurrentHashMap.newKeySet();
  private final Path kubeconfig;

  /** A proxy to the server that a kubeconfig file names, at a port of the loopback address. */
  public Wire(Path kubeconfig) {
    try {
      String text = Files.readString(kubeconfig);
      URI server = URI.create(text.replaceAll("(?s).*(https://[^\\s\"]+).*", "$1"));
      NetClient client = vertx.createNetClient();
      NetServer front =
          vertx
              .createNetServer()
              .connectHandler(in -> connect(client, in, server))
              .listen(0, "127.0.0.1")
              .toCompletionStage()
              .toCompletableFuture()
              .join();
      this.kubeconfig = Files.createTempFile("wire", ".kubeconfig");
      this.kubeconfig.toFile().deleteOnExit();
      Files.writeString(
          this.kubeconfig,
          text.replace(server.toString(), "https://127.0.0.1:" + front.actualPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void connect(NetClient client, NetSocket in, URI server) {
    in.pause();
    open.add(in);
    in.closeHandler(closed -> open.remove(in));
    client
        .connect(server.getPort(), server.getHost())
        .onSuccess(
            out -> {
              var unusedForth = in.pipeTo(out);
              var unusedBack = out.pipeTo(in);
            })
        .onFailure(refused -> in.close());
  }

  /** The same access through the proxy. */
  public Path kubeconfig() {
    return kubeconfig;
  }

  /** Closes all connections; returns how many. New ones are accepted. */
  public int cut() {
    Set<NetSocket> now = Set.copyOf(open);
    now.forEach(NetSocket::close);
    return now.size();
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
