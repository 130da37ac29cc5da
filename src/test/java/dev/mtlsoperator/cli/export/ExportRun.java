package dev.mtlsoperator.cli.export;

import dev.mtlsoperator.cli.IssueCommand;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;

/** What a run of {@code export} printed. */
public record ExportRun(int exitCode, String out, String err) {
  private static final String RESOURCES =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec: {commonName: root, revocation: {}}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: web}
      spec: {rootCARef: {name: root}, dnsNames: [localhost]}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: ed}
      spec: {rootCARef: {name: root}, dnsNames: [localhost], privateKey: {algorithm: Ed25519}}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: jane}
      spec: {rootCARef: {name: root}, commonName: jane}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: checks}
      spec: {rootCARef: {name: root}, dnsNames: [localhost], revocations: true}
      """;

  /** Issues a CA, servers and a client into the folder; the server {@code checks} has a CRL. */
  static Path issue(Path folder) throws IOException {
    return issue(folder, "");
  }

  /** The same, and more resources. */
  static Path issue(Path folder, String more) throws IOException {
    Path issued = folder.resolve("issued");
    Path resources = Files.writeString(folder.resolve("resources.yaml"), RESOURCES + more);
    int code =
        new CommandLine(new IssueCommand())
            .setOut(new PrintWriter(new StringWriter(), true))
            .execute("-f", resources.toString(), "-o", issued.toString());
    if (code != 0) {
      throw new IllegalStateException("issue ended with " + code);
    }
    return issued;
  }

  /** A run that must not ask a cluster. */
  static ExportRun of(Clock clock, String... arguments) {
    return of(
        () -> {
          throw new AssertionError("asks a cluster");
        },
        clock,
        arguments);
  }

  /** A run on the system's clock. */
  public static ExportRun of(Supplier<KubernetesClient> clients, String... arguments) {
    return of(clients, Clock.systemUTC(), arguments);
  }

  private static ExportRun of(
      Supplier<KubernetesClient> clients, Clock clock, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new ExportCommand(clients, clock))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new ExportRun(code, out.toString(), err.toString());
  }

  /** The lines to use, without those that only name files. */
  public List<String> lines(Path folder) {
    return Stream.of(out.split("\n", -1))
        .filter(line -> !line.isBlank() && !line.startsWith("# " + folder))
        .toList();
  }
}
