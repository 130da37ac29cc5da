package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.IssueCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;

/**
 * One certificate of each profile and usage with keys of one algorithm, as {@code issue} makes
 * them: with and without a subject, and with names of all kinds.
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
      spec: {commonName: Root, subject: {organizations: [Example], countries: [DE]}, privateKey: {algorithm: %1$s}}
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

  private IssuedProfiles() {}

  /**
   * Issues them into a folder.
   *
   * @param algorithm in YAML, with the size, such as {@code ECDSA, size: 256}
   * @return the files by profile
   */
  static Map<String, Path> issue(Path folder, String algorithm) throws IOException {
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
