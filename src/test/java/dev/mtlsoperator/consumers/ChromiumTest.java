package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.IssueCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
@Tag("once")
final class ChromiumTest {
  /** Without it the browser would ask which certificate to use, and nobody is there to answer. */
  private static final Path POLICY =
      Path.of("/etc/chromium/policies/managed/mtls-operator-test.json");

  private static final String HOST = "gw.test";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"Modern", "Legacy"})
  void shouldShowThePageToWhoImportedTheKeystore(String encryption) throws Exception {
    Consumer chromium = Consumer.require("chromium", "apt-get install chromium");
    requirePolicies();
    Path certificates = issue(encryption);
    Path client = certificates.resolve("clientcert/browser");
    NssDatabase database =
        NssDatabase.create(folder.resolve("home/.pki/nssdb"))
            .trust("root", "C,,", client.resolve("root.crt"));

    try (Nginx site =
        Nginx.start(
            Files.createDirectory(folder.resolve("nginx")),
            HOST,
            PemFiles.ofFolder(certificates.resolve("servercert/gw"), "server"))) {
      Files.writeString(
          POLICY,
          "{\"AutoSelectCertificateForUrls\": [\"{\\\"pattern\\\":\\\"https://%s:%d\\\",\\\"filter\\\":{}}\"]}"
              .formatted(HOST, site.port()));

      String without = visit(chromium, site.port());
      picture(chromium, site.port(), "refused");
      database.add(client.resolve("client.p12"), client.resolve("client.password"));
      String with = visit(chromium, site.port());
      picture(chromium, site.port(), "welcome");

      assertThat(without).contains("No required SSL certificate was sent");
      assertThat(with).contains("welcome, CN=browser");
      ConformanceRow.of("Browsers", "Chromium, `client.p12` with `encryption: " + encryption + "`")
          .says("[1 of 1](images/browser-refused.png)", "[1 of 1](images/browser-welcome.png)")
          .with(ProgramVersions.printed(chromium, "--version", "Chromium ([0-9.]+)"))
          .require();
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
            spec: {rootCARef: {name: root}, dnsNames: [%2$s]}
            ---
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ClientCert
            metadata: {name: browser}
            spec: {rootCARef: {name: root}, commonName: browser, keystores: {pkcs12: {encryption: %1$s}}}
            """
                .formatted(encryption, HOST));
    Path output = folder.resolve("out");
    assertThat(
            new CommandLine(new IssueCommand())
                .execute("-f", yaml.toString(), "-o", output.toString()))
        .isZero();
    return output.resolve("default");
  }

  private String visit(Consumer chromium, int port) throws IOException {
    return show(chromium, port, "--dump-dom");
  }

  /** What a person sees, for the documentation; another version of the browser draws it anew. */
  private void picture(Consumer chromium, int port, String name) throws IOException {
    Path file = Path.of("docs/images/browser-" + name + ".png").toAbsolutePath();
    if (Boolean.getBoolean("crds.update")) {
      Files.createDirectories(file.getParent());
      Files.deleteIfExists(file);
      show(chromium, port, "--window-size=800,160", "--screenshot=" + file);
    }
    assertThat(file).as("written by mvn -q -Pregenerate test").isNotEmptyFile();
  }

  private String show(Consumer chromium, int port, String... what) throws IOException {
    Path profile = Files.createTempDirectory(folder, "profile");
    List<String> arguments =
        new ArrayList<>(
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
                "--host-resolver-rules=MAP " + HOST + " 127.0.0.1",
                "--virtual-time-budget=5000"));
    arguments.addAll(List.of(what));
    arguments.add("https://" + HOST + ":" + port + "/");
    return chromium
        .run(
            folder,
            Map.of("HOME", folder.resolve("home").toString()),
            arguments.toArray(String[]::new))
        .output();
  }
}
