package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.consumers.Consumer.Run;
import dev.mtlsoperator.harness.GoPeer;
import dev.mtlsoperator.pki.EarlierKeys;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Programs use {@code tls.key} as it is, in the default encoding. Some of them refuse a key on an
 * elliptic curve that has no public key inside (briansmith/ring#2133, w3c/webcrypto#356).
 */
@Tag("programs")
final class KeyReadersTest {
  private static final String HOST = "orders.example.org";
  private static final List<String> KEYS =
      List.of("ECDSA, size: 256", "ECDSA, size: 384", "ECDSA, size: 521", "RSA", "Ed25519");

  @TempDir private static Path folder;

  @BeforeAll
  static void issue() throws IOException {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: mtls-operator.dev/v1alpha1
            kind: RootCA
            metadata: {name: root}
            spec: {commonName: Root}
            """);
    for (String key : KEYS) {
      yaml.append(
          """
          ---
          apiVersion: mtls-operator.dev/v1alpha1
          kind: ServerCert
          metadata: {name: %1$s}
          spec: {rootCARef: {name: root}, secretName: %1$s-server, dnsNames: [%3$s], privateKey: {algorithm: %2$s}}
          ---
          apiVersion: mtls-operator.dev/v1alpha1
          kind: ClientCert
          metadata: {name: %1$s}
          spec: {rootCARef: {name: root}, commonName: client, privateKey: {algorithm: %2$s}}
          """
              .formatted(name(key), key, HOST));
    }
    Path input = Files.writeString(folder.resolve("all.yaml"), yaml.toString());
    Path out = folder.resolve("out");
    assertThat(
            new CommandLine(new IssueCommand())
                .execute("-f", input.toString(), "-o", out.toString()))
        .isZero();
    for (String key : KEYS) {
      asInASecret(out.resolve("default/servercert/" + name(key)), "server", server(name(key)));
      asInASecret(out.resolve("default/clientcert/" + name(key)), "client", client(name(key)));
    }
  }

  private static String name(String key) {
    return key.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]+", "");
  }

  private static Path server(String key) {
    return folder.resolve("server-" + key);
  }

  private static Path client(String key) {
    return folder.resolve("client-" + key);
  }

  // below "current", which kubelet swaps
  private static void asInASecret(Path issued, String name, Path mounted) throws IOException {
    PemFiles from = PemFiles.ofFolder(issued, name);
    Path current = Files.createDirectories(mounted.resolve("current"));
    PemFiles to = PemFiles.ofSecret(current);
    Files.copy(from.certificate(), to.certificate());
    Files.copy(from.key(), to.key());
    Files.copy(from.ca(), to.ca());
  }

  @ParameterizedTest
  @CsvSource({
    "ring, ring, ecdsasize256",
    "ring, aws-lc-rs, ecdsasize256",
    "aws-lc-rs, ring, ecdsasize256",
    "aws-lc-rs, aws-lc-rs, ecdsasize256",
    "ring, ring, ecdsasize384",
    "aws-lc-rs, aws-lc-rs, ecdsasize384",
    // ring has no P-521
    "aws-lc-rs, aws-lc-rs, ecdsasize521",
    "ring, ring, rsa",
    "aws-lc-rs, aws-lc-rs, rsa",
    "ring, ring, ed25519",
    "aws-lc-rs, aws-lc-rs, ed25519"
  })
  void shouldServeAndDialWithRustls(String server, String client, String key) {
    Run run = rustls(server, server(key), client, client(key));

    assertThat(run.output()).isEqualTo("ok\n");
    assertThat(run.exitCode()).isZero();
  }

  /** If this fails, the other tests with ring prove nothing. */
  @Test
  void shouldBeRefusedByRingWithoutThePublicKey() throws IOException {
    // given
    Path earlier = folder.resolve("earlier");
    Path current = Files.createDirectories(earlier.resolve("current"));
    PemFiles now = PemFiles.ofSecret(server("ecdsasize256").resolve("current"));
    PemFiles then = PemFiles.ofSecret(current);
    Files.copy(now.certificate(), then.certificate());
    Files.copy(now.ca(), then.ca());
    Files.writeString(
        then.key(), EarlierKeys.pem(KeyMaterial.fromPem(Files.readString(now.key()))));

    Run run = rustls("ring", earlier, "ring", client("ecdsasize256"));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.output()).contains("failed to parse private key");
  }

  private static Run rustls(
      String serverProvider, Path server, String clientProvider, Path client) {
    return ClientPrograms.provisionRustls()
        .run(
            folder,
            HOST,
            serverProvider,
            server.resolve("current").toString(),
            clientProvider,
            client.resolve("current").toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ecdsasize256", "ecdsasize384", "ecdsasize521", "rsa", "ed25519"})
  void shouldServeAndDialWithGo(String key) throws IOException {
    Consumer go = Consumer.provision("src/test/consumers/provision-go-tls.sh");

    try (GoPeer peer = new GoPeer(go, server(key), client(key))) {
      peer.callItself(HOST);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ecdsasize256, '{name: \"ECDSA\", namedCurve: \"P-256\"}'",
    "ecdsasize384, '{name: \"ECDSA\", namedCurve: \"P-384\"}'",
    "ecdsasize521, '{name: \"ECDSA\", namedCurve: \"P-521\"}'",
    "rsa, '{name: \"RSASSA-PKCS1-v1_5\", hash: \"SHA-256\"}'"
  })
  void shouldBeImportedByWebCrypto(String key, String algorithm) {
    Consumer node = Consumer.require("node", "apt-get install nodejs");

    Run run =
        node.run(
            server(key),
            "-e",
            """
            const der = Buffer.from(require('fs').readFileSync('current/tls.key', 'utf8').replace(/-----.*-----/g, ''), 'base64');
            require('crypto').webcrypto.subtle.importKey('pkcs8', der, %s, true, ['sign'])
              .then(key => console.log(key.type))
              .catch(refused => { console.log(refused); process.exit(1); });
            """
                .formatted(algorithm));

    assertThat(run.orThrow().output()).isEqualTo("private\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ecdsasize256", "ecdsasize384", "ecdsasize521"})
  void shouldShowThePublicKeyToOpenssl(String key) {
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");

    Run outer = openssl.run(server(key), "asn1parse", "-in", "current/tls.key").orThrow();
    String octets =
        outer
            .output()
            .lines()
            .filter(line -> line.contains("OCTET STRING"))
            .map(line -> line.strip().replaceFirst(":.*", ""))
            .findFirst()
            .orElseThrow();
    Run inner =
        openssl
            .run(server(key), "asn1parse", "-in", "current/tls.key", "-strparse", octets)
            .orThrow();

    assertThat(inner.output()).contains("cont [ 1 ]").doesNotContain("cont [ 0 ]");
    assertThat(
            openssl.run(server(key), "pkey", "-in", "current/tls.key", "-check", "-noout").output())
        .contains("Key is valid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ecdsasize256", "ecdsasize384", "ecdsasize521"})
  void shouldBeReadByGnutls(String key) {
    Consumer certtool = Consumer.require("certtool", "apt-get install gnutls-bin");

    Run run = certtool.run(server(key), "--key-info", "--infile", "current/tls.key").orThrow();

    assertThat(run.output()).contains("EC/ECDSA");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ecdsasize256", "ecdsasize384", "ecdsasize521", "rsa", "ed25519"})
  void shouldBeReadByPython(String key) {
    Consumer.require("python3", "apt-get install python3-cryptography");
    // the distribution's own, which has the library
    Consumer python = new Consumer(Path.of("/usr/bin/python3"));

    Run run =
        python.run(
            server(key),
            "-c",
            """
            import ssl
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
            load_pem_private_key(open("current/tls.key", "rb").read(), None)
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain("current/tls.crt", "current/tls.key")
            """);

    assertThat(run.orThrow().output()).isEmpty();
  }
}
