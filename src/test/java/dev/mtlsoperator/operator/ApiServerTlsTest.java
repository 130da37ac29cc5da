package dev.mtlsoperator.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS to an API server of this test's own, by BoringSSL and by the JDK. */
@Tag("network")
@Timeout(60)
final class ApiServerTlsTest {
  private static final char[] IN_MEMORY = "unused".toCharArray();
  private static final KeyParameters P256 = new KeyParameters(KeyType.ECDSA, 256);
  private static final CertificateAuthority CA = root("cluster");
  private static final CertificateAuthority OTHER = root("other");

  private final HttpsServer server = start(leaf(CA, Profile.SERVER, P256, "127.0.0.1"));

  /** Which implementation of TLS is used. */
  enum By {
    BORING_SSL,
    JDK;

    ApiServerTls tls() {
      return this == BORING_SSL
          ? new ApiServerTls()
          : new ApiServerTls(new UnsatisfiedLinkError("for a test"));
    }
  }

  private record Identity(KeyMaterial key, X509Certificate certificate) {}

  @AfterEach
  void end() {
    server.stop(0);
  }

  @Test
  void shouldComeWithBoringSsl() {
    assertThat(OpenSsl.unavailabilityCause()).isNull();
    assertThat(OpenSsl.versionString()).isEqualTo("BoringSSL");
  }

  static Stream<KeyParameters> clientKeys() {
    return Stream.of(
        P256,
        new KeyParameters(KeyType.ECDSA, 384),
        new KeyParameters(KeyType.ECDSA, 521),
        new KeyParameters(KeyType.RSA, 2048));
  }

  @ParameterizedTest
  @MethodSource("clientKeys")
  void shouldAuthenticateWithAClientCertificate(KeyParameters parameters) {
    Identity client = leaf(CA, Profile.CLIENT, parameters, "operator");

    for (By by : By.values()) {
      assertThat(user(by, trusting(CA, client))).as(by.name()).isEqualTo("CN=operator");
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldAuthenticateWithAToken(By by) {
    Config token = new ConfigBuilder(trusting(CA, null)).withOauthToken("secret").build();

    assertThat(user(by, token)).isEqualTo("Bearer secret");
  }

  @ParameterizedTest
  @EnumSource
  void shouldRefuseACertificateOfAnotherCA(By by) {
    assertThatThrownBy(() -> user(by, trusting(OTHER, null)))
        .isInstanceOf(KubernetesClientException.class)
        .hasStackTraceContaining("PKIX path");
  }

  @ParameterizedTest
  @EnumSource
  void shouldRefuseACertificateOfAnotherHost(By by) {
    server.stop(0);
    HttpsServer elsewhere = start(leaf(CA, Profile.SERVER, P256, "10.0.0.1"));
    try {
      assertThatThrownBy(() -> user(by, trusting(CA, null, elsewhere)))
          .isInstanceOf(KubernetesClientException.class)
          .hasStackTraceContaining("127.0.0.1");
    } finally {
      elsewhere.stop(0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldSkipVerificationWhereTheUserAsksForIt(By by) {
    Config skipping =
        new ConfigBuilder(trusting(OTHER, null))
            .withCaCertData(null)
            .withTrustCerts(true)
            .withOauthToken("secret")
            .build();

    assertThat(user(by, skipping)).isEqualTo("Bearer secret");
  }

  /** What the server takes the client for; its version has it as the platform. */
  private static String user(By by, Config config) {
    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Clients.withKeyAlgorithm(config))
            .withHttpClientFactory(by.tls())
            .build()) {
      return client.getKubernetesVersion().getPlatform();
    }
  }

  private Config trusting(CertificateAuthority ca, @Nullable Identity client) {
    return trusting(ca, client, server);
  }

  private static Config trusting(
      CertificateAuthority ca, @Nullable Identity client, HttpsServer at) {
    ConfigBuilder config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl("https://127.0.0.1:" + at.getAddress().getPort())
            .withCaCertData(base64(Pem.write(ca.certificate())))
            .withRequestRetryBackoffLimit(0);
    return client == null
        ? config.build()
        : config
            .withClientCertData(base64(Pem.write(client.certificate())))
            .withClientKeyData(base64(client.key().revealPem(PrivateKeyFormat.PKCS8)))
            .build();
  }

  private static String base64(String pem) {
    return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
  }

  private static CertificateAuthority root(String name) {
    return PlainCertificates.root(
        DistinguishedName.parse("CN=" + name),
        Validity.starting(Instant.now(), Duration.ofDays(1)),
        KeyMaterial.generate(P256));
  }

  private static Identity leaf(
      CertificateAuthority ca, Profile profile, KeyParameters parameters, String name) {
    KeyMaterial key = KeyMaterial.generate(parameters);
    SubjectAltNames names =
        profile == Profile.SERVER
            ? new SubjectAltNames(List.of(), List.of(name), List.of(), List.of())
            : SubjectAltNames.none();
    return new Identity(
        key,
        ca.issue(
            PlainCertificates.request(
                profile,
                DistinguishedName.parse("CN=" + name),
                names,
                Validity.starting(Instant.now(), Duration.ofHours(1))),
            key.publicKey()));
  }

  private static HttpsServer start(Identity identity) {
    try {
      HttpsServer server =
          HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      SSLContext context = context(identity);
      server.setHttpsConfigurator(
          new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
              SSLParameters wanted = context.getDefaultSSLParameters();
              wanted.setWantClientAuth(true);
              parameters.setSSLParameters(wanted);
            }
          });
      server.createContext("/version", ApiServerTlsTest::answer);
      server.start();
      return server;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SSLContext context(Identity identity)
      throws GeneralSecurityException, IOException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "server",
        identity.key().revealPrivateKey(),
        IN_MEMORY,
        new Certificate[] {identity.certificate()});
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, IN_MEMORY);
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("ca", CA.certificate());
    TrustManagerFactory clients = TrustManagerFactory.getInstance("PKIX");
    clients.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), clients.getTrustManagers(), null);
    return context;
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String token = exchange.getRequestHeaders().getFirst("Authorization");
    byte[] version =
        "{\"major\":\"1\",\"minor\":\"37\",\"buildDate\":\"2026-11-28T12:00:00Z\",\"platform\":\"%s\"}"
            .formatted(token == null ? subject(exchange) : token)
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, version.length);
    exchange.getResponseBody().write(version);
    exchange.close();
  }

  private static String subject(HttpExchange exchange) {
    SSLSession session = ((HttpsExchange) exchange).getSSLSession();
    try {
      return ((X509Certificate) session.getPeerCertificates()[0])
          .getSubjectX500Principal()
          .getName();
    } catch (SSLPeerUnverifiedException e) {
      return "nobody";
    }
  }
}
