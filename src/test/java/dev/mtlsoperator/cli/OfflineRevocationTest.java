package dev.mtlsoperator.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.MalformedCrl;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.encoding.SuppliedFile;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import dev.mtlsoperator.pki.revocation.Crl;
import dev.mtlsoperator.pki.revocation.RevocationReason;
import dev.mtlsoperator.pki.revocation.RevokedCertificate;
import dev.mtlsoperator.pki.revocation.SerialNumber;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code root.crl}, {@code spec.revoked} and {@code spec.revocations} without a cluster. */
final class OfflineRevocationTest {
  private static final Instant NOW = MalformedCertificate.NOW;
  private static final String ROOT =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec: {commonName: root, duration: 7300d, revocation: {}}
      ---
      """;
  private static final String JANE =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: jane}
      spec:
        rootCARef: {name: root}
        commonName: jane
        keystores: {pkcs12: {enabled: false}}
      ---
      """;
  private static final String REVOKED =
      JANE.replace("spec:", "spec:\n  revoked: {reason: KeyCompromise}");
  private static final String GATEWAY =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: gateway}
      spec:
        rootCARef: {name: root}
        dnsNames: [gateway.example.org]
        revocations: true
      ---
      """;

  @TempDir Path folder;
  private Path ca;
  private Path jane;
  private Path gateway;

  @BeforeEach
  void nameTheFolders() {
    Path output = folder.resolve("out/default");
    ca = output.resolve("rootca/root");
    jane = output.resolve("clientcert/jane");
    gateway = output.resolve("servercert/gateway");
  }

  private IssueRun issue(Instant now, String... yaml) throws IOException {
    return IssueRun.of(folder, now, yaml);
  }

  private IssueRun done(Instant now, String... yaml) throws IOException {
    IssueRun run = issue(now, yaml);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run;
  }

  private void refused(String message, Instant now, String... yaml) throws IOException {
    Map<String, String> before = contents();
    IssueRun run = issue(now, yaml);
    assertThat(run.err()).contains(message, "Nothing was written.").doesNotContain("Exception");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(contents()).isEqualTo(before);
  }

  private Map<String, String> contents() throws IOException {
    return IssueRun.contents(folder.resolve("out"));
  }

  private Crl crl() throws IOException {
    return crls(ca).get(0);
  }

  private static List<Crl> crls(Path in) throws IOException {
    return Crl.parseAll(SuppliedFile.of(Files.readAllBytes(in.resolve("root.crl"))));
  }

  private BigInteger number() throws IOException {
    return crl().number().orElseThrow();
  }

  private static X509Certificate certificate(Path file) throws IOException {
    return Pem.readCertificates(Files.readString(file)).get(0);
  }

  private BigInteger serial() throws IOException {
    return certificate(jane.resolve("client.crt")).getSerialNumber();
  }

  private static Instant days(int days) {
    return NOW.plus(Duration.ofDays(days));
  }

  @Test
  void shouldWriteACrlOnlyWhereRevocationIsOn() throws IOException {
    IssueRun run = done(NOW, ROOT, JANE);

    assertThat(run.out()).contains("created, CRL signed (RevocationChanged) with 0 entries");
    assertThat(crl().isSignedBy(certificate(ca.resolve("root.crt")))).isTrue();
    assertThat(crl().nextUpdate()).isEqualTo(days(30));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ca.resolve("root.crl"))))
        .isEqualTo("rw-r--r--");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ca.resolve("root.key"))))
        .isEqualTo("rw-------");
    done(NOW, ROOT.replace("root", "plain").replace(", revocation: {}", ""));
    assertThat(ca.resolveSibling("plain")).isDirectoryNotContaining("glob:**.crl");
  }

  @Test
  void shouldTellVerifiersWhereTheCrlIsButNoResponder() throws IOException {
    String points =
        ROOT.replace(
            "revocation: {}",
            """
            revocation: {
                ocsp: true,
                distributionPoints: ["http://crl.example.com/{namespace}/{name}/{generation}.crl"]}\
            """);
    done(NOW, points, JANE);

    X509Certificate before = certificate(jane.resolve("client.crt"));
    assertThat(new String(extension(before, Extension.cRLDistributionPoints), US_ASCII))
        .contains("http://crl.example.com/default/root/1.crl");
    assertThat(before.getExtensionValue(Extension.authorityInfoAccess.getId()))
        .as("nobody answers OCSP requests without a cluster")
        .isNull();
    assertThat(certificate(ca.resolve("root.crt")).getNonCriticalExtensionOIDs())
        .doesNotContain(Extension.cRLDistributionPoints.getId());

    // an edit issues none anew
    IssueRun edited = done(NOW, points.replace("crl.example.com", "b.example.com"), JANE);
    assertThat(edited.out()).contains("ClientCert default/jane: kept");
    assertThat(certificate(jane.resolve("client.crt"))).isEqualTo(before);

    refused(
        "must be an http or https URI in ASCII with {generation} exactly once",
        NOW,
        points.replace("{generation}", "1"),
        JANE);
  }

  private static byte[] extension(X509Certificate certificate, ASN1ObjectIdentifier oid) {
    return certificate.getExtensionValue(oid.getId());
  }

  @Test
  void shouldBeginForACAOfAnEarlierRelease() throws IOException {
    done(NOW, ROOT.replace(", revocation: {}", ""), JANE);
    String key = Files.readString(ca.resolve("root.key"));

    IssueRun run = done(NOW, ROOT, JANE);

    assertThat(run.out()).contains("kept, CRL signed (RevocationChanged) with 0 entries");
    assertThat(ca.resolve("root.key")).hasContent(key);
    assertThat(crl().entries()).isEmpty();
  }

  @Test
  void shouldWriteNothingWhenRunAgainAtOnce() throws IOException {
    done(NOW, ROOT, JANE, GATEWAY);
    done(NOW, ROOT, REVOKED, GATEWAY);
    Map<String, String> before = contents();
    Object folderBefore = Files.getAttribute(ca, "unix:ino");

    IssueRun again = done(NOW, ROOT, REVOKED, GATEWAY);

    assertThat(again.out())
        .contains("RootCA default/root: kept, CRL with 1 entry, serial")
        .contains("ClientCert default/jane: kept, revoked, " + jane)
        .contains("ServerCert default/gateway: kept, serial");
    assertThat(contents()).isEqualTo(before);
    assertThat(Files.getAttribute(ca, "unix:ino")).isEqualTo(folderBefore);
  }

  @Test
  void shouldSignAgainPastRefresh() throws IOException {
    done(NOW, ROOT, JANE);
    done(NOW, ROOT, REVOKED);
    Crl first = crl();

    done(days(2), ROOT, REVOKED);
    assertThat(crl()).isEqualTo(first);
    IssueRun run = done(days(3), ROOT, REVOKED);

    assertThat(run.out()).contains("kept, CRL signed (RevocationDue) with 1 entry");
    assertThat(crl().isNewerThan(first)).isTrue();
    assertThat(crl().nextUpdate()).isEqualTo(days(33));
    assertThat(crl().entries()).isEqualTo(first.entries());
  }

  @Test
  void shouldTakeALeafOutOfService() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger serial = serial();

    IssueRun run = done(NOW.plusSeconds(1), ROOT, REVOKED);

    assertThat(run.out())
        .contains("kept, CRL signed (RevocationChanged) with 1 entry")
        .contains("ClientCert default/jane: revoked (1 unexpired), " + jane);
    assertThat(crl().entries())
        .containsOnly(
            Map.entry(
                serial,
                new RevokedCertificate(
                    serial, NOW.plusSeconds(1), Optional.of(RevocationReason.KeyCompromise))));
    assertThat(jane.toFile().list()).containsExactly(".mtls-operator");
  }

  @Test
  void shouldRevokeEveryUnexpiredCertificateThatWasIssued() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger first = serial();
    done(days(61), ROOT, JANE);
    BigInteger second = serial();
    done(days(62), ROOT, JANE.replace("commonName: jane", "commonName: jane.doe"));
    BigInteger third = serial();

    done(days(89), ROOT, REVOKED);
    assertThat(crl().entries()).containsOnlyKeys(first, second, third);

    // the first ended on day 90, and is listed once more
    done(days(92), ROOT, REVOKED);
    assertThat(crl().entries()).containsKeys(first, second, third);
    done(days(95), ROOT, REVOKED);
    assertThat(crl().entries()).containsOnlyKeys(second, third);
    done(days(200), ROOT, REVOKED);
    done(days(203), ROOT, REVOKED);
    assertThat(crl().entries()).isEmpty();
  }

  @Test
  void shouldIssueAnewWhereRevokedIsTakenBack() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger first = serial();
    done(NOW, ROOT, REVOKED);

    IssueRun run = done(NOW, ROOT, JANE);

    assertThat(run.out()).contains("ClientCert default/jane: issued (");
    BigInteger second = serial();
    assertThat(second).isNotEqualTo(first);
    assertThat(crl().entries()).containsOnlyKeys(first);
    assertThat(Files.readString(jane.resolve(".mtls-operator"))).contains("revision=2");
    Map<String, String> before = contents();
    assertThat(done(NOW, ROOT, JANE).out()).contains("jane: kept, serial");
    assertThat(contents()).isEqualTo(before);

    // and again
    done(NOW, ROOT, REVOKED);
    assertThat(crl().entries()).containsOnlyKeys(first, second);
  }

  @Test
  void shouldHaveNothingToRevokeOfWhatWasNeverIssued() throws IOException {
    IssueRun run = done(NOW, ROOT, REVOKED);

    assertThat(run.out()).contains("ClientCert default/jane: revoked, none was issued here");
    assertThat(crl().entries()).isEmpty();
    assertThat(jane).doesNotExist();
  }

  @Test
  void shouldRevokeBySerialNumberHoweverItIsWritten() throws IOException {
    String named =
        ROOT.replace(
            "revocation: {}",
            "revocation: {serialNumbers: [{serialNumber: '00:0a:1B:2c', reason: Superseded}, {serialNumber: '0xFF'}]}");
    done(NOW, named);

    assertThat(crl().entries())
        .containsOnlyKeys(new BigInteger("0a1b2c", 16), BigInteger.valueOf(255));

    // their ends are not known: they stay
    done(days(3650), ROOT);
    done(days(3660), ROOT);
    assertThat(crl().entries()).hasSize(2);
    assertThat(crl().entries().get(new BigInteger("0a1b2c", 16)).reason())
        .contains(RevocationReason.Superseded);
  }

  @Test
  void shouldReplaceTheCertificateThatTheFilesRevoke() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger first = serial();
    String named =
        ROOT.replace(
            "revocation: {}",
            "revocation: {serialNumbers: [{serialNumber: '" + first.toString(16) + "'}]}");

    IssueRun run = done(NOW, named, JANE);

    assertThat(run.out()).contains("ClientCert default/jane: issued (Revoked)");
    assertThat(serial()).isNotEqualTo(first);
    assertThat(crl().entries()).containsOnlyKeys(first);
    assertThat(done(NOW, named, JANE).out()).contains("jane: kept, serial");
  }

  @Test
  void shouldRaiseTheNumberThoughTheClockGoesBack() throws IOException {
    done(days(10), ROOT, JANE);
    BigInteger first = number();

    // within the skew that is tolerated, and far beyond it
    done(days(10).minusSeconds(60), ROOT, REVOKED);
    BigInteger second = number();
    assertThat(crl().entries()).hasSize(1);
    done(NOW, ROOT, REVOKED);

    assertThat(second).isGreaterThan(first);
    assertThat(number()).isGreaterThan(second);
    assertThat(crl().entries()).hasSize(1);
    assertThat(crl().thisUpdate()).isBefore(NOW);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "root.crl    |       | holds no root.crl, although there was one: restore it from a backup",
        "root.crl    | empty | holds no usable root.crl",
        "root.crl    | text  | holds no usable root.crl",
        "root.crl    | cut   | holds no usable root.crl",
        "root.crl    | twice | holds a root.crl with 2 CRLs",
        "root.crl    | other | holds a root.crl that 'CN=root' did not sign",
        "root.crl    | older | which is older than the last one",
        ".revocation | text  | holds no usable .revocation",
      })
  void shouldNeverBeginAgainSilently(String file, String what, String message) throws IOException {
    done(NOW, ROOT, JANE);
    String older = Files.readString(ca.resolve("root.crl"));
    done(NOW, ROOT, REVOKED);
    Path damaged = ca.resolve(file);
    String good = Files.readString(damaged);
    if (what == null) {
      Files.delete(damaged);
    } else {
      Files.writeString(
          damaged,
          switch (what) {
            case "empty" -> "";
            case "text" -> "hello world\n";
            case "cut" -> good.substring(0, good.length() / 2);
            case "twice" -> good + good;
            case "other" -> foreign("CN=root");
            case "older" -> older;
            default -> throw new IllegalArgumentException(what);
          });
    }

    refused(message, NOW, ROOT, REVOKED);

    Files.writeString(damaged, good);
    done(NOW, ROOT, REVOKED);
  }

  private static String foreign(String name) {
    return pem(
        MalformedCrl.of(
            MalformedCertificate.root(it -> it.subject = new X500Name(name)), it -> {}));
  }

  private static String pem(byte[] der) {
    return Crl.parse(der).pem();
  }

  @Test
  void shouldGoOnFromACrlThatSomebodyElseMade() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger first = number();
    done(NOW, ROOT, REVOKED);
    Crl last = crl();
    Files.delete(ca.resolve(".revocation"));

    done(days(3), ROOT);

    assertThat(number()).isGreaterThan(first);
    assertThat(crl().entries()).isEqualTo(last.entries());
  }

  @Test
  void shouldKnowWhatAnEarlierReleaseIssued() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger serial = serial();
    editNotes("issued=.*\n", "");

    done(NOW, ROOT, REVOKED);

    assertThat(crl().entries()).containsOnlyKeys(serial);
  }

  @Test
  void shouldNotForgetTheCertificateOfAnEarlierReleaseWhenItIsRenewed() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger first = serial();
    editNotes("issued=.*\n", "");
    done(days(61), ROOT, JANE);
    BigInteger second = serial();

    done(days(62), ROOT, REVOKED);

    assertThat(crl().entries()).containsOnlyKeys(first, second);
  }

  @ParameterizedTest
  @CsvSource({"issued=.*\\n,'issued=hello\n'", "'(?s).*',''"})
  void shouldNotRevokeWhatItCannotName(String part, String replacement) throws IOException {
    done(NOW, ROOT, JANE);
    editNotes(part, replacement);

    refused("does not tell which certificates were issued: restore it", NOW, ROOT, REVOKED);
  }

  private void editNotes(String part, String replacement) throws IOException {
    Path notes = jane.resolve(".mtls-operator");
    String before = Files.readString(notes);
    assertThat(before).containsPattern(part);
    Files.writeString(notes, before.replaceFirst(part, replacement));
  }

  @Test
  void shouldFinishARevocationThatWasCutOff() throws IOException {
    done(NOW, ROOT, JANE);
    BigInteger serial = serial();
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : new ArrayList<>(List.of(jane.toFile().list()))) {
      files.put(name, Files.readAllBytes(jane.resolve(name)));
    }
    done(NOW, ROOT, REVOKED);
    Crl signed = crl();
    // after the CRL, before the folder
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(jane.resolve(file.getKey()), file.getValue());
    }

    IssueRun run = done(NOW, ROOT, REVOKED);

    assertThat(run.out()).contains("kept, CRL with 1 entry", "jane: revoked (1 unexpired)");
    assertThat(crl()).isEqualTo(signed);
    assertThat(crl().entries()).containsOnlyKeys(serial);
    assertThat(jane.resolve("client.key")).doesNotExist();
  }

  @Test
  void shouldNotPretendToRevokeWithoutACrl() throws IOException {
    done(NOW, ROOT, JANE);
    String message = "spec.revoked needs RootCA 'default/root'";

    refused(message, NOW, REVOKED);
    refused(message, NOW, ROOT.replace(", revocation: {}", ""), REVOKED);
    refused(
        "mtls-operator.dev/revoke revokes nothing without a cluster",
        NOW,
        ROOT,
        JANE.replace(
            "name: jane}", "name: jane, annotations: {mtls-operator.dev/revoke: current}}"));
  }

  @Test
  void shouldKeepTheCrlOfACAWithoutRevocation() throws IOException {
    done(NOW, ROOT, JANE);
    done(NOW, ROOT, REVOKED);
    Crl last = crl();

    IssueRun off = done(NOW, ROOT.replace(", revocation: {}", ""));
    assertThat(off.out())
        .contains("kept, root.crl is not renewed any more without spec.revocation");
    assertThat(crl()).isEqualTo(last);

    done(days(4), ROOT);
    assertThat(crl().isNewerThan(last)).isTrue();
    assertThat(crl().entries()).isEqualTo(last.entries());
  }

  @Test
  void shouldRevokeUnderTheCAThatSigned() throws IOException {
    String other = ROOT.replace("root", "other");
    done(NOW, ROOT, other, JANE);
    BigInteger first = serial();
    done(NOW, ROOT, other, JANE.replace("{name: root}", "{name: other}"));
    BigInteger second = serial();

    done(NOW, ROOT, other, REVOKED.replace("{name: root}", "{name: other}"));

    assertThat(crl().entries()).containsOnlyKeys(first);
    assertThat(crls(ca.resolveSibling("other")).get(0).entries()).containsOnlyKeys(second);
  }

  private static String importing(MalformedCertificate.Pair pair, String more) {
    return ROOT.replace("commonName: root, duration: 7300d", "import: {secretName: own}")
        + "apiVersion: v1\nkind: Secret\nmetadata: {name: own, labels: {mtls-operator.dev/input: \"true\"}}\nstringData:\n"
        + "  tls.crt: |\n"
        + Pem.write(pair.certificate()).indent(4)
        + "  tls.key: |\n"
        + pair.key().revealPem(PrivateKeyFormat.PKCS8).indent(4)
        + more
        + "---\n";
  }

  @Test
  void shouldKeepRevokedWhatAnImportedCaRevokedBefore() throws IOException {
    BigInteger before = BigInteger.valueOf(0xabcdef);
    MalformedCertificate.Pair pair = MalformedCertificate.root(it -> {});
    // newer than any that is signed here
    String elsewhere =
        Pem.block(
            "X509 CRL",
            MalformedCrl.of(
                pair,
                it -> {
                  it.set(Extension.cRLNumber, false, new CRLNumber(BigInteger.TWO.pow(90)));
                  it.revoke(
                      before, Extension.reasonCode, false, CRLReason.lookup(CRLReason.superseded));
                }));
    String own = importing(pair, "  ca.crl: |\n" + elsewhere.indent(4));
    done(NOW, own, JANE, GATEWAY);
    BigInteger serial = serial();

    done(NOW, own, REVOKED, GATEWAY);

    assertThat(crl().entries()).containsOnlyKeys(before, serial);
    assertThat(crl().entries().get(before).reason()).contains(RevocationReason.Superseded);
    assertThat(crls(gateway)).containsExactly(crl());
    // it stays so when the input does not bring it any more
    done(days(4), importing(pair, ""), REVOKED, GATEWAY);
    assertThat(crl().entries()).containsOnlyKeys(before, serial);
  }

  @Test
  void shouldSignForAnImportedCA() throws IOException {
    String own = importing(MalformedCertificate.root(it -> {}), "");
    IssueRun first = done(NOW, own, JANE);
    BigInteger serial = serial();
    Crl empty = crl();

    IssueRun revoked = done(NOW, own, REVOKED);

    assertThat(first.out()).contains("imported, CRL signed (RevocationChanged) with 0 entries");
    assertThat(revoked.out()).contains("RootCA default/root: kept, CRL signed");
    assertThat(crl().entries()).containsOnlyKeys(serial);
    assertThat(crl().isNewerThan(empty)).isTrue();
    assertThat(ca.toFile().list())
        .containsExactlyInAnyOrder("root.crt", "root.crl", ".imported-from", ".revocation");
    Map<String, String> before = contents();
    assertThat(done(NOW, own, REVOKED).out()).contains("root: kept, CRL with 1 entry");
    assertThat(done(NOW, own.replace(", revocation: {}", "")).out())
        .contains("root: kept, root.crl");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void shouldRefuseAnImportedCAThatMayNotSignCrls() throws IOException {
    String own = importing(MalformedCertificate.root(it -> it.keyUsage = KeyUsage.keyCertSign), "");

    IssueRun run = issue(NOW, own, JANE);

    assertThat(run.err())
        .contains("spec.revocation needs a CA that may sign CRLs, and the key usage of 'CN=root'")
        .contains("keyUsage = critical, keyCertSign, cRLSign");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(folder.resolve("out")).doesNotExist();
    done(NOW, own.replace(", revocation: {}", ""), JANE);
  }

  @Test
  void shouldAskForTheCrlOfTheRootAboveAnImportedCA() throws IOException {
    MalformedCertificate.Pair root = MalformedCertificate.root(it -> {});
    String chain = "  ca.crt: |\n" + Pem.write(root.certificate()).indent(4);
    MalformedCertificate.Pair issuing = MalformedCertificate.intermediate(root, it -> {});

    IssueRun run = issue(NOW, importing(issuing, chain), GATEWAY);
    assertThat(run.err())
        .contains("spec.revocations asks for a CRL of every CA", "'CN=root' has no CRL")
        .contains("under the key ca.crl");
    assertThat(run.exitCode()).isEqualTo(2);

    String above = pem(MalformedCrl.of(root, it -> {}));
    done(NOW, importing(issuing, chain + "  ca.crl: |\n" + above.indent(4)), GATEWAY);
    assertThat(crls(gateway)).hasSize(2);
    assertThat(crls(ca)).hasSize(1);
  }

  @Test
  void shouldPutCurrentCrlsBesideTheTrustOfALeaf() throws IOException {
    done(NOW, ROOT, JANE, GATEWAY);
    assertThat(crls(gateway)).containsExactly(crl());
    Map<String, String> before = contents();

    // a revocation, and the re-sign
    IssueRun run = done(NOW, ROOT, REVOKED, GATEWAY);
    assertThat(run.out()).contains("ServerCert default/gateway: kept, root.crl written, serial");
    assertThat(crls(gateway)).containsExactly(crl());
    assertThat(crl().entries()).hasSize(1);
    done(days(3), ROOT, REVOKED, GATEWAY);
    assertThat(crls(gateway)).containsExactly(crl());

    Map<String, String> after = contents();
    for (String name : List.of("server.crt", "server.key", "root.crt")) {
      assertThat(after.get("default/servercert/gateway/" + name))
          .isEqualTo(before.get("default/servercert/gateway/" + name));
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(gateway.resolve("root.crl"))))
        .isEqualTo("rw-r--r--");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(gateway.resolve("server.key"))))
        .isEqualTo("rw-------");
    assertThat(done(days(3), ROOT, REVOKED, GATEWAY).out()).contains("gateway: kept, serial");

    // when it is not asked for any more
    IssueRun off = done(days(3), ROOT, REVOKED, GATEWAY.replace("  revocations: true\n", ""));
    assertThat(off.out()).contains("gateway: issued (LayoutChanged)");
    assertThat(contents().get("default/servercert/gateway/server.crt"))
        .isEqualTo(before.get("default/servercert/gateway/server.crt"));
    assertThat(gateway.resolve("root.crl")).doesNotExist();
    assertThat(done(days(3), ROOT, GATEWAY.replace("  revocations: true\n", "")).out())
        .contains("gateway: kept, serial");
  }

  @Test
  void shouldRenewALeafWithItsCrl() throws IOException {
    done(NOW, ROOT, GATEWAY);
    X509Certificate first = certificate(gateway.resolve("server.crt"));

    done(days(61), ROOT, GATEWAY);

    assertThat(certificate(gateway.resolve("server.crt"))).isNotEqualTo(first);
    assertThat(crls(gateway)).containsExactly(crl());
    Files.writeString(gateway.resolve("root.crl"), "");
    assertThat(done(days(61), ROOT, GATEWAY).out()).contains("issued (SecretTampered)");
    assertThat(crls(gateway)).containsExactly(crl());
  }

  @Test
  void shouldReportADamagedCrlOnce() throws IOException {
    done(NOW, ROOT, GATEWAY);
    Files.writeString(ca.resolve("root.crl"), "");

    IssueRun run = issue(NOW, ROOT, GATEWAY);

    assertThat(run.err()).contains("holds no usable root.crl").doesNotContain("has no CRL");
    assertThat(run.exitCode()).isEqualTo(2);
  }

  @Test
  void shouldUseTheCrlOfAnEarlierRunWhileItIsCurrent() throws IOException {
    done(NOW, ROOT);
    done(NOW, GATEWAY);

    assertThat(crls(gateway)).containsExactly(crl());
    refused("'CN=root' has a CRL that expired on " + days(30), days(31), GATEWAY);
    done(days(31), ROOT, GATEWAY);
    assertThat(crls(gateway)).containsExactly(crl());
  }

  @Test
  void shouldNameTheCAWithoutACrl() throws IOException {
    refusedFirst(
        "'CN=root' has no CRL: give its RootCA revocation: {}",
        ROOT.replace(", revocation: {}", ""),
        GATEWAY);
    String both =
        GATEWAY.replace(
            "rootCARef: {name: root}",
            "rootCARef: {name: root}\n  trustedCARefs: [{name: root}, {name: other}]");
    String other = ROOT.replace("root", "other");
    refusedFirst("'CN=other' has no CRL", ROOT, other.replace(", revocation: {}", ""), both);

    done(NOW, ROOT, other, both);

    assertThat(crls(gateway))
        .containsExactlyInAnyOrder(crl(), crls(ca.resolveSibling("other")).get(0));
  }

  private void refusedFirst(String message, String... yaml) throws IOException {
    IssueRun run = issue(NOW, yaml);
    assertThat(run.err()).contains(message, "Nothing was written.");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  private static String partner(MalformedCertificate.Pair partner, Optional<String> crl) {
    return ROOT.replace(
            "revocation: {}",
            "revocation: {}, additionalTrust: [{configMapRef: {name: partner, key: ca.crt}}]")
        + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: partner, labels: {mtls-operator.dev/input: \"true\"}}\ndata:\n"
        + "  ca.crt: |\n"
        + Pem.write(partner.certificate()).indent(4)
        + crl.map(text -> "  ca.crl: |\n" + text.indent(4)).orElse("")
        + "---\n";
  }

  private static Optional<String> numbered(MalformedCertificate.Pair ca, int number) {
    return Optional.of(
        pem(
            MalformedCrl.of(
                ca,
                it ->
                    it.set(
                        Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number))))));
  }

  @Test
  void shouldTakeTheCrlsOfPartners() throws IOException {
    MalformedCertificate.Pair partner =
        MalformedCertificate.root(it -> it.subject = new X500Name("CN=partner"));
    refusedFirst("'CN=partner' has no CRL", partner(partner, Optional.empty()), GATEWAY);
    refusedFirst(
        "'CN=partner' has no CRL", partner(partner, Optional.of(foreign("CN=partner"))), GATEWAY);
    refusedFirst(
        "ConfigMap 'partner', ca.crl: there is no certificate revocation list in the PEM text",
        partner(partner, Optional.of("hello")),
        GATEWAY);

    done(NOW, partner(partner, numbered(partner, 7)), GATEWAY);
    List<Crl> first = crls(gateway);
    assertThat(first).hasSize(2).contains(crl());

    // an older one comes too late
    IssueRun older = done(NOW, partner(partner, numbered(partner, 6)), GATEWAY);
    assertThat(older.out()).contains("gateway: kept, serial");
    done(NOW, partner(partner, numbered(partner, 8)), GATEWAY);
    assertThat(crls(gateway)).doesNotContainAnyElementsOf(first.subList(1, 2)).contains(crl());
    refused(
        "'CN=partner' has a CRL that expired on " + days(30),
        days(30),
        partner(partner, numbered(partner, 8)),
        GATEWAY);
  }

  @Test
  void shouldShowSerialNumbersAsOpensslDoes() throws IOException {
    done(NOW, ROOT, JANE);
    String notes = Files.readString(jane.resolve(".mtls-operator"));

    assertThat(notes).contains("issued=" + SerialNumber.text(serial()) + " ");
    done(NOW, ROOT, REVOKED);
    assertThat(Files.readString(ca.resolve(".revocation")))
        .startsWith("number " + number() + "\n")
        .contains(
            crl().entries().keySet().stream().map(SerialNumber::text).findFirst().orElseThrow());
  }
}
