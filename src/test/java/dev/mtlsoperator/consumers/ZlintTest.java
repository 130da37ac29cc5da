package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.cli.IssueCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * zlint's lints of RFC 5280, RFC 5480, RFC 5891 and of the community find nothing in what we issue.
 */
@Tag("programs")
final class ZlintTest {
  private static final Set<String> FINDINGS = Set.of("notice", "warn", "error", "fatal");

  /**
   * The seed procedure spells its country in lower case, and its e-mail address without an at sign;
   * so it must be there, byte for byte.
   */
  private static final Set<String> OF_THE_SEEDS_NAME =
      Set.of("e_subj_country_not_uppercase", "e_subj_email_not_in_san");

  private static Consumer zlint;

  @TempDir Path folder;

  @BeforeAll
  static void provision() {
    zlint = Consumer.provision("src/test/consumers/provision-zlint.sh");
  }

  @Test
  void shouldFindNothingInTheQuickstart() throws IOException {
    assertThat(findings(issue("examples/quickstart"))).isEmpty();
  }

  @Test
  void shouldFindInTheSeedOnlyWhatItsNameSays() throws IOException {
    assertThat(findings(issue("examples/seed")).values())
        .allSatisfy(found -> assertThat(OF_THE_SEEDS_NAME).containsAll(found));
  }

  @Test
  void shouldFindNothingForAnyKeyOrName() throws IOException {
    StringBuilder yaml = new StringBuilder();
    for (String key :
        List.of(
            "ECDSA, size: 256",
            "ECDSA, size: 384",
            "ECDSA, size: 521",
            "RSA, size: 2048",
            "RSA, size: 3072",
            "Ed25519")) {
      String name = key.toLowerCase(java.util.Locale.ROOT).replaceAll("[^a-z0-9]+", "");
      yaml.append(
          """
          apiVersion: mtls-operator.dev/v1alpha1
          kind: RootCA
          metadata: {name: %1$s}
          spec: {commonName: Root %1$s, subject: {organizations: [Example], countries: [DE]}, privateKey: {algorithm: %2$s}}
          ---
          apiVersion: mtls-operator.dev/v1alpha1
          kind: ServerCert
          metadata: {name: %1$s}
          spec:
            rootCARef: {name: %1$s}
            secretName: %1$s-server
            dnsNames: [a.example.org, b.example.org]
            ipAddresses: [192.0.2.1, "2001:db8::1"]
            privateKey: {algorithm: %2$s}
          ---
          apiVersion: mtls-operator.dev/v1alpha1
          kind: ClientCert
          metadata: {name: %1$s}
          spec:
            rootCARef: {name: %1$s}
            commonName: client
            subject: {organizations: [Example], countries: [DE]}
            emailAddresses: [ops@example.org]
            privateKey: {algorithm: %2$s}
          ---
          """
              .formatted(name, key));
    }
    Path file = Files.writeString(folder.resolve("all.yaml"), yaml.toString());

    assertThat(findings(issue(file.toString()))).isEmpty();
  }

  private List<Path> issue(String source) throws IOException {
    Path output = folder.resolve("out");
    assertThat(new CommandLine(new IssueCommand()).execute("-f", source, "-o", output.toString()))
        .isZero();
    try (Stream<Path> files = Files.walk(output)) {
      List<Path> certificates =
          new ArrayList<>(files.filter(file -> file.toString().endsWith(".crt")).toList());
      assertThat(certificates).hasSizeGreaterThan(3);
      return certificates;
    }
  }

  /** Names of lints by file; only files with findings. */
  private Map<Path, List<String>> findings(List<Path> certificates) throws IOException {
    Map<Path, List<String>> all = new TreeMap<>();
    for (Path certificate : certificates) {
      // it always exits with 0: what it thinks stands in its JSON
      String json =
          zlint
              .run(
                  folder,
                  "-includeSources=RFC5280,RFC5480,RFC5891,Community",
                  certificate.toString())
              .orThrow()
              .output();
      List<String> found = new ArrayList<>();
      JsonNode lints = new ObjectMapper().readTree(json);
      lints
          .properties()
          .forEach(
              lint -> {
                if (FINDINGS.contains(lint.getValue().path("result").asText())) {
                  found.add(lint.getKey());
                }
              });
      assertThat(lints.size()).as("lints that ran").isGreaterThan(50);
      if (!found.isEmpty()) {
        all.put(certificate, found);
      }
    }
    return all;
  }
}
