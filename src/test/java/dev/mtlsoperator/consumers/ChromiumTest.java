package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.mtlsoperator.cli.IssueCommand;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * What people make {@code client.p12} for: a browser that shows a page which asks for a client
 * certificate.
 */
@Tag("programs")
final class ChromiumTest {
  /** Without it the browser would ask which certificate to use, and nobody is there to answer. */
  private static final Path POLICY =
      Path.of("/etc/chromium/policies/managed/mtls-operator-test.json");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"Modern", "Legacy"})
  void shouldShowThePageToWhoImportedTheKeystore(String encryption) throws Exception {
    Consumer chromium = Consumer.require("chromium", "apt-get install chromium");
    Consumer certutil = Consumer.require("certutil", "apt-get install libnss3-tools");
    Consumer pk12util = Consumer.require("pk12util", "apt-get install libnss3-tools");
    requirePolicies();
    Path certificates = issue(encryption);
    Path client = certificates.resolve("clientcert/browser");
    String database = "sql:" + Files.createDirectories(folder.resolve("home/.pki/nssdb"));
    certutil.run(folder, "-N", "-d", database, "--empty-password").orThrow();
    certutil
        .run(
            folder,
            "-A",
            "-d",
            database,
            "-n",
            "root",
            "-t",
            "C,,",
            "-i",
            client.resolve("root.crt").toString())
        .orThrow();

    try (Site site = new Site(certificates.resolve("servercert/gw"))) {
      Files.writeString(
          POLICY,
          "{\"AutoSelectCertificateForUrls\": [\"{\\\"pattern\\\":\\\"https://gw.test:%d\\\",\\\"filter\\\":{}}\"]}"
              .formatted(site.port()));

      String without = visit(chromium, site.port());
      pk12util
          .run(
              folder,
              "-i",
              client.resolve("client.p12").toString(),
              "-W",
              Files.readString(client.resolve("client.password")),
              "-d",
              database)
          .orThrow();
      String with = visit(chromium, site.port());

      assertThat(without).doesNotContain("welcome");
      assertThat(with).contains("welcome CN=browser");
    } finally {
      Files.deleteIfExists(POLICY);
    }
  }

  private static void requirePolicies() throws IOException {
    boolean writable = "root".equals(System.getProperty("user.name"));
    Consumer.require(
        writable, "the browser's policies can be written by root only: run the tests as root");
    Files.createDirectories(POLICY.getParent());
  }

  private Path issue(String encryption) throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("resources.yaml"),
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: RootCA
            metadata: {name: root}
            spec: {commonName: root}
            ---
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ServerCert
            metadata: {name: gw}
            spec: {rootCARef: {name: root}, dnsNames: [gw.test], keystores: {pkcs12: {enabled: true}}}
            ---
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ClientCert
            metadata: {name: browser}
            spec: {rootCARef: {name: root}, commonName: browser, keystores: {pkcs12: {encryption: %s}}}
            """
                .formatted(encryption));
    Path output = folder.resolve("out");
    assertThat(
            new CommandLine(new IssueCommand())
                .execute("-f", yaml.toString(), "-o", output.toString()))
        .isZero();
    return output.resolve("default");
  }

  private String visit(Consumer chromium, int port) throws IOException {
    Path profile = Files.createTempDirectory(folder, "profile");
    return chromium
        .run(
            folder,
            Map.of("HOME", folder.resolve("home").toString()),
            List.of(
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--user-data-dir=" + profile,
                    "--host-resolver-rules=MAP gw.test 127.0.0.1",
                    "--virtual-time-budget=5000",
                    "--dump-dom",
                    "https://gw.test:" + port + "/")
                .toArray(String[]::new))
        .output();
  }

  /** A page behind a handshake that asks for a client certificate. */
  private static final class Site implements AutoCloseable {
    private final HttpsServer server;

    Site(Path files) throws Exception {
      char[] password = Files.readString(files.resolve("server.password")).toCharArray();
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(KeyStore.getInstance(files.resolve("server.p12").toFile(), password), password);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(KeyStore.getInstance(files.resolve("truststore.p12").toFile(), password));
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setHttpsConfigurator(
          new HttpsConfigurator(tls) {
            @Override
            public void configure(HttpsParameters parameters) {
              SSLParameters wanted = getSSLContext().getDefaultSSLParameters();
              wanted.setNeedClientAuth(true);
              parameters.setSSLParameters(wanted);
            }
          });
      server.createContext(
          "/",
          exchange -> {
            SSLSession session = ((com.sun.net.httpserver.HttpsExchange) exchange).getSSLSession();
            byte[] page =
                ("<p>welcome " + session.getPeerPrincipal() + "</p>")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
          });
      server.start();
    }

    int port() {
      return server.getAddress().getPort();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
