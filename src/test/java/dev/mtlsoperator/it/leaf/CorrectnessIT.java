package dev.mtlsoperator.it.leaf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.leaf.ClientCert;
import dev.mtlsoperator.api.leaf.ServerCert;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.harness.Scene;
import dev.mtlsoperator.pki.encoding.Pem;
import io.fabric8.kubernetes.api.model.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The content of the examples' Secrets, checked by OpenSSL. */
@Timeout(120)
final class CorrectnessIT {
  private final Consumer openssl = Consumer.require("openssl", "apt-get install openssl");
  private final Scene scene = Scene.begin("correct");

  @TempDir private Path folder;

  static List<Path> examples() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("examples"))) {
      return folders.filter(CorrectnessIT::holdsOurKinds).sorted().toList();
    }
  }

  private static boolean holdsOurKinds(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .anyMatch(file -> read(file).contains("apiVersion: mtls-operator.dev/"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void shouldSatisfyOpensslStrictly(Path example) throws Exception {
    // when
    scene.apply(manifests(example));

    // then
    List<ServerCert> servers = scene.all(ServerCert.class);
    List<ClientCert> clients = scene.all(ClientCert.class);
    assertThat(servers.size() + clients.size()).as("certificates in %s", example).isPositive();
    for (ServerCert server : servers) {
      assertServes(scene.readyServer(server.getMetadata().getName()));
    }
    for (ClientCert client : clients) {
      assertIdentifies(scene.readyClient(client.getMetadata().getName()));
    }
  }

  @Test
  void shouldEncodeTheNameOfTheQuickstartsCAAsOpensslDoes() throws Exception {
    // given
    Path theirs = folder.resolve("openssl.pem");
    run(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "/dev/null",
        "-days",
        "3650",
        "-subj",
        "/C=CN/ST=bj/L=bj/O=alibaba/OU=test/CN=root",
        "-out",
        theirs.toString());

    // when
    scene.apply(Files.readString(Path.of("examples", "quickstart", "rootca.yaml")));
    RootCA root = scene.readyRootCA("root");

    // then
    byte[] ours =
        Scene.certificate(scene.secret("root-ca-1")).getSubjectX500Principal().getEncoded();
    assertThat(ours)
        .isEqualTo(
            Pem.readCertificates(Files.readString(theirs))
                .get(0)
                .getSubjectX500Principal()
                .getEncoded());
    assertThat(root.getStatus().generations()).hasSize(1);
  }

  private void assertServes(ServerCert server) throws Exception {
    Secret secret = scene.secret(server.effectiveSecretName());
    for (String name : server.getSpec().dnsNames()) {
      verify(secret, "sslserver", "-verify_hostname", name.replace("*", "any"));
    }
    for (String address : server.getSpec().ipAddresses()) {
      verify(secret, "sslserver", "-verify_ip", address);
    }
    verify(secret, "sslserver");
  }

  private void assertIdentifies(ClientCert client) throws Exception {
    Secret secret = scene.secret(client.effectiveSecretName());
    verify(secret, "sslclient");
    if (secret.getData().containsKey("keystore.password")) {
      String password = "pass:" + Scene.text(secret, "keystore.password");
      for (String store : List.of("keystore.p12", "truststore.p12")) {
        Path file = Files.write(folder.resolve(store), Scene.bytes(secret, store));
        run("pkcs12", "-in", file.toString(), "-passin", password, "-noout");
      }
    }
  }

  private void verify(Secret secret, String purpose, String... more) throws Exception {
    Path ca = write(secret, "ca.crt");
    Path certificate = write(secret, "tls.crt");
    Path key = write(secret, "tls.key");
    List<String> args =
        new ArrayList<>(
            List.of("verify", "-x509_strict", "-check_ss_sig", "-no-CApath", "-no-CAstore"));
    args.addAll(List.of("-CAfile", ca.toString(), "-purpose", purpose));
    args.addAll(List.of(more));
    args.add(certificate.toString());
    assertThat(run(args.toArray(String[]::new)).trim()).endsWith(": OK");
    assertThat(run("pkey", "-in", key.toString(), "-pubout"))
        .isEqualTo(run("x509", "-in", certificate.toString(), "-noout", "-pubkey"));
  }

  private Path write(Secret secret, String file) throws IOException {
    return Files.writeString(folder.resolve(file), Scene.text(secret, file));
  }

  private String run(String... args) {
    return openssl.run(folder, args).orThrow().output();
  }

  private static String manifests(Path example) throws IOException {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(example)) {
      for (Path file :
          files
              .filter(f -> f.toString().endsWith(".yaml"))
              .filter(f -> !f.endsWith("kustomization.yaml"))
              .sorted()
              .toList()) {
        all.append("---\n").append(Files.readString(file)).append('\n');
      }
    }
    return all.toString();
  }
}
