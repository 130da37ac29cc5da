package dev.mtlsoperator.pki;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.Consumer;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.PkiException;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.KeyParameters;
import dev.mtlsoperator.pki.key.KeyType;
import dev.mtlsoperator.pki.name.DistinguishedName;
import dev.mtlsoperator.pki.name.NameConstraintsExtension;
import dev.mtlsoperator.pki.name.NameConstraintsExtension.Subtrees;
import dev.mtlsoperator.pki.name.SubjectAltNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What we let pass, verifiers let pass, and the other way round. */
final class NameConstraintsTest {
  private static final KeyMaterial KEY = TestKeys.of(new KeyParameters(KeyType.ECDSA, 256));

  private static final NameConstraintsExtension CONSTRAINTS =
      new NameConstraintsExtension(
          new Subtrees(
              List.of("example.org"),
              List.of("10.1.0.0/16", "2001:db8::/32"),
              List.of("jane@example.net", "example.org"),
              List.of(".example.org")),
          new Subtrees(
              List.of("secret.example.org"), List.of("10.1.7.0/24"), List.of(), List.of()));

  // OpenSSL looks at its own clock
  private final Validity validity = Validity.starting(Instant.now(), Duration.ofDays(1));
  private final CertificateAuthority ca =
      CertificateAuthority.selfSigned(
          DistinguishedName.parse("CN=root"), CONSTRAINTS, validity, KEY);

