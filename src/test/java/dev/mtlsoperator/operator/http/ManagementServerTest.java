package dev.mtlsoperator.operator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("network")
@Timeout(60)
final class ManagementServerTest {
  private static final int SLOW_ONES = 200;
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final List<Socket> sockets = new ArrayList<>();
  private final ScheduledExecutorService dripping = Executors.newScheduledThreadPool(2);
  private final AtomicInteger scrapes = new AtomicInteger();
  private final AtomicInteger exceptions = new AtomicInteger();
  private Supplier<Optional<String>> obstacle = Optional::empty;
  private Supplier<String> metrics = () -> "a_metric 1\n";
  private ManagementServer server = start();

  private ManagementServer start() {
    try {
      return ManagementServer.start(
          0,
          () -> obstacle.get(),
          () -> {
            scrapes.incrementAndGet();
            return metrics.get();
          },
          new UnexpectedExceptions(part -> exceptions.incrementAndGet()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void end() throws IOException {
    dripping.shutdownNow();
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  /** Who holds up a server that knows no time-outs. */
  enum Slow {
    /** Connects and says nothing. */
    HALF_OPEN,
    /** Sends a header byte by byte. */
    DRIPPING,
    /** Has asked, and stays for another question. */
    KEPT_ALIVE,
    /** Asks for all metrics and never reads the answer. */
    NOT_READING,
    /** Announces a body that never comes. */
    BODY_AWAITED
  }

  private void open(Slow kind) throws IOException {
    Socket socket = new Socket();
    // small, so that an answer does not fit
    socket.setReceiveBufferSize(1024);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
    sockets.add(socket);
    switch (kind) {
      case HALF_OPEN -> {}
      case DRIPPING -> {
        send(socket, "GET /livez HTTP/1.1\r\nHost: localhost\r\nx: ");
        var unused =
            dripping.scheduleWithFixedDelay(
                () -> send(socket, "x"), 200, 200, TimeUnit.MILLISECONDS);
      }
      case KEPT_ALIVE ->
          send(socket, "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
      case NOT_READING -> send(socket, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
      case BODY_AWAITED ->
          send(
              socket,
              "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n");
    }
  }

  private static void send(Socket socket, String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // it was closed at the other end, as it should be
    }
  }

  private String ask(String method, String path) throws IOException {
    return askRaw(
        method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n", Duration.ofSeconds(5));
  }

  private String askRaw(String request, Duration patience) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()),
          Math.toIntExact(patience.toMillis()));
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void assertAnswersInTime() throws IOException {
    for (String path : List.of("/livez", "/readyz", "/metrics")) {
      Instant begun = Instant.now();
      assertThat(ask("GET", path)).as(path).startsWith("HTTP/1.1 200 OK");
      assertThat(Duration.between(begun, Instant.now())).as(path).isLessThan(PATIENCE);
    }
  }

  private static String large() {
    return "a_metric 1\n".repeat(200_000);
  }

  @ParameterizedTest
  @EnumSource(Slow.class)
  void shouldAnswerWhileSlowConnectionsAreOpen(Slow kind) throws IOException {
    metrics = ManagementServerTest::large;

    for (int i = 0; i < SLOW_ONES; i++) {
      open(kind);
    }

    assertAnswersInTime();
  }

  @Test
  void shouldAnswerWhileAllKindsOfSlowConnectionsTakeAllThereAre() throws IOException {
    metrics = ManagementServerTest::large;
    for (int i = 0; i < 2 * BoundedHttpServer.MOST_CONNECTIONS; i++) {
      open(Slow.values()[i % Slow.values().length]);
      if (i % 100 == 99) {
        assertAnswersInTime();
      }
    }

    assertAnswersInTime();
  }

  @ParameterizedTest
  @EnumSource(Slow.class)
  void shouldCutOffWhoKeepsAConnection(Slow kind) throws IOException {
    metrics = ManagementServerTest::large;
    open(kind);

    Socket socket = sockets.get(0);
    socket.setSoTimeout(15_000);

    if (kind == Slow.NOT_READING) {
      await(Duration.ofSeconds(7));
    }
    assertThat(readToEnd(socket)).isLessThan(large().length());
  }

  private static int readToEnd(Socket socket) throws IOException {
    try {
      return socket.getInputStream().readAllBytes().length;
    } catch (SocketException e) {
      return 0;
    }
  }

  private static void await(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  void shouldSendAllOfALargeAnswer() throws IOException {
    metrics = ManagementServerTest::large;

    String answer = ask("GET", "/metrics");

    assertThat(answer.substring(answer.indexOf("\r\n\r\n") + 4)).isEqualTo(large());
  }

  @Test
  void shouldScrapeOnceForAllWhoAskAtTheSameTime() throws IOException {
    for (int i = 0; i < 50; i++) {
      assertThat(ask("GET", "/metrics")).contains("a_metric 1");
    }

    assertThat(scrapes.get()).isLessThan(25);
  }

  @Test
  void shouldBeAliveWhileNothingElseAnswers() throws IOException {
    CountDownLatch held = new CountDownLatch(1);
    obstacle = () -> hold(held);
    metrics = () -> hold(held).orElse("");
    for (int i = 0; i < 10; i++) {
      sockets.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
      send(
          sockets.get(i),
          "GET " + (i % 2 == 0 ? "/metrics" : "/readyz") + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    assertThat(askRaw("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", PATIENCE))
        .startsWith("HTTP/1.1 200 OK");

    held.countDown();
  }

  private static Optional<String> hold(CountDownLatch held) {
    try {
      held.await();
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  @Test
  void shouldSayWhyItIsNotReady() throws IOException {
    obstacle = () -> Optional.of("the moon is full");

    assertThat(ask("GET", "/readyz"))
        .startsWith("HTTP/1.1 503 ")
        .endsWith("not ready: the moon is full\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/metrics", "/readyz"})
  void shouldTellNothingOfAnException(String path) throws IOException {
    obstacle =
        () -> {
          throw new IllegalArgumentException("hunter2");
        };
    metrics =
        () -> {
          throw new StackOverflowError("hunter2");
        };

    assertThat(ask("GET", path))
        .startsWith("HTTP/1.1 500 ")
        .doesNotContain("hunter2", "Exception", "Error:", "at dev.");
    assertThat(exceptions).hasValue(1);
    // and the next one is served
    metrics = () -> "a_metric 2\n";
    await(Duration.ofSeconds(1));
    assertThat(ask("GET", "/metrics")).contains("a_metric 2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"})
  void shouldServeNoOtherMethods(String method) throws IOException {
    assertThat(ask(method, "/livez")).startsWith("HTTP/1.1 405 ").contains("GET, HEAD");
  }

  @Test
  void shouldAnswerHeadWithoutABody() throws IOException {
    String answer = ask("HEAD", "/metrics");

    assertThat(answer).startsWith("HTTP/1.1 200 OK").endsWith("\r\n\r\n");
    assertThat(answer.toLowerCase(java.util.Locale.ROOT)).contains("content-length: 11");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/metrics/", "/livez/x", "/../livez", "*", "/%00"})
  void shouldKnowNoOtherPaths(String path) throws IOException {
    assertThat(ask("GET", path)).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void shouldPassOverAQuery() throws IOException {
    assertThat(ask("GET", "/livez?verbose=1")).startsWith("HTTP/1.1 200 OK");
  }

  @Test
  void shouldReadNoLongRequests() throws IOException {
    assertThat(ask("GET", "/" + "x".repeat(2000))).contains(" 414 ");
    assertThat(
            askRaw(
                "GET /livez HTTP/1.1\r\nHost: localhost\r\nx: " + "x".repeat(10_000) + "\r\n\r\n",
                Duration.ofSeconds(5)))
        .contains(" 431 ");
    assertThat(askRaw("what is this\r\n\r\n", Duration.ofSeconds(5))).contains(" 400 ");
  }

  @Test
  void shouldServeOneRequestAConnection() throws IOException {
    String one = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

    assertThat(askRaw(one + one + one, Duration.ofSeconds(5)).split("HTTP/1.1 200", -1)).hasSize(2);
  }

  @Test
  void shouldSayThatThePortIsTaken() {
    assertThatThrownBy(
            () ->
                ManagementServer.start(
                    server.port(), Optional::empty, () -> "", new UnexpectedExceptions(part -> {})))
        .isInstanceOf(IOException.class)
        .hasRootCauseInstanceOf(BindException.class);
  }
}
