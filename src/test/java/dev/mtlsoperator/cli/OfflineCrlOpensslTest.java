package dev.mtlsoperator.cli;

import static dev.mtlsoperator.consumers.OpensslCa.CA;
import static dev.mtlsoperator.consumers.OpensslCa.INTERMEDIATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.OpensslCa;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code issue} writes is what {@code openssl verify} tells revoked certificates by. */
@Tag("programs")
final class OfflineCrlOpensslTest {
  private static final String CLIENT =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: %1$s}
      spec:
        rootCARef: {name: root}
        commonName: %1$s
      ---
      """;
  private static final String GATEWAY =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: gateway}
      spec: {rootCARef: {name: root}, dnsNames: [gateway.example.org], revocations: true}
      ---
      """;

  @TempDir Path folder;
  private final Consumer openssl = Consumer.require("openssl", "apt-get install openssl");

  private Path copy(String client) throws IOException {
    return Files.copy(
        folder.resolve("out/default/clientcert/" + client + "/client.crt"),
        folder.resolve(client + ".crt"));
  }

  private String verify(Path trust, Path certificate) {
    return openssl
        .run(
            folder,
            "verify",
            "-x509_strict",
            "-crl_check_all",
            "-purpose",
            "sslclient",
            "-CAfile",
            trust.resolve("root.crt").toString(),
            "-CRLfile",
            trust.resolve("root.crl").toString(),
            "-untrusted",
            certificate.toString(),
            certificate.toString())
        .output();
  }

  private void revokeJaneOnly(String root, Path trust) throws IOException {
    // not before: the CA's files, which openssl makes, begin when it runs
    Instant now = Instant.now();
    String all = root + GATEWAY + CLIENT.formatted("bob");
    String jane = CLIENT.formatted("jane");
    assertThat(IssueRun.of(folder, now, all, jane).err()).isEmpty();
    Path bobs = copy("bob");
    Path janes = copy("jane");
    assertThat(verify(trust, janes)).contains("jane.crt: OK");

    String revoked = jane.replace("spec:", "spec:\n  revoked: {}");
    assertThat(IssueRun.of(folder, now, all, revoked).err()).isEmpty();

    assertThat(verify(trust, bobs)).contains("bob.crt: OK");
    assertThat(verify(trust, janes)).contains("error 23 at 0 depth lookup: certificate revoked");
  }

  @Test
  void shouldRefuseTheRevokedOneOnly() throws IOException {
    revokeJaneOnly(
        """
        apiVersion: mtls-operator.dev/v1alpha1
        kind: RootCA
        metadata: {name: root}
        spec: {commonName: root, revocation: {}}
        ---
        """,
        folder.resolve("out/default/rootca/root"));
  }

  @Test
  void shouldHaveACrlOfEachCAOnAnImportedPath() throws IOException {
    OpensslCa files = new OpensslCa(folder);
    files.key("root", "prime256v1").root("root", "/CN=corporate root", CA);
    files
        .key("issuing", "prime256v1")
        .signed("issuing", "/CN=corporate issuing", "root", INTERMEDIATE);
    Files.writeString(folder.resolve("index.txt"), "");
    Files.writeString(folder.resolve("number"), "01\n");
    Files.writeString(
        folder.resolve("ca.cnf"),
        """
        [ca]
        default_ca = own
        [own]
        database = index.txt
        crlnumber = number
        default_md = sha256
        crl_extensions = extensions
        [extensions]
        authorityKeyIdentifier = keyid
        """);
    files.run(
        "ca",
        "-gencrl",
        "-config",
        "ca.cnf",
        "-keyfile",
        "root.key",
        "-cert",
        "root.crt",
        "-crldays",
        "30",
        "-out",
        "root.crl");
    revokeJaneOnly(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: own, labels: {mtls-operator.dev/input: "true"}}
        stringData:
          tls.crt: |
        %s
          tls.key: |
        %s
          ca.crt: |
        %s
          ca.crl: |
        %s
        ---
        apiVersion: mtls-operator.dev/v1alpha1
        kind: RootCA
        metadata: {name: root}
        spec: {import: {secretName: own}, revocation: {}}
        ---
        """
            .formatted(
                files.text("issuing.crt").indent(4),
                files.text("issuing.key").indent(4),
                files.text("root.crt").indent(4),
                files.text("root.crl").indent(4)),
        folder.resolve("out/default/servercert/gateway"));
  }
}