  private final Consumer openssl = Consumer.require("openssl", "apt-get install openssl");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "dns, example.org, true",
    "dns, www.example.org, true",
    "dns, a.b.example.org, true",
    "dns, *.example.net, false",
    "dns, notexample.org, false",
    "dns, example.com, false",
    "dns, secret.example.org, false",
    "dns, very.secret.example.org, false",
    "ip, 10.1.2.3, true",
    "ip, 10.2.0.1, false",
    "ip, 10.1.7.9, false",
    "ip, 2001:db8:1::1, true",
    "ip, 2001:db9::1, false",
    "email, jane@example.net, true",
    "email, john@example.net, false",
    "email, john@example.org, true",
    "uri, https://www.example.org/x, true",
    "uri, https://example.com/, false",
  })
  void shouldAllowWhatOpensslAllows(String kind, String name, boolean allowed) throws IOException {
    SubjectAltNames names =
        new SubjectAltNames(
            kind.equals("dns") ? List.of(name) : List.of(),
            kind.equals("ip") ? List.of(name) : List.of(),
            kind.equals("uri") ? List.of(name) : List.of(),
            kind.equals("email") ? List.of(name) : List.of());

    Optional<String> violation =
        NameConstraintsExtension.violation(
            ca.certificate(), names, DistinguishedName.parse("O=Example"));

    assertThat(violation.isEmpty()).as("%s", violation).isEqualTo(allowed);
    if (!allowed) {
      assertThat(violation.orElseThrow()).contains("name constraints do not allow '");
    }
    assertThat(opensslAllows(names, "O=Example")).as("openssl").isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "emailAddress=ceo@evil.test,CN=mallory; the CA's name constraints do not allow 'ceo@evil.test' (e-mail address in the subject): permitted are jane@example.net, example.org. Ask for another name",
        "emailAddress=ceo@evil.test.,CN=mallory; 'ceo@evil.test.'",
        "emailAddress=ceo@example.org,emailAddress=ceo@evil.test; 'ceo@evil.test'",
        "emailAddress=nobody; 'nobody' is not an e-mail address",
        "emailAddress=jane@example.net,CN=jane; ",
        "CN=a_b.evil.test; the CA's name constraints do not allow 'a_b.evil.test' (common name): permitted is example.org. OpenSSL takes a common name with dots for a DNS name",
        "CN=www.evil.test,CN=jane; 'www.evil.test'",
        "CN=very.secret.example.org; excluded is secret.example.org",
        "CN=a_b.example.org; ",
        "CN=jane doe of evil.test; ",
        "CN=localhost; ",
        "CN=a..evil.test; ",
        "CN=evil-.test; ",
        "CN=*.evil.test; ",
      })
  void shouldJudgeTheSubjectAsOpensslDoes(String subject, String refusal) throws IOException {
    SubjectAltNames none = SubjectAltNames.none();
    DistinguishedName name = DistinguishedName.parse(subject);

    assertThat(reason(() -> NameConstraintsExtension.violation(ca.certificate(), none, name)))
        .contains(refusal == null ? "" : refusal)
        .matches(why -> why.isEmpty() == (refusal == null), "refused: " + refusal);
    assertThat(reason(() -> CONSTRAINTS.violation(none, name)))
        .contains(refusal == null ? "" : refusal);
    assertThat(opensslAllows(none, subject)).as("openssl").isEqualTo(refusal == null);
  }

  @Test
  void shouldLeaveCommonNamesAloneBesideADnsName() throws IOException {
    SubjectAltNames names =
        new SubjectAltNames(List.of("www.example.org"), List.of(), List.of(), List.of());

    assertThat(
            NameConstraintsExtension.violation(
                ca.certificate(), names, DistinguishedName.parse("CN=a_b.evil.test")))
        .isEmpty();
    assertThat(opensslAllows(names, "CN=a_b.evil.test")).isTrue();
  }

  private static String reason(Supplier<Optional<String>> judgement) {
    try {
      return judgement.get().orElse("");
    } catch (PkiException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Signs without looking, and has OpenSSL look. */
  private boolean opensslAllows(SubjectAltNames names, String subject) throws IOException {
    X509Certificate leaf =
        ca.issue(
            PlainCertificates.request(
                Profile.SERVER, DistinguishedName.parse(subject), names, validity),
            TestKeys.of(new KeyParameters(KeyType.ECDSA, 384)).publicKey());
    Files.writeString(folder.resolve("root.pem"), Pem.write(ca.certificate()));
    Files.writeString(folder.resolve("leaf.pem"), Pem.write(leaf));
    Consumer.Run run =
        openssl.run(folder, "verify", "-x509_strict", "-CAfile", "root.pem", "leaf.pem");
    if (run.exitCode() != 0) {
      assertThat(run.output())
          .containsAnyOf(
              "permitted subtree violation",
              "excluded subtree",
              "unsupported or invalid name syntax");
    }
    return run.exitCode() == 0;
  }

  @Test
  void shouldRefuseAWildcardThatCouldMatchWhatIsExcluded() {
    assertThat(
            NameConstraintsExtension.violation(
                ca.certificate(),
                new SubjectAltNames(List.of("*.example.org"), List.of(), List.of(), List.of()),
                DistinguishedName.parse("O=Example")))
        .hasValueSatisfying(
            why -> assertThat(why).contains("*.example.org", "secret.example.org", "exclude"));
  }

  @Test
  void shouldConstrainNoKindOfNameThatIsNotGiven() {
    CertificateAuthority onlyDns =
        CertificateAuthority.selfSigned(
            DistinguishedName.parse("CN=root"),
            new NameConstraintsExtension(
                new Subtrees(List.of("example.org"), List.of(), List.of(), List.of()),
                Subtrees.none()),
            validity,
            KEY);

    assertThat(
            NameConstraintsExtension.violation(
                onlyDns.certificate(),
                new SubjectAltNames(
                    List.of(), List.of("192.0.2.1"), List.of("spiffe://x/y"), List.of("a@b.c")),
                DistinguishedName.parse("CN=anybody")))
        .isEmpty();
  }

  @Test
  void shouldBeACriticalExtensionOrNone() {
    assertThat(ca.certificate().getCriticalExtensionOIDs()).contains("2.5.29.30");
    assertThat(CONSTRAINTS.isThatOf(ca.certificate())).isTrue();
    assertThat(NameConstraintsExtension.none().isThatOf(ca.certificate())).isFalse();
    X509Certificate free =
        PlainCertificates.root(DistinguishedName.parse("CN=root"), validity, KEY).certificate();
    assertThat(free.getExtensionValue("2.5.29.30")).isNull();
    assertThat(NameConstraintsExtension.none().isThatOf(free)).isTrue();
    assertThat(CONSTRAINTS.isThatOf(free)).isFalse();
  }
}
