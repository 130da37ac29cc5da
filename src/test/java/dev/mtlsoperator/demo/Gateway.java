package dev.mtlsoperator.demo;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * A gateway in small: an HTTPS server that lets in who shows a certificate of the CA in its Secret,
 * and that takes up a new Secret for new connections as soon as the API server reports it.
 *
 * <p>Of its own rather than the JDK's {@code HttpsServer}: that one drops a client that it refuses
 * without telling it why.
 */
final class Gateway implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final AtomicReference<SSLContext> tls = new AtomicReference<>();
  private final BlockingQueue<String> refusals = new LinkedBlockingQueue<>();
  private final ExecutorService connections = Executors.newCachedThreadPool();
  private final ServerSocket listening;
  private final SharedIndexInformer<Secret> secret;

  /** Serves on a free port of the loopback address, with what that Secret holds. */
  Gateway(KubernetesClient client, String namespace, String secretName) throws IOException {
    listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    take(client.secrets().inNamespace(namespace).withName(secretName).require());
    secret =
        client
            .secrets()
            .inNamespace(namespace)
            .withName(secretName)
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(Secret now) {
                    take(now);
                  }

                  @Override
                  public void onUpdate(Secret before, Secret now) {
                    take(now);
                  }

                  @Override
                  public void onDelete(Secret last, boolean unknown) {
                    // serve on with what there was, as gateways do
                  }
                });
    connections.execute(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Why the last client was refused, as the gateway's own log would say. */
  String refusal() throws InterruptedException {
    String reason = refusals.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    return reason == null ? "the gateway refused nobody" : reason;
  }

  @Override
  public void close() {
    secret.close();
    connections.shutdownNow();
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void take(Secret now) {
    try {
      tls.set(new TlsSecret(now).context());
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the Secret is of no use for a gateway", e);
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket socket = listening.accept();
        connections.execute(() -> serve(socket));
      } catch (IOException e) {
        // closed: the loop ends
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      SSLSocket secure =
          (SSLSocket) tls.get().getSocketFactory().createSocket(socket, null, -1, false);
      secure.setUseClientMode(false);
      secure.setNeedClientAuth(true);
      try {
        secure.startHandshake();
        answer(secure);
        secure.close();
      } catch (SSLException e) {
        refusals.add(reason(e));
      }
      // until the other side has read all and closes: an alert must not be lost in a reset
      socket.shutdownOutput();
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // the other side is gone
    }
  }

  private static void answer(SSLSocket secure) throws IOException {
    BufferedReader request =
        new BufferedReader(
            new InputStreamReader(secure.getInputStream(), StandardCharsets.US_ASCII));
    for (String line = request.readLine(); line != null && !line.isEmpty(); ) {
      line = request.readLine();
    }
    X509Certificate client = (X509Certificate) secure.getSession().getPeerCertificates()[0];
    byte[] body =
        ("welcome, " + client.getSubjectX500Principal().getName()).getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
            + body.length
            + "\r\nConnection: close\r\n\r\n";
    secure.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    secure.getOutputStream().write(body);
    secure.getOutputStream().flush();
  }

  /** The innermost cause: there the JDK says what is wrong with a certificate. */
  private static String reason(Throwable thrown) {
    Throwable innermost = thrown;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return String.valueOf(innermost.getMessage());
  }
}
