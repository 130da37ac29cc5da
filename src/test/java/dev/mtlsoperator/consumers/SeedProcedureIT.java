package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Kubectl;
import dev.mtlsoperator.consumers.KeystoreClients.Answer;
import dev.mtlsoperator.harness.OperatorProgram;
import dev.mtlsoperator.operator.ApiTraffic;
import dev.mtlsoperator.operator.OperatorProcess;
import dev.mtlsoperator.operator.Settings;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The hand-made procedure that all began with: its files in a real nginx with {@code
 * ssl_verify_client on}, called with curl and from Java.
 */
@Timeout(180)
final class SeedProcedureIT {
  private static final String HOST = "gateway.example.org";
  private static final String STRANGER = "stranger";

  /** All that the procedure makes, and a client of another CA of the same name. */
  private record Material(
      PemFiles server,
      PemFiles client,
      PemFiles client2,
      PemFiles stranger,
      KeystoreFiles keystores) {}

  private static EmbeddedCluster cluster;
  private static OperatorProcess operator;

  @TempDir Path folder;

  @BeforeAll
  static void issueInCluster() throws IOException {
    cluster = EmbeddedCluster.start();
    Kubectl kubectl = cluster.kubectl();
    kubectl.run("apply", "-f", "crds").orThrow();
    kubectl.awaitKinds();
    operator =
        OperatorProcess.start(
            cluster.client(),
            new ApiTraffic(),
            new Settings(
                Set.of(),
                Settings.DEFAULT_NAMESPACE,
                0,
                OptionalInt.empty(),
                Optional.empty(),
                Settings.LeaderElection.OFF,
                Settings.Series.EACH_CA,
                Settings.Restarts.OFF),
            Clock.systemUTC());
    kubectl.run("apply", "-k", "examples/quickstart").orThrow();
    kubectl.run("apply", "-k", "examples/seed").orThrow();
    kubectl.run("create", "namespace", STRANGER).orThrow();
    kubectl
        .run(
            "apply",
            "-n",
            STRANGER,
            "-f",
            "examples/quickstart/rootca.yaml",
            "-f",
            "examples/quickstart/clientcerts.yaml")
        .orThrow();
    for (String namespace : new String[] {"default", STRANGER}) {
      kubectl
          .run("wait", "-n", namespace, "--for=condition=Ready", "--timeout=60s", "mtls", "--all")
          .orThrow();
    }
  }

  @AfterAll
  static void end() {
    if (operator != null) {
      operator.close();
    }
    cluster.close();
  }

  @Test
  void shouldWorkWithTheFilesOfTheSecrets() throws Exception {
    // given
    Material material = quickstartSecrets();

    // then
    shouldAnswerAsTheHandMadeOnes(material);
  }

  @Test
  void shouldWorkWithTheFilesOfTheExample() throws Exception {
    // given
    Material material =
        new Material(
            PemFiles.ofSecret(files("default", "seed-server")),
            PemFiles.ofSecret(files("default", "seed-client")),
            PemFiles.ofSecret(files("default", "seed-client2")),
            PemFiles.ofSecret(files(STRANGER, "client")),
            KeystoreFiles.ofSecret(folder.resolve("default-seed-client")));

    // then
    shouldAnswerAsTheHandMadeOnes(material);
  }

  @Test
  void shouldWorkWithTheFilesIssuedWithoutACluster() throws Exception {
    // given
    Path own = issue("own");
    Path stranger = issue("stranger");
    Material material =
        new Material(
            PemFiles.ofFolder(own.resolve("servercert/server"), "server"),
            PemFiles.ofFolder(own.resolve("clientcert/client"), "client"),
            PemFiles.ofFolder(own.resolve("clientcert/client2"), "client"),
            PemFiles.ofFolder(stranger.resolve("clientcert/client"), "client"),
            KeystoreFiles.ofFolder(own.resolve("clientcert/client")));

    // then
    shouldAnswerAsTheHandMadeOnes(material);
  }

