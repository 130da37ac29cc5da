package dev.mtlsoperator.cli.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.consumers.Consumer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs read what is exported for them, by the very lines that are printed. */
@Tag("programs")
final class ExportedFilesTest {
  @TempDir static Path folder;
  private static Path issued;

  @BeforeAll
  static void issue() throws IOException {
    issued = ExportRun.issue(folder);
  }

  private static List<String> export(String certificate, String consumer, Path out) {
    return export(issued, certificate, consumer, out);
  }

  private static List<String> export(Path issued, String certificate, String consumer, Path out) {
    ExportRun run =
        ExportRun.of(
            Clock.systemUTC(),
            certificate,
            "--for=" + consumer,
            "--from=" + issued,
            "-o",
            out.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run.lines(out);
  }

  /** What to do while nginx serves. */
  @FunctionalInterface
  private interface Visit {
    void to(String url) throws IOException;
  }

  private static void served(Path work, List<String> server, Visit visit)
      throws IOException, InterruptedException {
    Path program = Consumer.require("nginx", "apt-get install nginx-light").program();
    Consumer.require("curl", "apt-get install curl");
    int port = FreePort.next();
    Files.writeString(
        work.resolve("nginx.conf"),
        """
        daemon off; worker_processes 1; pid %1$s/pid; error_log %1$s/error.log info;
        events {}
        http {
          access_log off;
          client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy; fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
          server {
            listen 127.0.0.1:%2$d ssl;
            %3$s
            location / { return 200 "welcome, $ssl_client_s_dn"; }
          }
        }
        """
            .formatted(work, port, String.join("\n", server)));
    Process nginx =
        new ProcessBuilder(
                program.toString(), "-c", work + "/nginx.conf", "-e", work + "/error.log")
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("output").toFile())
            .start();
    try {
      String url = "https://localhost:" + port + "/";
      // curl would report each try
      Consumer.sh(work, "curl -ks --retry 20 --retry-connrefused -o /dev/null " + url).orThrow();
      visit.to(url);
    } finally {
      nginx.destroy();
      nginx.waitFor();
    }
  }

  private static String fetch(Path work, List<String> client, String url) {
    return Consumer.sh(work, client.get(0).replace("https://HOST/", "-sS " + url))
        .orThrow()
        .output();
  }

  @Test
  void shouldBeServedByNginxAndFetchedByCurl(@TempDir Path work)
      throws IOException, InterruptedException {
    List<String> server = export("servercert/web", "nginx", work.resolve("nginx"));
    List<String> client = export("clientcert/jane", "curl", work.resolve("curl"));

    served(
        work,
        server,
        url -> {
          assertThat(fetch(work, client, url)).isEqualTo("welcome, CN=jane");
          assertThat(
                  Consumer.sh(work, "curl -sS --cacert " + work + "/curl/root.crt " + url).output())
              .contains("No required SSL certificate was sent");
        });
  }

  @Test
  void shouldRefuseTheRevokedClientAtNginxAndNobodyElse(@TempDir Path work)
      throws IOException, InterruptedException {
    String lost =
        """
        ---
        apiVersion: mtls-operator.dev/v1alpha1
        kind: ClientCert
        metadata: {name: lost}
        spec: {rootCARef: {name: root}, commonName: lost}
        """;
    Path before = ExportRun.issue(work, lost);
    List<String> thief = export(before, "clientcert/lost", "curl", work.resolve("lost"));
    List<String> jane = export(before, "clientcert/jane", "curl", work.resolve("jane"));

    Path after = ExportRun.issue(work, lost.replace("spec: {", "spec: {revoked: {}, "));

    served(
        work,
        export(after, "servercert/checks", "nginx", work.resolve("nginx")),
        url -> {
          assertThat(fetch(work, jane, url)).isEqualTo("welcome, CN=jane");
          assertThat(fetch(work, thief, url)).contains("The SSL certificate error");
        });
    assertThat(Files.readString(work.resolve("error.log"))).contains("certificate revoked");
    assertThat(
            ExportRun.of(
                    Clock.systemUTC(),
                    "clientcert/lost",
                    "--for=curl",
                    "--from=" + after,
                    "-o",
                    work.resolve("none").toString())
                .err())
        .contains("has no client.crt: nothing is issued there yet, or what was is revoked");
  }

  @Test
  void shouldBeImportedAsABrowserDoes(@TempDir Path home) throws IOException {
    Consumer.require("pk12util", "apt-get install libnss3-tools");
    Files.createDirectories(home.resolve(".pki/nssdb"));
    Consumer.sh(home, "certutil -N -d sql:$HOME/.pki/nssdb --empty-password").orThrow();

    for (String line : export("clientcert/jane", "browser", home.resolve("out"))) {
      Consumer.sh(home, line).orThrow();
    }

    assertThat(Consumer.sh(home, "certutil -d sql:$HOME/.pki/nssdb -K").orThrow().output())
        .contains("ec");
    assertThat(Consumer.sh(home, "certutil -d sql:$HOME/.pki/nssdb -L").orThrow().output())
        .contains("jane root 1")
        .containsPattern("jane +u,u,u");
  }

  @Test
  void shouldBeListedByKeytool(@TempDir Path work) {
    export("servercert/web", "java", work.resolve("out"));
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();

    for (String store : List.of("keystore", "truststore")) {
      assertThat(
              Consumer.sh(
                      work,
                      keytool
                          + " -J-XX:TieredStopAtLevel=1 -list -storetype PKCS12 -keystore out/"
                          + store
                          + ".p12 -storepass \"$(cat out/keystore.password)\"")
                  .orThrow()
                  .output())
          .contains(store.equals("keystore") ? "PrivateKeyEntry" : "trustedCertEntry");
    }
  }

  @Test
  void shouldBeOneFileOfCertificateAndKeyForHAProxy(@TempDir Path work) {
    assertThat(export("servercert/web", "haproxy", work.resolve("out")).get(0))
        .isEqualTo(
            "bind :443 ssl crt %1$s/server.pem ca-file %1$s/client-ca.crt verify required"
                .formatted(work.resolve("out")));
    Consumer.sh(
            work,
            "openssl x509 -in out/server.pem -noout && openssl pkey -in out/server.pem -noout")
        .orThrow();
  }
}
