package dev.mtlsoperator.operator.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mtlsoperator.api.CAName;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import dev.mtlsoperator.pki.ocsp.OcspRequests;
import dev.mtlsoperator.pki.ocsp.OcspResponder;
import dev.mtlsoperator.pki.ocsp.OcspSigner;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.reconcile.context.PublishedResponders;
import dev.mtlsoperator.reconcile.kube.UnexpectedExceptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OCSP over real sockets, as OpenSSL and Java ask. */
@Tag("network")
@Tag("programs")
@Timeout(60)
final class OcspServerTest {
  private static final String TYPE = "application/ocsp-response";
  private static final CAName SHOP = new CAName("shop", "root");

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final CertificateAuthority ca = TestCrls.root(now.minusSeconds(600));
  private final X509Certificate good = leaf("good");
  private final X509Certificate lost = leaf("lost");
  private final PublishedResponders responders = new PublishedResponders(Optional.empty());
  private final AtomicInteger exceptions = new AtomicInteger();
  private volatile Optional<Crl> served = Optional.empty();
  private Supplier<Optional<String>> gap = Optional::empty;
  private CrlServer server;

  @BeforeEach
  void begin() throws IOException {
    server =
        CrlServer.start(
            0,
            (name, generation) -> served,
            responders,
            () -> gap.get(),
            new UnexpectedExceptions(part -> exceptions.incrementAndGet()),
            Clock.systemUTC());
    responders.publish(
        SHOP,
        List.of(
            new OcspResponder(
                ca.certificate(),
                OcspSigner.issuedBy(ca, now),
                TestCrls.of(
                    ca,
                    now.minusSeconds(300),
                    new RevokedCertificate(
                        lost.getSerialNumber(),
                        now.minusSeconds(60),
                        Optional.of(RevocationReason.KeyCompromise))))));
  }

  @AfterEach
  void end() {
    server.close();
    assertThat(exceptions).hasValue(0);
  }

  private X509Certificate leaf(String name) {
    return ca.issue(
        PlainCertificates.request(
            Profile.CLIENT,
            DistinguishedName.parse("CN=" + name),
            SubjectAltNames.none(),
            Validity.starting(now, Duration.ofDays(1))),
        TestKeys.of(TestKeys.P256).publicKey());
  }

  private String url() {
    return "http://127.0.0.1:" + server.port() + "/ocsp";
  }

  private static String getPath(byte[] request) {
    return "/ocsp/"
        + URLEncoder.encode(Base64.getEncoder().encodeToString(request), StandardCharsets.US_ASCII);
  }

  private RawHttp.Response get(String path, String... headers) throws IOException {
    return RawHttp.ask(server.port(), "GET", path, headers);
  }

  private static int status(RawHttp.Response response) throws IOException {
    assertThat(response.code()).isEqualTo(200);
    assertThat(response.header("Content-Type")).isEqualTo(TYPE);
    return new OCSPResp(response.body().getBytes()).getStatus();
  }

  @Test
  void shouldAnswerGetLikePostAndLetItBeKept() throws IOException {
    byte[] request = OcspRequests.about(ca.certificate(), 5);

    RawHttp.Response posted =
        RawHttp.post(server.port(), "/ocsp", request, "Content-Type: application/ocsp-request");
    RawHttp.Response got = get(getPath(request));

    assertThat(status(posted)).isEqualTo(OCSPResp.SUCCESSFUL);
    assertThat(posted.header("Cache-Control")).isEqualTo("no-store");
    assertThat(got.body()).isEqualTo(posted.body());
    assertThat(got.header("Cache-Control"))
        .isEqualTo("max-age=3600, public, no-transform, must-revalidate");
    assertThat(got.header("ETag")).isNotEmpty();
    assertThat(got.header("Last-Modified")).endsWith("GMT");
    assertThat(got.header("Expires")).endsWith("GMT");
    assertThat(got.header("Date")).endsWith("GMT");
    assertThat(get(getPath(request), "If-None-Match: " + got.header("ETag")).code()).isEqualTo(304);
    assertThat(RawHttp.ask(server.port(), "HEAD", getPath(request)).headers())
        .containsEntry("etag", got.header("ETag"));
  }

  @Test
  void shouldReadBase64AsItIsAndAsItIsForUrls() throws IOException {
    for (long serial = 1; serial < 40; serial++) {
      byte[] request = OcspRequests.about(ca.certificate(), serial);

      for (String text :
          List.of(
              Base64.getEncoder().encodeToString(request),
              Base64.getUrlEncoder().withoutPadding().encodeToString(request))) {
        assertThat(status(get("/ocsp/" + text))).as(text).isEqualTo(OCSPResp.SUCCESSFUL);
      }
    }
  }

  @Test
  void shouldSayWhyItDoesNotAnswer() throws IOException {
    byte[] other = OcspRequests.about(TestCrls.root(now).certificate(), 5);

    assertThat(status(get(getPath(other)))).isEqualTo(OCSPResp.UNAUTHORIZED);
    assertThat(get(getPath(other)).header("Cache-Control")).isEqualTo("no-store");
    gap = () -> Optional.of("the watches are not in sync");
    assertThat(status(get(getPath(other)))).isEqualTo(OCSPResp.TRY_LATER);
  }

