package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * Chains as {@code issue} makes them: each profile and usage with keys of each algorithm, and
 * leaves under an imported intermediate.
 */
final class IssuedChains {
  private static final Map<String, Set<Use>> USES =
      Map.of(
          "server",
          Set.of(Use.SERVER),
          IssuedProfiles.SERVER_THAT_DIALS,
          Set.of(Use.SERVER, Use.CLIENT),
          "client",
          Set.of(Use.CLIENT),
          IssuedProfiles.CLIENT_THAT_SERVES,
          Set.of(Use.SERVER, Use.CLIENT));

  /** What makes such a key. */
  private static final Map<String, List<String>> GENPKEY =
      Map.of(
          "ECDSA, size: 256",
          List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
          "ECDSA, size: 384",
          List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
          "ECDSA, size: 521",
          List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
          "RSA, size: 2048",
          List.of("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
          "RSA, size: 3072",
          List.of("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"),
          "RSA, size: 4096",
          List.of("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"),
          "Ed25519",
          List.of("-algorithm", "ED25519"));

  private static final String UNDER_AN_INTERMEDIATE =
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
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec: {import: {secretName: own}}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: server}
      spec: {rootCARef: {name: root}, dnsNames: [a.example.org]}
      ---
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: client}
      spec: {rootCARef: {name: root}, commonName: client}
      """;

  /** For what a verifier is asked to accept a leaf. */
  enum Use {
    SERVER,
    CLIENT
  }

  /**
   * A chain, without its root.
   *
   * @param what its algorithm and profile
   * @param folder has the files {@code chain.pem, leaf.pem, intermediate.pem} (if there is one) and
   *     {@code root.pem}
   * @param uses for what it was issued
   */
  record Chain(String what, Path folder, Set<Use> uses) {
    Chain {
      uses = Set.copyOf(uses);
    }

    boolean hasIntermediate() {
      return Files.exists(folder.resolve("intermediate.pem"));
    }

    boolean isEd25519() {
      return what.startsWith("Ed25519");
    }
  }

  private IssuedChains() {}

  /** Issues all of them. */
  static List<Chain> issue(Path folder) throws IOException {
    List<Chain> all = new ArrayList<>();
    for (String algorithm : IssuedProfiles.algorithms().toList()) {
      Path of = Files.createDirectory(folder.resolve(algorithm.replaceAll("\\W", "")));
      Map<String, Path> profiles = IssuedProfiles.of(algorithm);
      for (Map.Entry<String, Set<Use>> leaf : USES.entrySet()) {
        all.add(
            chain(
                algorithm + ", " + leaf.getKey(),
                of.resolve(leaf.getKey().replace(' ', '-')),
                profiles.get(leaf.getKey()),
                profiles.get("root"),
                leaf.getValue()));
      }
      all.addAll(underAnIntermediate(Files.createDirectory(of.resolve("imported")), algorithm));
    }
    return all;
  }

  /** A server's and a client's, under an imported intermediate with a key of an algorithm. */
  private static List<Chain> underAnIntermediate(Path folder, String algorithm) throws IOException {
    OpensslCa files =
        new OpensslCa(folder)
            .key("root", "prime256v1")
            .root("root", "/CN=Corporate Root", OpensslCa.CA)
            .run(inOrder(List.of("genpkey", "-out", "issuing.key"), GENPKEY.get(algorithm)))
            .signed("issuing", "/CN=Corporate Issuing CA", "root", OpensslCa.INTERMEDIATE);
    Path resources =
        Files.writeString(
            folder.resolve("resources.yaml"),
            UNDER_AN_INTERMEDIATE.formatted(
                files.text("issuing.crt").indent(4),
                files.text("issuing.key").indent(4),
                files.text("root.crt").indent(4)));
    assertThat(
            new CommandLine(new IssueCommand())
                .execute("-f", resources.toString(), "-o", folder.resolve("out").toString()))
        .isZero();
    Path issued = folder.resolve("out/default");
    List<Chain> all = new ArrayList<>();
    for (Use use : Use.values()) {
      String name = use == Use.SERVER ? "server" : "client";
      all.add(
          chain(
              algorithm + ", under an intermediate, " + name,
              folder.resolve(name),
              issued.resolve(name + "cert/" + name + "/" + name + ".crt"),
              folder.resolve("root.crt"),
              Set.of(use)));
    }
    return all;
  }

  static List<Path> leavesUnderAnIntermediate(Path folder, String algorithm) throws IOException {
    return underAnIntermediate(folder, algorithm).stream()
        .map(chain -> chain.folder().resolve("leaf.pem"))
        .toList();
  }

  private static String[] inOrder(List<String> first, List<String> then) {
    return Stream.concat(first.stream(), then.stream()).toArray(String[]::new);
  }

  private static Chain chain(String what, Path folder, Path issued, Path root, Set<Use> uses)
      throws IOException {
    Files.createDirectory(folder);
    Files.copy(issued, folder.resolve("chain.pem"));
    Files.copy(root, folder.resolve("root.pem"));
    List<X509Certificate> chain = Pem.readCertificates(Files.readString(issued));
    Files.writeString(folder.resolve("leaf.pem"), Pem.write(chain.get(0)));
    if (chain.size() > 1) {
      Files.writeString(folder.resolve("intermediate.pem"), Pem.write(chain.get(1)));
    }
    return new Chain(what, folder, uses);
  }
}