  @Test
  void shouldNameTheRootAsOpensslDoes() throws Exception {
    // given
    Consumer openssl = Consumer.require("openssl", "apt-get install openssl");

    // when
    Consumer.Run request =
        openssl.run(
            folder,
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "root.key",
            "-out",
            "root.csr",
            "-outform",
            "DER",
            "-subj",
            "/C=cn/ST=bj/L=bj/O=alibaba/OU=test/CN=root/emailAddress=a.alibaba.com");
    X509Certificate root =
        certificate(
            cluster
                .client()
                .configMaps()
                .inNamespace("default")
                .withName("seed-root-trust")
                .require()
                .getData()
                .get("ca.crt"));

    // then
    assertThat(request.exitCode()).isZero();
    assertThat(root.getSubjectX500Principal().getEncoded())
        .isEqualTo(
            new PKCS10CertificationRequest(Files.readAllBytes(folder.resolve("root.csr")))
                .getSubject()
                .getEncoded("DER"));
    assertThat(root.getPublicKey().getAlgorithm()).isEqualTo("RSA");
  }

  private void shouldAnswerAsTheHandMadeOnes(Material material)
      throws IOException, InterruptedException, GeneralSecurityException {
    try (Nginx nginx =
        Nginx.start(Files.createDirectory(folder.resolve("nginx")), HOST, material.server())) {
      Answer client = curl(nginx, material, material.client());
      Answer client2 = curl(nginx, material, material.client2());
      Answer nobody = curl(nginx, material, null);
      Answer server = curl(nginx, material, material.server());
      Answer stranger = curl(nginx, material, material.stranger());
      Answer java =
          KeystoreClients.apache(
              Optional.of(material.keystores()), material.keystores(), HOST, nginx.port());

      assertThat(client.status()).isEqualTo(200);
      assertThat(client.body()).startsWith("welcome, ").containsPattern("CN=client(,|$)");
      assertThat(client2.status()).isEqualTo(200);
      assertThat(client2.body()).startsWith("welcome, ").containsPattern("CN=client2(,|$)");
      assertThat(nobody.status()).isEqualTo(400);
      assertThat(nobody.body()).contains("No required SSL certificate was sent");
      assertThat(server.status()).isEqualTo(400);
      assertThat(server.body()).contains("The SSL certificate error");
      assertThat(stranger.status()).isEqualTo(400);
      assertThat(stranger.body()).contains("The SSL certificate error");
      assertThat(java).isEqualTo(client);
    }
  }

  private Answer curl(Nginx nginx, Material material, @Nullable PemFiles as)
      throws IOException, InterruptedException {
    Consumer curl = Consumer.require("curl", "apt-get install curl");
    String[] common = {
      "-sS",
      "--cacert",
      material.client().ca().toString(),
      "--resolve",
      HOST + ":" + nginx.port() + ":127.0.0.1",
      "-w",
      "\n%{http_code}",
      "https://" + HOST + ":" + nginx.port() + "/"
    };
    String[] identity =
        as == null
            ? new String[0]
            : new String[] {"--cert", as.certificate().toString(), "--key", as.key().toString()};
    Consumer.Run run =
        curl.run(
            folder, Stream.of(identity, common).flatMap(Arrays::stream).toArray(String[]::new));
    assertThat(run.exitCode()).as(run.output()).isZero();
    int end = run.output().lastIndexOf('\n');
    return new Answer(
        Integer.parseInt(run.output().substring(end + 1)), run.output().substring(0, end));
  }

  private Material quickstartSecrets() throws IOException {
    return new Material(
        PemFiles.ofSecret(files("default", "server")),
        PemFiles.ofSecret(files("default", "client")),
        PemFiles.ofSecret(files("default", "client2")),
        PemFiles.ofSecret(files(STRANGER, "client")),
        KeystoreFiles.ofSecret(folder.resolve("default-client")));
  }

  /** The entries of a Secret as files, as a volume would show them. */
  private Path files(String namespace, String name) throws IOException {
    KubernetesClient client = cluster.client();
    Secret secret = client.secrets().inNamespace(namespace).withName(name).require();
    Path files = Files.createDirectory(folder.resolve(namespace + "-" + name));
    for (Map.Entry<String, String> entry : secret.getData().entrySet()) {
      Files.write(files.resolve(entry.getKey()), Base64.getDecoder().decode(entry.getValue()));
    }
    return files;
  }

  /** Runs the program's {@code issue} on the quickstart; returns the folder of its namespace. */
  private Path issue(String name) throws IOException, InterruptedException {
    Path output = folder.resolve(name);
    Consumer.Run run =
        new Consumer(OperatorProgram.launcher())
            .run(
                folder,
                "issue",
                "-f",
                Path.of("examples/quickstart").toAbsolutePath().toString(),
                "-o",
                output.toString());
    assertThat(run.exitCode()).as(run.output()).isZero();
    return output.resolve("default");
  }

  private static X509Certificate certificate(String pem) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
  }
}
