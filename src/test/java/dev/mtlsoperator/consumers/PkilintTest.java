package dev.mtlsoperator.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mtlsoperator.pki.CertificateAuthority;
import dev.mtlsoperator.pki.IssuedCrl;
import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.MalformedCrl;
import dev.mtlsoperator.pki.TestCrls;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.ocsp.OcspRequest;
import dev.mtlsoperator.pki.ocsp.OcspRequests;
import dev.mtlsoperator.pki.ocsp.OcspResponder;
import dev.mtlsoperator.pki.ocsp.OcspSigner;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** pkilint's validators of RFC 5280 find nothing in what we issue but what is explained here. */
@Tag("programs")
@Tag("once")
final class PkilintTest {
  /**
   * It knows only nine schemes, such as https and ssh. RFC 3986 section 3.1 has no such list, and
   * SPIFFE IDs are URIs by section 2 of their standard.
   */
  private static final String SCHEME_UNKNOWN_TO_IT =
      "pkix.invalid_uri_syntax: Invalid URI syntax: \"spiffe://example.org/ns/a/sa/b\"";

  /** What it finds, by profile; all other profiles are clean. */
  private static final Map<String, List<String>> EXPLAINED =
      Map.of(
          IssuedProfiles.SERVER_THAT_DIALS, List.of(SCHEME_UNKNOWN_TO_IT),
          IssuedProfiles.CLIENT_THAT_SERVES, List.of(SCHEME_UNKNOWN_TO_IT));

  private static Consumer pkilint;

  @TempDir private Path folder;

  @BeforeAll
  static void provision() {
    Consumer.require("python3", "apt-get install python3-pip");
    pkilint =
        Consumer.provision(
            "src/test/consumers/provision-pkilint.sh", "pip3", "apt-get install python3-pip");
  }

  @ParameterizedTest
  @MethodSource("dev.mtlsoperator.consumers.IssuedProfiles#algorithms")
  void shouldFindNothingUnexplainedInAnyProfile(String algorithm) throws IOException {
    Map<String, Path> profiles = IssuedProfiles.of(algorithm);

    List<List<String>> found = findings(profiles.values());

    assertThat(found).hasSameSizeAs(profiles.keySet());
    int i = 0;
    for (String profile : profiles.keySet()) {
      assertThat(found.get(i++)).as(profile).isEqualTo(EXPLAINED.getOrDefault(profile, List.of()));
    }
    state(
        "certificates of each profile and key",
        profiles.size() + " with each key",
        EXPLAINED.size() + " with each key: it takes `spiffe://` for an invalid URI");
  }

  @ParameterizedTest
  @MethodSource("dev.mtlsoperator.consumers.IssuedProfiles#algorithms")
  void shouldFindNothingUnderAnIntermediate(String algorithm) throws IOException {
    List<Path> leaves = IssuedChains.leavesUnderAnIntermediate(folder, algorithm);

    assertThat(findings(leaves)).hasSameSizeAs(leaves).allSatisfy(it -> assertThat(it).isEmpty());
    state(
        "a server's and a client's under an imported intermediate with each key",
        leaves.size() + " with each key",
        "none");
  }

  private static void state(String what, String count, String findings) throws IOException {
    ConformanceRow.of("Linters", "pkilint: " + what)
        .says(count, findings)
        .with(
            ProgramVersions.ofRequirement(
                Path.of("src/test/consumers/pkilint/requirements.txt"), "pkilint"))
        .require();
  }

  @Test
  void shouldFindNothingInALeafWithAllRevocationUrls() throws IOException {
    assertThat(findings(List.of(IssuedProfiles.withAllRevocationUrls(folder))))
        .containsExactly(List.of());
    state("a leaf with distribution points and an OCSP responder", "1", "none");
  }

  @Test
  void shouldFindNothingInACrl() throws IOException {
    List<Path> crls = new ArrayList<>();
    for (IssuedCrl.Kind kind : IssuedCrl.kinds().toList()) {
      Path of = folder.resolve(kind.file());
      IssuedCrl.of(kind, Instant.now()).write(of);
      crls.add(of.resolve("crl.pem"));
    }

    List<List<String>> found = findings(crls);

    assertThat(found).hasSameSizeAs(crls).allSatisfy(it -> assertThat(it).isEmpty());
    state(
        "a CRL of a root and of an intermediate with each key",
        Integer.toString(crls.size()),
        "none");
  }

  @Test
  void shouldFindNothingInOcspAnswersAndTheirSigner() throws IOException {
    Instant now = Instant.now();
    CertificateAuthority ca = TestCrls.root(now);
    OcspSigner signer = OcspSigner.issuedBy(ca, now);
    OcspResponder responder =
        new OcspResponder(
            ca.certificate(),
            signer,
            TestCrls.of(
                ca,
                now,
                new RevokedCertificate(
                    BigInteger.TEN, now, Optional.of(RevocationReason.KeyCompromise))));
    List<Path> files = new ArrayList<>();
    for (long serial : List.of(9L, 10L)) {
      OcspRequest request =
          OcspRequest.read(OcspRequests.about(ca.certificate(), serial)).orElseThrow();
      files.add(Files.write(folder.resolve(serial + ".ocsp"), responder.sign(request, now).der()));
    }
    files.add(Files.writeString(folder.resolve("signer.pem"), Pem.write(signer.certificate())));

    List<List<String>> found = findings(files);

    assertThat(found).hasSameSizeAs(files).allSatisfy(it -> assertThat(it).isEmpty());
    state("OCSP answers (good, revoked) and the certificate of their signer", "3", "none");
  }

  @Test
  void shouldFindWhatIsWrongInACrl() throws IOException {
    Path bad = folder.resolve("bad-crl.pem");
    Files.writeString(
        bad,
        Pem.block(
            "X509 CRL",
            MalformedCrl.of(
                MalformedCertificate.root(it -> {}),
                it -> it.set(Extension.cRLNumber, true, new CRLNumber(BigInteger.TEN)))));

    assertThat(findings(List.of(bad)).get(0)).isNotEmpty();
  }

  @Test
  void shouldFindWhatIsWrong() throws IOException {
    // given: a certificate as people make it, with the key usage of RSA on an EC key
    Consumer.require("openssl", "apt-get install openssl")
        .run(
            folder,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "bad.key",
            "-out",
            "bad.crt",
            "-subj",
            "/CN=bad",
            "-addext",
            "keyUsage=critical,keyEncipherment")
        .orThrow();

    assertThat(findings(List.of(folder.resolve("bad.crt"))).get(0)).isNotEmpty();
  }

  /** Code and message of each finding from NOTICE on, a list for each file. */
  private List<List<String>> findings(Collection<Path> files) throws IOException {
    String documents =
        pkilint.run(folder, files.stream().map(Path::toString).toArray(String[]::new)).output();
    List<List<String>> all = new ArrayList<>();
    try (MappingIterator<JsonNode> each =
        new ObjectMapper().readerFor(JsonNode.class).readValues(documents)) {
      while (each.hasNext()) {
        JsonNode results = each.next().path("results");
        assertThat(results.isArray()).as(documents).isTrue();
        List<String> found = new ArrayList<>();
        for (JsonNode result : results) {
          for (JsonNode finding : result.path("finding_descriptions")) {
            found.add(finding.path("code").asText() + ": " + finding.path("message").asText());
          }
        }
        all.add(found);
      }
    }
    return all;
  }
}