  @Test
  void shouldServeCrlsWhileAnswersTakeTime() throws IOException {
    CountDownLatch held = new CountDownLatch(1);
    gap =
        () -> {
          try {
            held.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return Optional.empty();
        };
    Crl crl = TestCrls.of(ca, now);
    served = Optional.of(crl);
    String path = getPath(OcspRequests.about(TestCrls.root(now).certificate(), 5));
    List<Socket> waiting = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        waiting.add(socket);
        socket
            .getOutputStream()
            .write(
                ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
      }

      assertThat(get("/shop/root/1.crl").body().getBytes()).isEqualTo(crl.der());
    } finally {
      held.countDown();
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/ocsp/x",
        "/ocsp/%",
        "/ocsp/%zz",
        "/ocsp/../ocsp",
        "/ocsp/MAA=",
        "/ocsp//",
        "/ocsp/a/b/1"
      })
  void shouldSayThatARequestIsMalformed(String path) throws IOException {
    assertThat(status(get(path))).isEqualTo(OCSPResp.MALFORMED_REQUEST);
  }

  @Test
  void shouldReadNoLongBodies() throws IOException {
    assertThat(status(RawHttp.post(server.port(), "/ocsp", new byte[0])))
        .isEqualTo(OCSPResp.MALFORMED_REQUEST);
    assertThat(status(RawHttp.post(server.port(), "/ocsp", new byte[4096])))
        .isEqualTo(OCSPResp.MALFORMED_REQUEST);
    assertThat(RawHttp.post(server.port(), "/ocsp", new byte[4097]).code()).isEqualTo(413);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ocsp", "/ocsp/"})
  void shouldTakeOnlyPostWithoutARequestInThePath(String path) throws IOException {
    RawHttp.Response response = get(path);

    assertThat(response.code()).isEqualTo(405);
    assertThat(response.header("Allow")).isEqualTo("POST");
  }

  @Test
  void shouldTakeOnlyGetWithOne() throws IOException {
    assertThat(RawHttp.post(server.port(), "/ocsp/MAA=", new byte[0]).header("Allow"))
        .isEqualTo("GET, HEAD");
  }

  @Test
  void shouldSatisfyOpenssl(@TempDir Path folder) throws IOException {
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
    Files.writeString(folder.resolve("root.pem"), Pem.write(ca.certificate()));
    Files.writeString(folder.resolve("good.pem"), Pem.write(good));
    Files.writeString(folder.resolve("lost.pem"), Pem.write(lost));

    for (String digest : List.of("-sha1", "-sha256")) {
      assertThat(ask(openssl, folder, digest, "good.pem"))
          .contains("Response verify OK", "good.pem: good");
      assertThat(ask(openssl, folder, digest, "lost.pem"))
          .contains("Response verify OK", "lost.pem: revoked", "Reason: keyCompromise");
    }
  }

  private String ask(Consumer openssl, Path folder, String digest, String certificate) {
    return openssl
        .run(
            folder,
            "ocsp",
            "-issuer",
            "root.pem",
            digest,
            "-cert",
            certificate,
            "-CAfile",
            "root.pem",
            "-url",
            url())
        .orThrow()
        .output();
  }

  @Test
  void shouldSatisfyGnutls(@TempDir Path folder) throws IOException {
    Consumer ocsptool = Consumer.require("ocsptool", "apt-get install gnutls-bin");
    Files.writeString(folder.resolve("root.pem"), Pem.write(ca.certificate()));
    Files.writeString(folder.resolve("good.pem"), Pem.write(good));
    Files.writeString(folder.resolve("lost.pem"), Pem.write(lost));

    assertThat(ask(ocsptool, folder, "good.pem"))
        .contains("Certificate Status: good", "Verifying OCSP Response: Success");
    assertThat(ask(ocsptool, folder, "lost.pem"))
        .contains("Certificate Status: revoked", "Verifying OCSP Response: Success");
  }

  private String ask(Consumer ocsptool, Path folder, String certificate) {
    return ocsptool
        .run(
            folder,
            "--ask=" + url(),
            "--load-issuer=root.pem",
            "--load-cert=" + certificate,
            "--load-trust=root.pem")
        .output();
  }

  @Test
  void shouldSatisfyJava() throws Exception {
    validate(good);

    assertThatThrownBy(() -> validate(lost))
        .isInstanceOfSatisfying(
            CertPathValidatorException.class,
            e ->
                assertThat(e.getReason())
                    .isEqualTo(CertPathValidatorException.BasicReason.REVOKED));
  }

  private void validate(X509Certificate leaf) throws Exception {
    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
    checker.setOcspResponder(URI.create(url()));
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(ca.certificate(), null)));
    parameters.addCertPathChecker(checker);
    var unused =
        validator.validate(
            CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf)), parameters);
  }
}
