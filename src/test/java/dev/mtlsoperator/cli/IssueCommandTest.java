package dev.mtlsoperator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.MalformedCertificate;
import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import dev.mtlsoperator.pki.key.PrivateKeyFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class IssueCommandTest {
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final String ROOT =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: root}
      spec: {commonName: root, duration: 7300d}
      ---
      """;
  private static final String SERVER =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: web}
      spec:
        rootCARef: {name: root}
        dnsNames: [web.example.org]
      ---
      """;
  private static final String CLIENT =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: web}
      spec:
        rootCARef: {name: root}
        secretName: web-client
        commonName: frontend
      ---
      """;

  @TempDir Path folder;
  private Path output;

  @BeforeEach
  void nameTheOutput() {
    output = folder.resolve("out");
  }

  @Test
  void shouldAskAnotherNamespacesCAOnItsTerms() throws IOException {
    String shared =
        """
        apiVersion: mtls-operator.dev/v1alpha1
        kind: RootCA
        metadata: {name: shared, namespace: platform}
        spec:
          commonName: shared
          allowedNamespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}}
          policy: {dnsNames: ["*.{namespace}.svc"]}
        ---
        """;
    String web =
        """
        apiVersion: mtls-operator.dev/v1alpha1
        kind: ServerCert
        metadata: {name: web, namespace: shop}
        spec:
          rootCARef: {name: shared, namespace: platform}
          dnsNames: [web.shop.svc]
        ---
        """;
    String own =
        """
        apiVersion: mtls-operator.dev/v1alpha1
        kind: RootCA
        metadata: {name: own, namespace: shop}
        spec: {commonName: own}
        ---
        """;
    Path folderOfWeb = output.resolve("shop/servercert/web");

    // when, then
    assertThat(issue(NOW, shared + web.replace("namespace: shop", "namespace: bank")).err())
        .contains(
            "there is no RootCA 'platform/shared' that resources of namespace 'bank' may refer to");
    Run refused = issue(NOW, shared + web.replace("web.shop.svc", "web.bank.svc"));
    assertThat(refused.err())
        .contains("the policy of its CA does not allow the DNS name 'web.bank.svc'");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(output).doesNotExist();
    assertThat(issue(NOW, shared + web).exitCode()).isZero();
    String sharedRoot = Files.readString(output.resolve("platform/rootca/shared/root.crt"));
    assertThat(Files.readString(folderOfWeb.resolve("root.crt"))).isEqualTo(sharedRoot);

    // when it trusts another one
    assertThat(
            issue(NOW, shared + own + web.replace("spec:", "spec:\n  trustedCARefs: [{name: own}]"))
                .exitCode())
        .isZero();

    // then
    assertThat(Files.readString(folderOfWeb.resolve("root.crt")))
        .isEqualTo(Files.readString(output.resolve("shop/rootca/own/root.crt")))
        .isNotEqualTo(sharedRoot);
  }

  private record Run(int exitCode, String out, String err) {}

  private Run issue(Instant now, String yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("resources.yaml"), yaml);
    return run(now, "-f", file.toString(), "-o", output.toString());
  }

  private static Run run(Instant now, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(new IssueCommand(Clock.fixed(now, ZoneOffset.UTC)))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new Run(exitCode, out.toString(), err.toString());
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> all = new TreeMap<>();
    if (Files.exists(output)) {
      try (Stream<Path> walk = Files.walk(output)) {
        for (Path file :
            walk.filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS)).toList()) {
          all.put(
              output.relativize(file).toString(),
              new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1));
        }
      }
    }
    return all;
  }

  private X509Certificate certificate(String path) throws IOException {
    return Pem.readCertificates(Files.readString(output.resolve(path))).get(0);
  }

  @Test
  void shouldRefuseWhatNameConstraintsForbidBeforeAnythingIsMade() throws IOException {
    String constrained =
        ROOT.replace(
            "duration: 7300d",
            "duration: 7300d, nameConstraints: {permitted: {emailAddresses: [example.com], dnsDomains: [example.com]}}");
    String mallory =
        CLIENT.replace("commonName: frontend", "literalSubject: 'CN=m,emailAddress=ceo@evil.test'");

    // when: the CA is yet to be made
    Run run =
        issue(NOW, constrained + mallory + CLIENT.replace("web", "x").replace("frontend", "a_b.c"));

    // then
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err())
        .contains("do not allow 'ceo@evil.test' (e-mail address in the subject): permitted is")
        .contains("do not allow 'a_b.c' (common name)");
    assertThat(output).doesNotExist();

    // when it is there
    assertThat(issue(NOW, constrained + CLIENT).exitCode()).isZero();
    Map<String, String> before = contents();
    run = issue(NOW, constrained + CLIENT + mallory.replace("web", "m"));

    // then
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.err()).contains("ceo@evil.test");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void shouldWriteTheFilesThatPeopleKnow() throws IOException {
    Run run = issue(NOW, ROOT + SERVER + CLIENT);

    assertThat(run).isEqualTo(new Run(0, run.out(), ""));
    assertThat(contents().keySet())
        .contains(
            "default/rootca/root/root.crt",
            "default/rootca/root/root.key",
            "default/servercert/web/server.crt",
            "default/servercert/web/server.key",
            "default/servercert/web/root.crt",
            "default/clientcert/web/client.crt",
            "default/clientcert/web/client.key",
            "default/clientcert/web/client.p12",
            "default/clientcert/web/client.password");
    assertThat(run.out()).doesNotContain("PRIVATE KEY").contains("RootCA default/root: created");
    Path client = output.resolve("default/clientcert/web");
    Pkcs12.verifyOpens(
        Files.readAllBytes(client.resolve("client.p12")),
        Password.of(Files.readString(client.resolve("client.password"))));
  }

  @Test
  void shouldGiveKeysToTheirOwnerOnly() throws IOException {
    issue(NOW, ROOT + SERVER + CLIENT);

    List<String> wrong = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(output)) {
      for (Path path : walk.toList()) {
        String mode =
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
        String expected =
            Files.isDirectory(path)
                ? "rwx------"
                : path.toString().matches(".*(\\.crt|\\.mtls-operator)")
                    ? "rw-r--r--"
                    : "rw-------";
        if (!mode.equals(expected)) {
          wrong.add(path + " " + mode);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void shouldKeepEveryByteWhenRunAgain() throws IOException {
    issue(NOW, ROOT + SERVER + CLIENT);
    Map<String, String> before = contents();

    Run again = issue(NOW.plus(Duration.ofDays(10)), ROOT + SERVER + CLIENT);

    assertThat(again.exitCode()).isZero();
    assertThat(again.out())
        .contains("ServerCert default/web: kept")
        .doesNotContain("issued", "created");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void shouldIssueOnlyWhatIsNewOrChanged() throws IOException {
    issue(NOW, ROOT + SERVER + CLIENT);
    Map<String, String> before = contents();

    Run again =
        issue(
            NOW,
            ROOT
                + SERVER.replace("[web.example.org]", "[web.example.org, www.example.org]")
                + CLIENT);

    assertThat(again.out())
        .contains("ServerCert default/web: issued (SpecChanged)", "ClientCert default/web: kept");
    assertThat(contents().get("default/rootca/root/root.key"))
        .isEqualTo(before.get("default/rootca/root/root.key"));
    assertThat(contents().get("default/clientcert/web/client.key"))
        .isEqualTo(before.get("default/clientcert/web/client.key"));
    assertThat(contents().get("default/servercert/web/server.key"))
        .isNotEqualTo(before.get("default/servercert/web/server.key"));
  }

  @Test
  void shouldRenewForTenYearsUnderOneCA() throws IOException {
    issue(NOW, ROOT + SERVER);
    X509Certificate root = certificate("default/rootca/root/root.crt");
    int renewals = 0;
    for (Instant now = NOW;
        now.isBefore(NOW.plus(Duration.ofDays(3650)));
        now = now.plus(Duration.ofDays(14))) {
      Run run = issue(now, ROOT + SERVER);
      assertThat(run.exitCode()).isZero();
      assertThat(certificate("default/servercert/web/server.crt").getNotAfter().toInstant())
          .isAfter(now.plus(Duration.ofDays(14)));
      renewals += run.out().contains("issued (RenewalDue)") ? 1 : 0;
    }

    assertThat(renewals).isBetween(45, 60);
    assertThat(certificate("default/rootca/root/root.crt")).isEqualTo(root);
  }

  @Test
  void shouldWriteNothingWhereAnythingIsWrong() throws IOException {
    Run run =
        issue(
            NOW,
            ROOT
                + SERVER.replace("web.example.org", "WEB.example.org")
                + CLIENT.replace("name: root", "name: other"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("spec.dnsNames", "WEB.example.org", "Nothing was written.");
    assertThat(output).doesNotExist();
  }

  @Test
  void shouldNameAMissingCA() throws IOException {
    Run run = issue(NOW, SERVER);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("there is no RootCA 'root' in its namespace");
    assertThat(output).doesNotExist();
  }

  @Test
  void shouldUseTheCAOfAnEarlierRun() throws IOException {
    issue(NOW, ROOT);

    Run run = issue(NOW, SERVER);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("ServerCert default/web: issued");
  }

  @Test
  void shouldRefuseTwoResourcesForOneSecret() throws IOException {
    Run run =
        issue(NOW, ROOT + SERVER + CLIENT.replace("secretName: web-client", "secretName: web"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("the Secret 'web' belongs to another resource");
  }

  @Test
  void shouldNotLeaveItsFolder() throws IOException {
    Run run = issue(NOW, ROOT + SERVER.replace("name: web", "name: ../../web"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("metadata.name");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(folder.resolve("resources.yaml"));
    }
  }

  @Test
  void shouldNeverOverwriteACAsKey() throws IOException {
    issue(NOW, ROOT + SERVER);
    String key = Files.readString(output.resolve("default/rootca/root/root.key"));
    Files.delete(output.resolve("default/rootca/root/root.crt"));

    Run run = issue(NOW, ROOT + SERVER);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("holds no root.crt: restore it from a backup");
    assertThat(Files.readString(output.resolve("default/rootca/root/root.key"))).isEqualTo(key);
  }

  @Test
  void shouldNotChangeACAByAnEdit() throws IOException {
    issue(NOW, ROOT);
    Map<String, String> before = contents();

    Run run = issue(NOW, ROOT.replace("commonName: root", "commonName: other"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("editing a RootCA does not replace a CA in use");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void shouldFollowNoLinks() throws IOException {
    issue(NOW, ROOT + SERVER);
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path web = output.resolve("default/servercert/web");
    try (Stream<Path> files = Files.list(web)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(web);
    Files.createSymbolicLink(web, elsewhere);

    Run run = issue(NOW, ROOT + SERVER);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("is a symbolic link");
    try (Stream<Path> files = Files.list(elsewhere)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void shouldLeaveSomebodyElsesFolderAlone() throws IOException {
    Path web = Files.createDirectories(output.resolve("default/servercert/web"));
    Files.writeString(web.resolve("server.key"), "mine");

    Run run = issue(NOW, ROOT + SERVER);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("was not written by this program and is left alone");
    assertThat(Files.readString(web.resolve("server.key"))).isEqualTo("mine");
  }

  @Test
  void shouldFinishWhatACutOffRunLeft() throws IOException {
    issue(NOW, ROOT + SERVER);
    Map<String, String> before = contents();
    Path web = output.resolve("default/servercert/web");
    Files.move(web, web.resolveSibling(".web.old"));
    Files.createDirectory(web.resolveSibling(".web.new-123e4567-e89b-42d3-a456-426614174000"));

    Run run = issue(NOW, ROOT + SERVER);

    assertThat(run.out()).contains("ServerCert default/web: kept");
    assertThat(contents()).isEqualTo(before);
    try (Stream<Path> files = Files.list(web.getParent())) {
      assertThat(files).containsExactly(web);
    }
  }

  @Test
  void shouldKeepTheOnlyCopyOfAResourceWithANameLikeAnUnfinishedOne() throws IOException {
    String other =
        SERVER.replace("name: web", "name: web.new-b").replace("web.example.org", "b.example.org");
    issue(NOW, ROOT + SERVER + other);
    Map<String, String> before = contents();
    Path b = output.resolve("default/servercert/web.new-b");
    Files.move(b, b.resolveSibling(".web.new-b.old"));

    Run run = issue(NOW, ROOT + SERVER + other);

    assertThat(run.out()).contains("ServerCert default/web.new-b: kept");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void shouldTakeAnEmptyNamespaceForTheDefault() throws IOException {
    issue(NOW, ROOT.replace("metadata: {", "metadata: {namespace: \"\", ") + SERVER);

    assertThat(output.resolve("default/rootca/root/root.crt")).exists();
  }

  @Test
  void shouldRefuseTheCAsOwnNameBeforeAnythingIsWritten() throws IOException {
    Run run = issue(NOW, ROOT + CLIENT.replace("commonName: frontend", "commonName: root"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("is the CA's own");
    assertThat(output).doesNotExist();
  }

  @Test
  void shouldFollowNoLinkInPlaceOfACopy() throws IOException {
    issue(NOW, ROOT + SERVER);
    Path web = output.resolve("default/servercert/web");
    Path elsewhere = folder.resolve("elsewhere");
    Files.move(web, elsewhere);
    Files.createSymbolicLink(web.resolveSibling(".web.old"), elsewhere);

    Run run = issue(NOW, ROOT + SERVER);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("is a symbolic link");
    assertThat(Files.exists(web, LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void shouldIssueAgainWhereAFileWasTamperedWith() throws IOException {
    issue(NOW, ROOT + SERVER);
    Files.writeString(output.resolve("default/servercert/web/server.key"), "tampered");

    Run run = issue(NOW, ROOT + SERVER);

    assertThat(run.out()).contains("ServerCert default/web: issued (SecretTampered)");
  }

  @Test
  void shouldReencodeForANewPasswordWithoutIssuing() throws IOException {
    String secret =
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: pw, labels: {mtls-operator.dev/input: "true"}}
        stringData: {password: first}
        ---
        """;
    String client =
        CLIENT.replace(
            "commonName: frontend",
            "commonName: frontend\n  keystores: {pkcs12: {passwordSecretRef: {name: pw}}}");
    issue(NOW, ROOT + secret + client);
    X509Certificate before = certificate("default/clientcert/web/client.crt");

    Run run = issue(NOW, ROOT + secret.replace("first", "second") + client);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).contains("LayoutChanged");
    assertThat(certificate("default/clientcert/web/client.crt")).isEqualTo(before);
    Pkcs12.verifyOpens(
        Files.readAllBytes(output.resolve("default/clientcert/web/client.p12")),
        Password.of("second"));
    assertThat(output.resolve("default/clientcert/web/client.password")).doesNotExist();
  }

  @Test
  void shouldAskForConsentToReadAPassword() throws IOException {
    String secret =
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: pw}
        stringData: {password: first}
        ---
        """;
    Run run =
        issue(
            NOW,
            ROOT
                + secret
                + CLIENT.replace(
                    "commonName: frontend",
                    "commonName: frontend\n  keystores: {pkcs12: {passwordSecretRef: {name: pw}}}"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("the label mtls-operator.dev/input=true is needed");
  }

  @Test
  void shouldTeachByExample() {
    StringWriter out = new StringWriter();
    int exitCode =
        new CommandLine(new IssueCommand()).setOut(new PrintWriter(out, true)).execute("--help");

    assertThat(exitCode).isZero();
    assertThat(out.toString())
        .contains("issue -f examples/quickstart -o certificates", "Exit codes");
  }

  @Test
  void shouldKeepKindsAndNamespacesApart() throws IOException {
    String other =
        (ROOT + SERVER).replace("metadata: {name: ", "metadata: {namespace: shop, name: ");

    Run run = issue(NOW, ROOT + SERVER + CLIENT + other);

    assertThat(run.exitCode()).isZero();
    assertThat(certificate("default/servercert/web/root.crt"))
        .isNotEqualTo(certificate("shop/servercert/web/root.crt"));
  }

  @Test
  void shouldWarnOfWhatPeersRefuseAndIssueIt() throws IOException {
    String person = CLIENT.replace("commonName: frontend", "commonName: Jane Doe");
    String accepting =
        person.replace(
            "metadata: {name: web}",
            "metadata: {name: web, annotations: {mtls-operator.dev/accept-advice: keystore-for-people}}");

    Run first = issue(NOW, ROOT + SERVER + person);
    Run again = issue(NOW, ROOT + SERVER + person);

    assertThat(first.exitCode()).isZero();
    assertThat(first.err().lines())
        .singleElement()
        .asString()
        .startsWith("warning: ClientCert default/web: keystore-for-people: ")
        .contains("Legacy");
    assertThat(again.err()).isEqualTo(first.err());
    assertThat(issue(NOW, ROOT + SERVER + accepting).err()).isEmpty();
    assertThat(issue(NOW, ROOT + SERVER + CLIENT).err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"quickstart", "seed"})
  void shouldHaveNoAdviceOnTheExamples(String example) {
    Run run = run(NOW, "-f", "examples/" + example, "-o", output.toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).doesNotContain("warning:");
  }

  @Test
  void shouldRefuseToTrustTwoThatNothingTellsApart() throws IOException {
    StringBuilder yaml = new StringBuilder();
    for (int i = 1; i <= 2; i++) {
      MalformedCertificate.Pair root = MalformedCertificate.root(it -> it.keyIdentifier = null);
      yaml.append(
          """
          apiVersion: v1
          kind: Secret
          metadata: {name: root-%1$d, labels: {mtls-operator.dev/input: "true"}}
          stringData:
            tls.crt: |
          %2$s
            tls.key: |
          %3$s
            ca.crt: |
          %2$s
          ---
          apiVersion: mtls-operator.dev/v1alpha1
          kind: RootCA
          metadata: {name: root-%1$d}
          spec:
            import: {secretName: root-%1$d}
            additionalTrust: [{secretRef: {name: root-%4$d}}]
          ---
          """
              .formatted(
                  i,
                  Pem.write(root.certificate()).indent(4),
                  root.key().revealPem(PrivateKeyFormat.PKCS8).indent(4),
                  3 - i));
    }
    String web = SERVER.replace("name: root}", "name: root-1}");

    Run alone = issue(NOW, yaml + web);
    Run together =
        issue(
            NOW,
            yaml
                + web.replace("spec:", "spec:\n  trustedCARefs: [{name: root-1}, {name: root-2}]"));

    // the other one of additionalTrust is left out
    assertThat(alone.exitCode()).isZero();
    assertThat(alone.err())
        .contains("warning: RootCA default/root-1: additional-trust-namesake: ", "left out")
        .contains("ca-without-subject-key-identifier");
    assertThat(
            Pem.readCertificates(
                Files.readString(output.resolve("default/servercert/web/root.crt"))))
        .hasSize(1);
    assertThat(together.exitCode()).isEqualTo(2);
    assertThat(together.err())
        .contains("ServerCert default/web", "cannot be trusted together", "CN=root");
  }

  @Test
  void shouldSayWhichDocumentsClash() throws IOException {
    Path first = Files.writeString(folder.resolve("a.yaml"), ROOT + SERVER);
    Path second = Files.writeString(folder.resolve("b.yaml"), SERVER + ROOT);

    Run run = run(NOW, "-f", first.toString(), "-f", second.toString(), "-o", output.toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains(second + ", document 2, RootCA default/root: is there twice, first in " + first)
        .contains(second + ", document 1, ServerCert default/web: is there twice, first in")
        .contains(first + ", document 2")
        .contains("Nothing was written.");
    assertThat(output).doesNotExist();
  }

  @Test
  void shouldRefuseTwoSecretsOfOneName() throws IOException {
    String secret =
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: pw, labels: {mtls-operator.dev/input: "true"}}
        stringData: {password: %s}
        ---
        """;

    Run run = issue(NOW, ROOT + secret.formatted("one-secret") + secret.formatted("other-one"));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("document 3, Secret default/pw: is there twice, first in")
        .doesNotContain("one-secret")
        .doesNotContain("other-one");
  }

  @Test
  void shouldReadFoldersBelowOnlyWhenAsked() throws IOException {
    Path below = Files.createDirectories(folder.resolve("in/team/shop"));
    Files.writeString(folder.resolve("in/root.yaml"), ROOT);
    Files.writeString(below.resolve("web.yml"), SERVER);
    Files.writeString(below.resolve("notes.txt"), "no YAML: {");

    Run flat = run(NOW, "-f", folder.resolve("in").toString(), "-o", output.toString());
    Run deep = run(NOW, "-R", "-f", folder.resolve("in").toString(), "-o", output.toString());

    assertThat(flat.out()).contains("RootCA default/root: created").doesNotContain("ServerCert");
    assertThat(deep.out()).contains("RootCA default/root: kept", "ServerCert default/web: issued");
  }

  @Test
  void shouldReadStandardInputAndLists() throws IOException {
    String list =
        """
        {"apiVersion": "v1", "kind": "List", "items": [
          {"apiVersion": "mtls-operator.dev/v1alpha1", "kind": "RootCA",
           "metadata": {"name": "root"}, "spec": {"commonName": "root"}},
          {"apiVersion": "mtls-operator.dev/v1alpha1", "kind": "ServerCert",
           "metadata": {"name": "web"},
           "spec": {"rootCARef": {"name": "root"}, "dnsNames": ["web.example.org"]}}]}
        """;
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8)));
    try {
      Run run = run(NOW, "-f", "-", "-o", output.toString());

      assertThat(run.exitCode()).isZero();
      assertThat(run.out()).contains("RootCA default/root: created", "ServerCert default/web");
    } finally {
      System.setIn(before);
    }
    assertThat(output.resolve("default/servercert/web/server.key")).exists();
  }

  @Test
  void shouldWaitForNobodyElsesRun() throws IOException {
    issue(NOW, ROOT);
    Map<String, String> before = contents();

    Run run = OutputLock.holding(output, () -> issue(NOW, ROOT + SERVER));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(output + " is in use by another run: wait until it ends");
    assertThat(contents()).isEqualTo(before);
    assertThat(issue(NOW, ROOT + SERVER).exitCode()).isZero();
  }

  @Test
  void shouldShowNoKeyAndNoPassword() throws IOException {
    Run first = issue(NOW, ROOT + SERVER + CLIENT);
    Run again = issue(NOW, ROOT + SERVER + CLIENT);

    String shown = first.out() + first.err() + again.out() + again.err();
    assertThat(shown).contains("ServerCert default/web").doesNotContain("PRIVATE KEY");
    assertThat(shown)
        .doesNotContain(
            Files.readString(output.resolve("default/clientcert/web/client.password")).strip());
    for (String key : List.of("servercert/web/server.key", "clientcert/web/client.key")) {
      Files.readAllLines(output.resolve("default").resolve(key)).stream()
          .filter(line -> !line.startsWith("-----"))
          .forEach(line -> assertThat(shown).doesNotContain(line));
    }
  }
}
