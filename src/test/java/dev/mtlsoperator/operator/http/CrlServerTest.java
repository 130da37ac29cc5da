package dev.mtlsoperator.operator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("network")
@Timeout(60)
final class CrlServerTest {
  private static final Instant NOW = Instant.parse("2026-01-07T10:00:00Z");
  private static final CAName SHOP = new CAName("shop", "root");
  private static final String SHARED = ", public, no-transform, must-revalidate";
  private static final String PATH = "/shop/root/1.crl";
  private static final CertificateAuthority CA = TestCrls.root(NOW);

  private final Map<CAName, Map<Integer, Crl>> crls = new ConcurrentHashMap<>();
  private final Crl crl = TestCrls.of(CA, NOW, revoked(17));
  private Optional<String> gap = Optional.empty();
  private Instant time = NOW;
  private CrlServer server;

  @BeforeEach
  void begin() throws IOException {
    server = start(0);
    crls.put(SHOP, Map.of(1, crl));
  }

  private CrlServer start(int port) throws IOException {
    return CrlServer.start(
        port,
        (ca, generation) -> Optional.ofNullable(crls.getOrDefault(ca, Map.of()).get(generation)),
        new PublishedResponders(Optional.empty()),
        () -> gap,
        new UnexpectedExceptions(part -> {}),
        new TestClock());
  }

  @AfterEach
  void end() {
    server.close();
  }

