package dev.mtlsoperator.cli;

import static dev.mtlsoperator.consumers.OpensslCa.CA;
import static dev.mtlsoperator.consumers.OpensslCa.INTERMEDIATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.consumers.OpensslCa;
import dev.mtlsoperator.pki.encoding.Der;
import dev.mtlsoperator.pki.encoding.Pem;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What people bring among the files: CAs of their own, and whom they trust beside one. */
final class OfflineInputsTest {
  /** openssl takes the time for itself. */
  private final Instant now = Instant.now().plusSeconds(60);

  private static final String IMPORTING =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: corporate}
      spec: {import: {secretName: corporate-ca}}
      ---
      """;
  private static final String SERVER =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ServerCert
      metadata: {name: web}
      spec: {rootCARef: {name: corporate}, dnsNames: [web.example.org]}
      ---
      """;
  private static final String CLIENT =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: ClientCert
      metadata: {name: caller}
      spec:
        rootCARef: {name: corporate}
        commonName: caller
        keystores: {pkcs12: {alias: caller}}
      ---
      """;

  @TempDir static Path made;
  private static OpensslCa files;

  @TempDir Path folder;
  private Path output;

  @BeforeAll
  static void make() {
    files = new OpensslCa(made);
    files.key("root", "prime256v1").root("root", "/CN=corporate root", CA);
    files.rootOf("root-again", "root", "/CN=corporate root", CA);
    files
        .key("issuing", "prime256v1")
        .signed("issuing", "/CN=corporate issuing", "root", INTERMEDIATE);
    files.key("other", "prime256v1").root("other", "/CN=other", CA);
  }

  @BeforeEach
  void nameTheOutput() {
    output = folder.resolve("out");
  }

  private record Run(int exitCode, String out, String err) {}

  private Run issue(Instant at, String... yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("resources.yaml"), String.join("", yaml));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        new CommandLine(new IssueCommand(Clock.fixed(at, ZoneOffset.UTC)))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute("-f", file.toString(), "-o", output.toString());
    return new Run(exitCode, out.toString(), err.toString());
  }

  private static String input(String kind, String name, Map<String, String> data) {
    StringBuilder yaml =
        new StringBuilder("apiVersion: v1\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n");
    yaml.append("  labels: {mtls-operator.dev/input: \"true\"}\n");
    yaml.append(kind.equals("Secret") ? "stringData:\n" : "data:\n");
    data.forEach(
        (key, value) ->
            yaml.append("  ").append(key).append(": |\n").append(value.indent(4)).append('\n'));
    return yaml.append("---\n").toString();
  }

  private static String secret(String certificates, String key, String roots) {
    Map<String, String> data = new TreeMap<>(Map.of("tls.crt", certificates, "tls.key", key));
    if (!roots.isEmpty()) {
      data.put("ca.crt", roots);
    }
    return input("Secret", "corporate-ca", data);
  }

  private static String intermediate() {
    return secret(pem("issuing"), files.text("issuing.key"), pem("root"));
  }

  private static String root(String certificate, String key) {
    return secret(pem(certificate), files.text(key + ".key"), "");
  }

  private static String pem(String... names) {
    return files.certificates(names);
  }

  private static X509Certificate certificate(String name) {
    return Pem.readCertificates(pem(name)).get(0);
  }

  private List<X509Certificate> written(String path) throws IOException {
    return Pem.readCertificates(Files.readString(output.resolve(path)));
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(output)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        all.put(
            output.relativize(file).toString(),
            new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
      }
    }
    return all;
  }

  // ---- import

  @Test
  void shouldIssueUnderAnIntermediateThatSomebodyBrings() throws IOException {
    Run first = issue(now, IMPORTING, intermediate(), SERVER, CLIENT);

    assertThat(first.err()).isEmpty();
    assertThat(first.exitCode()).isZero();
    assertThat(first.out()).contains("RootCA default/corporate: imported, ");
    assertThat(written("default/rootca/corporate/root.crt")).containsExactly(certificate("root"));
    for (String leaf : List.of("servercert/web/server.crt", "clientcert/caller/client.crt")) {
      assertThat(written("default/" + leaf)).hasSize(2).contains(certificate("issuing"));
    }
    assertThat(written("default/servercert/web/root.crt")).containsExactly(certificate("root"));
    Path web = output.resolve("default/servercert/web");
    files.run(
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        web.resolve("root.crt").toString(),
        "-untrusted",
        web.resolve("server.crt").toString(),
        web.resolve("server.crt").toString());

    // when run again
    Map<String, String> before = contents();
    Run again = issue(now, IMPORTING, intermediate(), SERVER, CLIENT);

    // then
    assertThat(again.out()).contains("RootCA default/corporate: kept").doesNotContain("issued");
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void shouldWriteTheKeyThatSomebodyBringsNowhere() throws IOException {
    Run run = issue(now, IMPORTING, intermediate(), SERVER, CLIENT);

    String line = files.text("issuing.key").lines().skip(1).findFirst().orElseThrow();
    assertThat(run.out() + run.err()).doesNotContain(line);
    assertThat(contents().keySet()).doesNotContain("default/rootca/corporate/root.key");
    assertThat(contents().values()).noneMatch(content -> content.contains(line));
  }

  @Test
  void shouldKeepTheChainWhenOnlyFilesAreMadeAnew() throws IOException {
    issue(now, IMPORTING, intermediate(), CLIENT);
    List<X509Certificate> before = written("default/clientcert/caller/client.crt");

    Run run =
        issue(now, IMPORTING, intermediate(), CLIENT.replace("alias: caller", "alias: other"));

    assertThat(run.out()).contains("issued (LayoutChanged)");
    assertThat(written("default/clientcert/caller/client.crt")).isEqualTo(before).hasSize(2);
  }

  @Test
  void shouldRefuseWhatTheOperatorRefusesInItsWords() throws IOException {
    String needed =
        "the CA to import cannot be read: a Secret 'corporate-ca' with tls.crt and tls.key and the label mtls-operator.dev/input=true is needed in this namespace: add it to the files";
    String good = root("root", "root");
    Map<String, String> refused =
        Map.of(
            "",
            needed,
            good.replace("mtls-operator.dev/input", "example.org/input"),
            needed,
            good.replace("name: corporate-ca\n", "name: corporate-ca\n  namespace: elsewhere\n"),
            needed,
            good.replace("kind: Secret\n", "kind: Secret\ntype: mtls-operator.dev/ca\n"),
            needed,
            root("root", "other"),
            "Secret 'corporate-ca' cannot be imported: tls.key does not belong to 'CN=corporate root' in tls.crt",
            secret(pem("issuing"), files.text("issuing.key"), ""),
            "cannot be imported: there is no certification path to a self-signed root",
            input("Secret", "corporate-ca", Map.of("tls.crt", pem("root"))),
            "cannot be imported: it has no 'tls.key'");

    for (Map.Entry<String, String> attempt : refused.entrySet()) {
      Run run = issue(now, IMPORTING, attempt.getKey(), SERVER);
      assertThat(run.exitCode()).as(attempt.getKey()).isEqualTo(2);
      assertThat(run.err())
          .contains("RootCA default/corporate: ", attempt.getValue(), "Nothing was written.")
          .doesNotContain("Exception", "PRIVATE KEY");
      assertThat(output).doesNotExist();
    }
    Run late = issue(now.plusSeconds(20L * 365 * 86_400), IMPORTING, good, SERVER);
    assertThat(late.exitCode()).isEqualTo(2);
    assertThat(late.err()).contains("cannot be imported: 'CN=corporate root' expired on");
    assertThat(output).doesNotExist();
  }

  @Test
  void shouldTakeBackNobodysTrustForANewContent() throws IOException {
    issue(now, IMPORTING, root("root", "root"), SERVER);
    X509Certificate before = written("default/servercert/web/server.crt").get(0);
    Map<String, String> all = contents();

    // when it is another CA
    Run other = issue(now, IMPORTING, root("other", "other"), SERVER);

    // then
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.err())
        .contains("the CA in use is below 'CN=corporate root'", "distribute the new root first");
    assertThat(contents()).isEqualTo(all);

    // when it is the same one, certified again
    Run again = issue(now, IMPORTING, root("root-again", "root"), SERVER);

    // then
    assertThat(again.err()).isEmpty();
    assertThat(again.out()).contains("RootCA default/corporate: imported", "issued (TrustChanged)");
    assertThat(written("default/rootca/corporate/root.crt"))
        .containsExactly(certificate("root-again"));
    assertThat(written("default/servercert/web/root.crt"))
        .containsExactly(certificate("root-again"));
    assertThat(written("default/servercert/web/server.crt")).containsExactly(before);
  }

  @Test
  void shouldAskForTheKeyAgainInALaterRun() throws IOException {
    issue(now, IMPORTING, intermediate(), SERVER);
    Map<String, String> before = contents();

    Run withoutCa = issue(now, CLIENT);
    Run withoutImport =
        issue(now, IMPORTING.replace("{import: {secretName: corporate-ca}}", "{commonName: a}"));

    for (Run run : List.of(withoutCa, withoutImport)) {
      assertThat(run.exitCode()).isEqualTo(2);
      assertThat(run.err())
          .contains("holds the certificate of a CA that was imported, and no key")
          .doesNotContain("Exception");
    }
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void shouldLeaveAKeyAloneThatLiesThere() throws IOException {
    Path ca = Files.createDirectories(output.resolve("default/rootca/corporate"));
    Files.writeString(ca.resolve("root.crt"), pem("root"));
    Files.writeString(ca.resolve("root.key"), files.text("root.key"));

    Run run = issue(now, IMPORTING, root("root", "root"), SERVER);

    assertThat(run.out()).contains("RootCA default/corporate: kept");
    assertThat(Files.readString(ca.resolve("root.key"))).isEqualTo(files.text("root.key"));
  }

  // ---- additionalTrust

  private static final String TRUSTING =
      """
      apiVersion: mtls-operator.dev/v1alpha1
      kind: RootCA
      metadata: {name: corporate}
      spec:
        commonName: ours
        additionalTrust: [%s]
      ---
      """;

  @Test
  void shouldTrustOthersFromMapsSecretsAndPem() throws IOException {
    String entries = "{configMapRef: {name: partner}}, {secretRef: {name: vault, key: root}}";
    String inputs =
        input("ConfigMap", "partner", Map.of("ca.crt", pem("root")))
            + input("Secret", "vault", Map.of("root", pem("other")));

    Run run = issue(now, TRUSTING.formatted(entries), inputs, SERVER);

    assertThat(run.err()).isEmpty();
    X509Certificate own = written("default/rootca/corporate/root.crt").get(0);
    assertThat(written("default/servercert/web/root.crt"))
        .startsWith(own)
        .containsExactlyInAnyOrder(own, certificate("root"), certificate("other"));

    // when its RootCA is not among the files: what is trusted beside it is not known
    Run alone = issue(now, SERVER);

    // then
    assertThat(alone.out()).contains("ServerCert default/web: kept");

    // when one is trusted no more
    X509Certificate before = written("default/servercert/web/server.crt").get(0);
    Run less = issue(now, TRUSTING.formatted("{configMapRef: {name: partner}}"), inputs, SERVER);

    // then
    assertThat(less.out()).contains("issued (TrustChanged)");
    assertThat(written("default/servercert/web/root.crt"))
        .containsExactly(own, certificate("root"));
    assertThat(written("default/servercert/web/server.crt")).containsExactly(before);
  }

  @Test
  void shouldTakeOutWhatNobodyAsksForWhileAnotherRootCAIsNotAmongTheFiles() throws IOException {
    // given
    String both = TRUSTING.formatted("{configMapRef: {name: one}}, {configMapRef: {name: two}}");
    String second =
        TRUSTING.formatted("{configMapRef: {name: three}}").replace("corporate", "second");
    String inputs =
        input("ConfigMap", "one", Map.of("ca.crt", pem("root")))
            + input("ConfigMap", "two", Map.of("ca.crt", pem("other")))
            + input("ConfigMap", "three", Map.of("ca.crt", pem("issuing")));
    String server =
        SERVER.replace(
            "dnsNames:", "trustedCARefs: [{name: corporate}, {name: second}], dnsNames:");
    Run first = issue(now, both, second, inputs, server);
    assertThat(first.err()).isEmpty();
    assertThat(written("default/servercert/web/root.crt"))
        .hasSize(5)
        .contains(certificate("root"), certificate("other"), certificate("issuing"));

    // when
    issue(now, TRUSTING.formatted("{configMapRef: {name: two}}"), inputs, server);

    // then
    assertThat(written("default/servercert/web/root.crt"))
        .hasSize(4)
        .contains(certificate("other"), certificate("issuing"))
        .doesNotContain(certificate("root"));

    // when: one is not trusted any more
    X509Certificate own = written("default/rootca/second/root.crt").get(0);
    issue(now, server.replace("[{name: corporate}, ", "["), TRUSTING.formatted(""));

    // then
    assertThat(written("default/servercert/web/root.crt"))
        .containsExactly(own, certificate("issuing"));
  }

  @Test
  void shouldRefuseTrustThatCannotBeRead() throws IOException {
    String map = TRUSTING.formatted("{configMapRef: {name: partner}}");
    String needed =
        "additionalTrust cannot be read: a ConfigMap 'partner' with the key 'ca.crt' and the label mtls-operator.dev/input=true is needed in this namespace: add it to the files";
    String given = input("ConfigMap", "partner", Map.of("ca.crt", "no PEM"));

    Run missing = issue(now, map, SERVER);
    Run unlabelled = issue(now, map, given.replace("mtls-operator.dev/input", "x/y"), SERVER);

    assertThat(List.of(missing.exitCode(), unlabelled.exitCode())).containsOnly(2);
    assertThat(missing.err()).contains(needed);
    assertThat(unlabelled.err()).contains(needed, "ignored, not one of our kinds: ConfigMap");
    assertThat(output).doesNotExist();

    // what is there and cannot be used holds nothing up
    Run garbled = issue(now, map, given, SERVER);
    assertThat(garbled.exitCode()).isZero();
    assertThat(garbled.err())
        .startsWith(
            "warning: RootCA default/corporate: additionalTrust, ConfigMap 'partner', key 'ca.crt': there is no certificate in the PEM text");
    assertThat(written("default/servercert/web/root.crt")).hasSize(1);
  }

  // ---- files as people have them

  /** A combined file under both keys, titles of dashes, and the company's bundle. */
  @Test
  void shouldImportFilesAsTheyAre() throws IOException {
    String combined =
        "# ---------- issuing ----------\n" + pem("issuing") + files.text("issuing.key");
    String bundle = "# ----- all of ours -----\n" + pem("other", "root");

    Run run = issue(now, IMPORTING, SERVER, secret(combined, combined, bundle));

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .isEqualTo(
            "note: RootCA default/corporate: also trusted, like certificates of additionalTrust, are other CAs in ca.crt: 1\n");
    assertThat(written("default/servercert/web/server.crt")).hasSize(2);
    assertThat(written("default/servercert/web/root.crt"))
        .containsExactly(certificate("root"), certificate("other"));
    String secretLine = files.text("issuing.key").lines().skip(1).findFirst().orElseThrow();
    assertThat(contents().toString() + run).doesNotContain(secretLine);
  }

  /** The old root verifies what the new one issues, and so does the new one. */
  @Test
  void shouldSendCrossCertificatesAlong() throws IOException {
    files
        .key("next", "prime256v1")
        .root("next", "/CN=next root", CA)
        .signedOf("next-cross", "next", "/CN=next root", "root", CA);
    String both = pem("next", "next-cross");

    Run run = issue(now, IMPORTING, SERVER, secret(both, files.text("next.key"), pem("root")));

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err())
        .contains("of the 2 certificates of its key in tls.crt this one is used: 'CN=next root'")
        .contains("sent along as cross-certificates: 'CN=next root'");
    assertThat(written("default/servercert/web/server.crt"))
        .hasSize(2)
        .element(1)
        .isEqualTo(certificate("next-cross"));
    String server = output.resolve("default/servercert/web/server.crt").toString();
    for (String root : List.of("root.crt", "next.crt")) {
      files.run("verify", "-purpose", "sslserver", "-CAfile", root, "-untrusted", server, server);
    }
  }

  @Test
  void shouldReadTheBinaryDataOfAConfigMap() throws IOException {
    String base64 =
        Base64.getEncoder().encodeToString(pem("other").getBytes(StandardCharsets.UTF_8));
    String map =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: partner, labels: {mtls-operator.dev/input: "true"}}
        binaryData: {ca.crt: %s}
        ---
        """;
    String der = Base64.getEncoder().encodeToString(Der.of(certificate("other")));

    Run run =
        issue(
            now,
            TRUSTING.formatted("{configMapRef: {name: partner}}"),
            SERVER,
            map.formatted(base64));
    Run binary =
        issue(
            now, TRUSTING.formatted("{configMapRef: {name: partner}}"), SERVER, map.formatted(der));

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(binary.err())
        .contains(
            "warning: RootCA default/corporate: additionalTrust, ConfigMap 'partner', key 'ca.crt': it is a certificate in DER: `openssl x509 -inform DER -in FILE");
  }
}
