package dev.mtlsoperator.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Opens new connections continuously from several threads until it is closed. Attempts are counted
 * by kind, and failures are kept.
 */
public final class Handshakes implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 30;
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  // a new one each time: Java resumes sessions by host and port
  private static final AtomicInteger NEVER_THE_SAME = new AtomicInteger();

  private final Map<String, AtomicInteger> made = new LinkedHashMap<>();
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** A refused connection. */
  public record Failure(String kind, String who, String why) {}

  /** One attempt. */
  @FunctionalInterface
  public interface Attempt {
    /**
     * Makes the attempt.
     *
     * @param pair to be told which peers take part
     * @throws Exception when it is refused; the message says by which peer
     */
    void make(Pair pair) throws Exception;
  }

  /** The peers of an attempt; set before it starts, so that a failure can name them. */
  public static final class Pair {
    private String text = "";

    public void is(Object server, Object client) {
      text = client + " at " + server;
    }
  }

  /** Repeats attempts of one kind on a separate thread. */
  public Handshakes keep(String kind, Attempt attempt) {
    AtomicInteger count;
    synchronized (made) {
      count = made.computeIfAbsent(kind, k -> new AtomicInteger());
    }
    threads.execute(
        () -> {
          while (!ended.get()) {
            Pair pair = new Pair();
            try {
              attempt.make(pair);
            } catch (Exception e) {
              if (!ended.get()) {
                failures.add(new Failure(kind, pair.text, String.valueOf(e)));
              }
            }
            count.incrementAndGet();
          }
        });
    return this;
  }

  /** The number of attempts of each kind so far. */
  public Map<String, Integer> made() {
    synchronized (made) {
      Map<String, Integer> counts = new LinkedHashMap<>();
      made.forEach((kind, count) -> counts.put(kind, count.get()));
      return counts;
    }
  }

  public int total() {
    return made().values().stream().mapToInt(Integer::intValue).sum();
  }

  public List<Failure> failures() {
    return List.copyOf(failures);
  }

  public List<Failure> failures(String kind) {
    return failures.stream().filter(failure -> failure.kind().equals(kind)).toList();
  }

  /** A server in this JVM accepts a client's connection; both must succeed. */
  public void connect(SSLContext server, boolean authenticated, SSLContext client, String host)
      throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, LOOPBACK);
        Socket raw = new Socket(LOOPBACK, listener.getLocalPort())) {
      Socket accepted = listener.accept();
      Future<?> served = threads.submit(() -> serve(accepted, server, authenticated));
      try {
        call(raw, client, host);
      } finally {
        await(served);
      }
    }
  }

  /** A server in this JVM, for one client that is started when it listens. */
  public void accept(SSLContext server, Client client) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 1, LOOPBACK)) {
      listener.setSoTimeout(PATIENCE_SECONDS * 1000);
      Future<?> served =
          threads.submit(
              () -> {
                serve(listener.accept(), server, true);
                return true;
              });
      try {
        client.call(listener.getLocalPort());
      } finally {
        await(served);
      }
    }
  }

  /** Connects to a port of this machine. */
  public interface Client {
    void call(int port) throws Exception;
  }

  private static void await(Future<?> served) throws Exception {
    try {
      served.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException("the server says: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IOException("the server does not end", e);
    }
  }

  private static boolean serve(Socket accepted, SSLContext context, boolean authenticated)
      throws IOException {
    accepted.setSoTimeout(PATIENCE_SECONDS * 1000);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(accepted, null, true)) {
      socket.setNeedClientAuth(authenticated);
      socket.startHandshake();
      socket.getOutputStream().write('k');
      socket.getOutputStream().flush();
    }
    return true;
  }

  /** A client in this JVM. */
  static void call(Socket raw, SSLContext context, String host) throws IOException {
    call(raw, context, host, "");
  }

  /**
   * A client in this JVM.
   *
   * @param greeting the bytes that the server waits for
   */
  static void call(Socket raw, SSLContext context, String host, String greeting)
      throws IOException {
    raw.setSoTimeout(PATIENCE_SECONDS * 1000);
    int port = 1 + NEVER_THE_SAME.incrementAndGet() % 65_535;
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(raw, host, port, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      socket.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII));
      // with TLS 1.3, a client learns of a refusal only here
      if (socket.getInputStream().read() < 0) {
        throw new IOException("the connection is closed without an answer");
      }
      socket.getSession().invalidate();
    }
  }

  @Override
  public void close() {
    ended.set(true);
    threads.shutdownNow();
  }
}
