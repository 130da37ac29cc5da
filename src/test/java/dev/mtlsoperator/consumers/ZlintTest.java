package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.cli.IssueCommand;
import dev.mtlsoperator.pki.IssuedCrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * zlint's lints of RFC 5280, RFC 5480, RFC 5891 and of the community find nothing in what we issue.
 */
@Tag("programs")
@Tag("once")
final class ZlintTest {
  private static final Set<String> FINDINGS = Set.of("notice", "warn", "error", "fatal");

  /**
   * The seed procedure spells its country in lower case, and its e-mail address without an at sign;
   * so it must be there, byte for byte.
   */
  private static final Set<String> OF_THE_SEEDS_NAME =
      Set.of("e_subj_country_not_uppercase", "e_subj_email_not_in_san");

  /** RFC 5280 and the community have few. */
  private static final int LINTS_OF_CRLS = 3;

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

  @ParameterizedTest
  @MethodSource("dev.mtlsoperator.consumers.IssuedProfiles#algorithms")
  void shouldFindNothingInAnyProfile(String algorithm) throws IOException {
    Collection<Path> certificates = IssuedProfiles.of(algorithm).values();

    assertThat(findings(certificates)).isEmpty();
    state("certificates of each profile and key", certificates.size() + " with each key");
  }

  @ParameterizedTest
  @MethodSource("dev.mtlsoperator.consumers.IssuedProfiles#algorithms")
  void shouldFindNothingUnderAnIntermediate(String algorithm) throws IOException {
    List<Path> leaves = IssuedChains.leavesUnderAnIntermediate(folder, algorithm);

    assertThat(findings(leaves)).isEmpty();
    state(
        "a server's and a client's under an imported intermediate with each key",
        leaves.size() + " with each key");
  }

  @Test
  void shouldFindNothingInALeafWithAllRevocationUrls() throws IOException {
    assertThat(findings(List.of(IssuedProfiles.withAllRevocationUrls(folder)))).isEmpty();
    state("a leaf with distribution points and an OCSP responder", "1");
  }

  @Test
  void shouldFindNothingInACrl() throws IOException {
    List<IssuedCrl.Kind> kinds = IssuedCrl.kinds().toList();
    for (IssuedCrl.Kind kind : kinds) {
      Path of = folder.resolve(kind.file());
      IssuedCrl.of(kind, Instant.now()).write(of);

      JsonNode lints = lints(of.resolve("crl.pem"));

      assertThat(lints.size()).as("lints that ran").isGreaterThan(LINTS_OF_CRLS);
      assertThat(findings(lints)).isEmpty();
    }
    state("a CRL of a root and of an intermediate with each key", Integer.toString(kinds.size()));
  }

  private void state(String what, String count) throws IOException {
    ConformanceRow.of("Linters", "zlint: " + what)
        .says(count, "none")
        // a build of ours prints no version of its own
        .with(ProgramVersions.ofModule(Path.of("src/test/consumers/zlint"), "zlint/v3"))
        .require();
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
  private Map<Path, List<String>> findings(Collection<Path> certificates) throws IOException {
    Map<Path, List<String>> all = new TreeMap<>();
    for (Path certificate : certificates) {
      JsonNode lints = lints(certificate);
      List<String> found = findings(lints);
      assertThat(lints.size()).as("lints that ran").isGreaterThan(50);
      if (!found.isEmpty()) {
        all.put(certificate, found);
      }
    }
    return all;
  }

  // it always exits with 0: what it thinks stands in its JSON
  private JsonNode lints(Path file) throws IOException {
    return new ObjectMapper()
        .readTree(
            zlint
                .run(folder, "-includeSources=RFC5280,RFC5480,RFC5891,Community", file.toString())
                .orThrow()
                .output());
  }

  private static List<String> findings(JsonNode lints) {
    List<String> found = new ArrayList<>();
    lints
        .properties()
        .forEach(
            lint -> {
              if (FINDINGS.contains(lint.getValue().path("result").asText())) {
                found.add(lint.getKey());
              }
            });
    return found;
  }
}