  private final class TestClock extends Clock {
    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return time;
    }
  }

  private static RevokedCertificate revoked(int serial) {
    return new RevokedCertificate(BigInteger.valueOf(serial), NOW, Optional.empty());
  }

  private RawHttp.Response get(String path, String... headers) throws IOException {
    return RawHttp.ask(server.port(), "GET", path, headers);
  }

  @Test
  void shouldServeTheCrlOfAGeneration() throws IOException {
    RawHttp.Response response = get(PATH);

    assertThat(response.code()).isEqualTo(200);
    assertThat(response.body().getBytes()).isEqualTo(crl.der());
    assertThat(response.header("Content-Type")).isEqualTo("application/pkix-crl");
    assertThat(response.header("Content-Length")).isEqualTo("" + crl.der().length);
    assertThat(response.header("Last-Modified")).isEqualTo("Wed, 07 Jan 2026 10:00:00 GMT");
    assertThat(response.header("ETag")).matches("\"[0-9a-f]{64}\"");
  }

  @Test
  void shouldServeTheSameHeadersWithoutABody() throws IOException {
    RawHttp.Response head = RawHttp.ask(server.port(), "HEAD", PATH);

    assertThat(head.code()).isEqualTo(200);
    assertThat(head.headers()).isEqualTo(get(PATH).headers());
    assertThat(head.body().length()).isZero();
  }

  @Test
  void shouldServeANewCrlAtOnce() throws IOException {
    String before = get(PATH).header("ETag");
    Crl next = TestCrls.of(CA, NOW, revoked(17), revoked(18));
    crls.put(SHOP, Map.of(1, next, 2, crl));

    RawHttp.Response response = get(PATH, "If-None-Match: " + before);

    assertThat(response.code()).isEqualTo(200);
    assertThat(response.body().getBytes()).isEqualTo(next.der());
    assertThat(get("/shop/root/2.crl").body().getBytes()).isEqualTo(crl.der());
  }

  @Test
  void shouldServeNoneOfACaThatIsGone() throws IOException {
    assertThat(get(PATH).code()).isEqualTo(200);

    crls.remove(SHOP);

    assertThat(get(PATH).code()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({"0, 3600", "2591999, 0", "2588400, 1800", "2592000, 0", "2600000, 0"})
  void shouldLetItBeKeptForHalfOfWhatRemains(long after, long age) throws IOException {
    time = NOW.plusSeconds(after);

    assertThat(get(PATH).header("Cache-Control")).isEqualTo("max-age=" + age + SHARED);
  }

  @Test
  void shouldSendNothingThatTheClientHas() throws IOException {
    RawHttp.Response first = get(PATH);
    String etag = first.header("ETag");

    for (String header :
        List.of(
            "If-None-Match: " + etag,
            "If-None-Match: \"other\", W/" + etag,
            "If-None-Match: *",
            "If-Modified-Since: Wed, 07 Jan 2026 10:00:00 GMT",
            "If-Modified-Since: Wednesday, 07-Jan-26 10:00:01 GMT")) {
      RawHttp.Response response = get(PATH, header);

      assertThat(response.code()).as(header).isEqualTo(304);
      assertThat(response.body().length()).as(header).isZero();
      assertThat(response.header("ETag")).as(header).isEqualTo(etag);
      assertThat(response.header("Cache-Control")).as(header).isEqualTo("max-age=3600" + SHARED);
      assertThat(response.headers()).as(header).doesNotContainKey("content-length");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "If-None-Match: \"other\"",
        "If-Modified-Since: Wed, 07 Jan 2026 09:59:59 GMT",
        "If-Modified-Since: yesterday"
      })
  void shouldSendWhatTheClientLacks(String header) throws IOException {
    assertThat(get(PATH, header).body().getBytes()).isEqualTo(crl.der());
  }

  @Test
  void shouldIgnoreTheDateWhereThereIsATag() throws IOException {
    assertThat(
            get(
                    PATH,
                    "If-None-Match: \"other\"",
                    "If-Modified-Since: Wed, 07 Jan 2026 10:00:00 GMT")
                .code())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "*",
        "/shop/root/2.crl",
        "/shop/other/1.crl",
        "/bank/root/1.crl",
        "/shop/root/0.crl",
        "/shop/root/01.crl",
        "/shop/root/+1.crl",
        "/shop/root/-1.crl",
        "/shop/root/x.crl",
        "/shop/root/4294967297.crl",
        "/shop/root/99999999999999999999999999.crl",
        "/shop/root/1.crl/",
        "/shop/root/1.CRL",
        "/shop/root/1",
        "/shop/root",
        "//shop/root/1.crl",
        "/shop//root/1.crl",
        "/shop/../shop/root/1.crl",
        "/../shop/root/1.crl",
        "/shop/root/../root/1.crl",
        "/shop%2froot/1.crl",
        "/shop%2Froot%2F1.crl",
        "/shop/root/%31.crl",
        "/shop/root/1.crl%00",
        "/shop/root/1.crl;x",
        "/shop\\root\\1.crl",
        "/Shop/root/1.crl",
        "/livez",
        "/metrics"
      })
  void shouldKnowNoOtherPaths(String path) throws IOException {
    RawHttp.Response response = get(path);

    assertThat(response.code()).isEqualTo(404);
    assertThat(response.body()).hasToString("not found\n");
  }

  @Test
  void shouldReadNoLongPaths() throws IOException {
    assertThat(get("/shop/" + "r".repeat(254) + "/1.crl").code()).isEqualTo(404);
    assertThat(get("/shop/" + "r".repeat(2000) + "/1.crl").code()).isEqualTo(414);
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"})
  void shouldServeNoOtherMethods(String method) throws IOException {
    RawHttp.Response response = RawHttp.ask(server.port(), method, PATH);

    assertThat(response.code()).isEqualTo(405);
    assertThat(response.header("Allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void shouldSayThatItMayKnowMoreLater() throws IOException {
    gap = Optional.of("the watches are not in sync");

    RawHttp.Response missing = get("/shop/root/2.crl");

    assertThat(missing.code()).isEqualTo(503);
    assertThat(missing.header("Retry-After")).isEqualTo("5");
    // what it knows it serves
    assertThat(get(PATH).code()).isEqualTo(200);
    assertThat(get("/shop/../2.crl").code()).isEqualTo(404);
  }

  @Test
  void shouldAnswerWhileConnectionsAreHalfOpen() throws IOException {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 2 * BoundedHttpServer.MOST_CONNECTIONS; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        open.add(socket);
        socket.getOutputStream().write("GET ".getBytes(StandardCharsets.US_ASCII));
      }
      Instant begun = Instant.now();

      assertThat(get(PATH).code()).isEqualTo(200);
      assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(1));
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void shouldSayThatThePortIsTaken() {
    int taken = server.port();

    assertThatThrownBy(() -> start(taken))
        .isInstanceOf(PortTakenException.class)
        .hasMessage("port " + taken + " is taken: choose another one with --crl-port");
  }
}
