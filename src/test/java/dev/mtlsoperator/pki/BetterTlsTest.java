package dev.mtlsoperator.pki;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.consumers.ConformanceRow;
import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.consumers.ProgramVersions;
import dev.mtlsoperator.pki.PublicationProof.Refusal;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What we publish is what others accept: the rules of an import and {@link PublicationProof} decide
 * each chain of BetterTLS, a suite that asks TLS clients, as it says that a client should.
 *
 * <p>We look for a path only where a CA is imported: the test tries every path. Host names are for
 * the client to check: the cases that they decide are left out.
 */
@Tag("programs")
@Tag("once")
final class BetterTlsTest {
  private static final Path PROGRAM = Path.of("src/test/consumers/bettertls");

  @TempDir private static Path folder;

  private static Suite suite;

  /**
   * What the program prints.
   *
   * @param root DER in base64, as of all below
   * @param otherName how many cases are left out: the certificate does not have the host name that
   *     the client connects to
   */
  private record Suite(String root, int otherName, List<Case> cases) {
    List<Case> of(String name) {
      return cases.stream().filter(one -> one.suite().equals(name)).toList();
    }
  }

  /** What we say, beside what the suite says. */
  private enum Verdict {
    ACCEPTED,
    REFUSED,
    REFUSED_FOR_OPENSSL,
    DIFFER_ACCEPTED,
    DIFFER_REFUSED,
    WRONG
  }

  /**
   * One chain.
   *
   * @param expected PASS or FAIL, with SOFT_ before it where clients differ
   * @param certificates the leaf first
   * @param key the leaf's, PKCS#8
   */
  private record Case(String suite, String expected, List<String> certificates, String key) {
    Verdict verdict(X509Certificate root) {
      Optional<Refusal> refusal = refusal(root);
      return switch (expected) {
        case "PASS" ->
            refusal
                .map(
                    why ->
                        why.message().contains("OpenSSL takes a common name")
                            ? Verdict.REFUSED_FOR_OPENSSL
                            : Verdict.WRONG)
                .orElse(Verdict.ACCEPTED);
        case "FAIL", "SOFT_FAIL" -> refusal.isPresent() ? Verdict.REFUSED : Verdict.WRONG;
        default -> refusal.isPresent() ? Verdict.DIFFER_REFUSED : Verdict.DIFFER_ACCEPTED;
      };
    }

    /** Why it is not published on any path to the root; empty where it is. */
    Optional<Refusal> refusal(X509Certificate root) {
      List<X509Certificate> chain = certificates.stream().map(BetterTlsTest::parse).toList();
      KeyMaterial leafKey =
          KeyMaterial.fromPem(
              "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n");
      List<Optional<Refusal>> tried =
          paths(chain.subList(0, 1), chain, root)
              .map(
                  path ->
                      importRefusal(path)
                          .or(
                              () ->
                                  PublicationProof.of(
                                      path.get(0),
                                      path.subList(1, path.size()),
                                      Profile.SERVER,
                                      leafKey,
                                      List.of(root),
                                      List.of(Instant.now()))))
              .toList();
      return tried.stream()
          .filter(Optional::isEmpty)
          .findFirst()
          .orElseGet(() -> tried.stream().findFirst().orElseThrow());
    }

    private static Optional<Refusal> importRefusal(List<X509Certificate> path) {
      try {
        IntStream.range(1, path.size())
            .forEach(at -> CaCertificateRules.requireUsable(path.get(at), at - 1, false));
        return Optional.empty();
      } catch (PkiException e) {
        return Optional.of(new Refusal(String.valueOf(e.getMessage())));
      }
    }
  }

  @BeforeAll
  static void ask() throws IOException {
    Consumer bettertls = Consumer.provision("src/test/consumers/provision-bettertls.sh");
    suite = new ObjectMapper().readValue(bettertls.run(folder).orThrow().output(), Suite.class);
  }

  @Test
  void shouldDecideNamesAsTheConstraintsSay() throws IOException {
    List<Case> cases = suite.of("nameconstraints");

    Map<Verdict, Long> verdicts = verdicts(cases);

    requireRow(
        "BetterTLS, name constraints",
        cases,
        verdicts,
        verdicts.get(Verdict.REFUSED_FOR_OPENSSL)
            + " are refused by the rule for common names with dots, which follows OpenSSL; of "
            + (verdicts.get(Verdict.DIFFER_ACCEPTED) + verdicts.get(Verdict.DIFFER_REFUSED))
            + " on whose common name clients differ, "
            + verdicts.get(Verdict.DIFFER_REFUSED)
            + " are refused; "
            + suite.otherName()
            + " more of the suite are for another host name");
  }

  @Test
  void shouldDecidePaths() throws IOException {
    List<Case> cases = suite.of("pathbuilding");

    requireRow("BetterTLS, paths", cases, verdicts(cases), "none");
  }

  private static void requireRow(
      String name, List<Case> cases, Map<Verdict, Long> verdicts, String others)
      throws IOException {
    assertThat(verdicts).doesNotContainKey(Verdict.WRONG);
    ConformanceRow.of("Path validation", name)
        .says(
            "" + cases.size(),
            "" + verdicts.get(Verdict.ACCEPTED),
            "" + verdicts.get(Verdict.REFUSED),
            others)
        .with(ProgramVersions.ofModule(PROGRAM, "bettertls"))
        .require();
  }

  private static Map<Verdict, Long> verdicts(List<Case> cases) {
    X509Certificate root = parse(suite.root());
    return cases.parallelStream().collect(groupingBy(one -> one.verdict(root), counting()));
  }

  /** Every way from the leaf to the root, without it. */
  private static Stream<List<X509Certificate>> paths(
      List<X509Certificate> begun, List<X509Certificate> chain, X509Certificate root) {
    X509Certificate last = begun.get(begun.size() - 1);
    if (isIssuedBy(last, root)) {
      return Stream.of(begun);
    }
    return chain.stream()
        .filter(next -> isIssuedBy(last, next))
        .filter(next -> begun.stream().noneMatch(one -> isIssuedBy(last, one)))
        .flatMap(
            next -> paths(Stream.concat(begun.stream(), Stream.of(next)).toList(), chain, root));
  }

  private static boolean isIssuedBy(X509Certificate below, X509Certificate issuer) {
    return below.getIssuerX500Principal().equals(issuer.getSubjectX500Principal());
  }

  private static X509Certificate parse(String der) {
    return Pem.certificate(Base64.getDecoder().decode(der));
  }
}
