package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.pki.CertificateRequest;
import dev.mtlsoperator.pki.PlainCertificates;
import dev.mtlsoperator.pki.Profile;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.TestKeys;
import dev.mtlsoperator.pki.Validity;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import dev.mtlsoperator.pki.revocation.RevocationUrls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * One certificate of each profile and usage with keys of one algorithm, as {@code issue} makes
 * them: with and without a subject, and with names of all kinds. Leaves tell where their CRL is; as
 * the operator issues them, they may also name an OCSP responder.
 */
final class IssuedProfiles {
  /** Has a SPIFFE ID. */
  static final String SERVER_THAT_DIALS = "server that dials";

  /** Has a SPIFFE ID, and no subject. */
  static final String CLIENT_THAT_SERVES = "client that serves";

  private static final String RESOURCES =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec:
        commonName: Root
        subject: {organizations: [Example], countries: [DE]}
        privateKey: {algorithm: %1$s}
        revocation:
          distributionPoints:
            - http://crl.example.org/{namespace}/{name}/{generation}.crl
            - http://mirror.example.org/{generation}.crl
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: server}
      spec:
        rootCARef: {name: root}
        dnsNames: [a.example.org, b.example.org]
        ipAddresses: [192.0.2.1, "2001:db8::1"]
        privateKey: {algorithm: %1$s}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: peer}
      spec:
        rootCARef: {name: root}
        usages: [server, client]
        commonName: a.example.org
        subject: {organizations: [Example]}
        dnsNames: [a.example.org]
        uris: ["spiffe://example.org/ns/a/sa/b"]
        emailAddresses: [ops@example.org]
        privateKey: {algorithm: %1$s}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: client}
      spec:
        rootCARef: {name: root}
        commonName: client
        subject: {organizations: [Example], countries: [DE]}
        emailAddresses: [ops@example.org]
        privateKey: {algorithm: %1$s}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: workload}
      spec:
        rootCARef: {name: root}
        usages: [client, server]
        uris: ["spiffe://example.org/ns/a/sa/b"]
        privateKey: {algorithm: %1$s}
      """;

  /** In YAML, with the size. */
  private static final List<String> ALGORITHMS =
      List.of(
          "ECDSA, size: 256",
          "ECDSA, size: 384",
          "ECDSA, size: 521",
          "RSA, size: 2048",
          "RSA, size: 3072",
          "RSA, size: 4096",
          "Ed25519");

  /** Long RSA keys take seconds. */
  private static final Map<String, Map<String, Path>> ISSUED = new ConcurrentHashMap<>();

  private IssuedProfiles() {}

  /** All that there are, in YAML, with the size, such as {@code ECDSA, size: 256}. */
  static Stream<String> algorithms() {
    return ALGORITHMS.stream();
  }

  /** One of each with keys of an algorithm, by profile; once in a JVM. */
  static Map<String, Path> of(String algorithm) {
    return ISSUED.computeIfAbsent(
        algorithm,
        it -> {
          try {
            return issue(
                Files.createTempDirectory(Path.of("target").toAbsolutePath(), "profiles"), it);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** A leaf that tells where its CRL is, and its OCSP responder. */
  static Path withAllRevocationUrls(Path folder) throws IOException {
    Instant now = Instant.now();
    CertificateRequest request =
        PlainCertificates.request(
                Profile.SERVER,
                DistinguishedName.parse("CN=a.example.org"),
                new SubjectAltNames(List.of("a.example.org"), List.of(), List.of(), List.of()),
                Validity.starting(now, Duration.ofDays(90)))
            .with(
                new RevocationUrls(
                    List.of("http://crl.example.org/a/1.crl", "https://mirror.example.org/1.crl"),
                    Optional.of("http://crl.example.org/ocsp")));
    X509Certificate leaf =
        TestCrls.root(now.minusSeconds(600)).issue(request, TestKeys.of(TestKeys.P256).publicKey());
    return Files.writeString(folder.resolve("urls.pem"), Pem.write(leaf));
  }

  private static Map<String, Path> issue(Path folder, String algorithm) throws IOException {
    Path resources =
        Files.writeString(folder.resolve("profiles.yaml"), RESOURCES.formatted(algorithm));
    Path output = folder.resolve("profiles");
    assertThat(
            new CommandLine(new IssueCommand())
                .execute("-f", resources.toString(), "-o", output.toString()))
        .isZero();
    Path issued = output.resolve("default");
    Map<String, Path> certificates = new LinkedHashMap<>();
    certificates.put("root", issued.resolve("rootca/root/root.crt"));
    certificates.put("server", issued.resolve("servercert/server/server.crt"));
    certificates.put(SERVER_THAT_DIALS, issued.resolve("servercert/peer/server.crt"));
    certificates.put("client", issued.resolve("clientcert/client/client.crt"));
    certificates.put(CLIENT_THAT_SERVES, issued.resolve("clientcert/workload/client.crt"));
    assertThat(certificates.values()).allSatisfy(file -> assertThat(file).isNotEmptyFile());
    return certificates;
  }
}
