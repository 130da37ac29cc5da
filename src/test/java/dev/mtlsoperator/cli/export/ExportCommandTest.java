package dev.mtlsoperator.cli.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mtlsoperator.pki.encoding.Pem;
import dev.mtlsoperator.pki.key.KeyMaterial;
import dev.mtlsoperator.pki.key.Password;
import dev.mtlsoperator.pki.key.Pkcs12;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What one consumer of a certificate gets, and what is said where it gets nothing. */
final class ExportCommandTest {
  private static final Clock NOW = Clock.systemUTC();

  @TempDir static Path folder;
  private static Path issued;

  @TempDir Path target;

  @BeforeAll
  static void issue() throws IOException {
    issued = ExportRun.issue(folder);
  }

  private ExportRun export(String certificate, String consumer, String... more) {
    return ExportRun.of(
        NOW,
        Stream.concat(
                Stream.of(
                    certificate,
                    "--for",
                    consumer,
                    "--from",
                    issued.toString(),
                    "-o",
                    out().toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private Path out() {
    return target.resolve("out");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "servercert/web  | nginx         | client-ca.crt server.crt server.key",
        "servercert/web  | haproxy       | client-ca.crt server.pem",
        "servercert/web  | envoy         | client-ca.crt server.crt server.key transport-socket.yaml",
        "servercert/web  | gateway-paste | certificate.pem client-ca.pem private-key.pem",
        "servercert/checks | nginx       | client-ca.crl client-ca.crt server.crt server.key",
        "servercert/checks | haproxy     | client-ca.crl client-ca.crt server.pem",
        "servercert/checks | envoy       | client-ca.crl client-ca.crt server.crt server.key transport-socket.yaml",
        "servercert/checks | postgres    | root.crl root.crt server.crt server.key",
        "servercert/ed   | gateway-paste | certificate.pem client-ca.pem private-key.pem",
        "servercert/web  | postgres      | root.crt server.crt server.key",
        "clientcert/jane | postgres      | postgresql.crt postgresql.key root.crt",
        "servercert/web  | java          | java.options keystore.p12 keystore.password truststore.p12",
        "clientcert/jane | java          | java.options keystore.p12 keystore.password truststore.p12",
        "servercert/web  | spring        | ca.crt mtls.properties tls.crt tls.key",
        "clientcert/jane | browser       | client.p12 client.password root.crt",
        "ClientCert/jane | curl          | client.crt client.key root.crt",
        "clientcerts/jane | CURL         | client.crt client.key root.crt",
      })
  void shouldWriteTheFilesOfEachConsumerForNobodyElse(
      String certificate, String consumer, String names) throws IOException {
    ExportRun run = export(certificate, consumer);

    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    assertThat(files()).containsExactly(names.split(" ", -1));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out())))
        .isEqualTo("rwx------");
    for (String name : names.split(" ", -1)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out().resolve(name))))
          .as(name)
          .isEqualTo("rw-------");
      assertThat(run.out()).contains("# " + out().resolve(name) + "\n");
    }
    assertThat(run.lines(out())).isNotEmpty();
    assertThat(run.out()).doesNotContain("PRIVATE KEY", password(consumer));
  }

  private String password(String consumer) throws IOException {
    return switch (consumer) {
      case "java" -> Files.readString(out().resolve("keystore.password"));
      case "browser" -> Files.readString(out().resolve("client.password"));
      default -> "no password at all";
    };
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(out())) {
      return List.copyOf(
          files
              .map(file -> file.getFileName().toString())
              .collect(java.util.stream.Collectors.toCollection(TreeSet::new)));
    }
  }

  @ParameterizedTest
  @EnumSource(ExportConsumer.class)
  void shouldListEachConsumerInItsHelp(ExportConsumer consumer) {
    assertThat(ExportRun.of(NOW, "--help").out().replaceAll("\\s+", " "))
        .contains(consumer.id() + " (" + consumer.description() + ")");
  }

  @Test
  void shouldKeepTheKeystoreThatWasIssuedAndMakeOneWhereThereIsNone() throws IOException {
    Path own = issued.resolve("default/clientcert/jane");

    export("clientcert/jane", "java");
    assertThat(out().resolve("keystore.p12")).hasSameBinaryContentAs(own.resolve("client.p12"));
    assertThat(Files.readString(out().resolve("keystore.password")))
        .isEqualTo(Files.readString(own.resolve("client.password")));

    export("servercert/web", "java", "--overwrite");
    Password password = Password.of(Files.readString(out().resolve("keystore.password")));
    KeyMaterial key =
        KeyMaterial.fromPem(Files.readString(issued.resolve("default/servercert/web/server.key")));
    assertThat(Pkcs12.holds(Files.readAllBytes(out().resolve("keystore.p12")), password, key))
        .isTrue();
    assertThat(Pkcs12.opens(Files.readAllBytes(out().resolve("truststore.p12")), password))
        .isTrue();
  }

  @Test
  void shouldWriteTheKeyOfAConsoleInItsTraditionalForm() throws IOException {
    export("servercert/web", "gateway-paste");
    assertThat(Files.readString(out().resolve("private-key.pem"))).contains("EC PRIVATE KEY");

    export("servercert/ed", "gateway-paste", "--overwrite");
    assertThat(Files.readString(out().resolve("private-key.pem")))
        .startsWith("-----BEGIN PRIVATE KEY-----");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "servercert/web  | apache  | --for apache is not known: write one of nginx, haproxy, envoy, gateway-paste",
        "clientcert/jane | nginx   | clientcert/jane is no certificate of a server, which --for nginx needs: name a ServerCert",
        "servercert/web  | curl    | servercert/web is no certificate of a client, which --for curl needs: name a ClientCert",
        "rootca/root     | curl    | 'rootca/root' names no certificate: write servercert/NAME or clientcert/NAME",
        "web             | nginx   | 'web' names no certificate",
        "servercert/..   | nginx   | 'servercert/..' names no certificate",
        "servercert/a/b  | nginx   | 'servercert/a/b' names no certificate",
        "servercert/none | nginx   | servercert/none does not exist: --from wants the folder",
      })
  void shouldSayWhatIsWrongAndWriteNothing(String certificate, String consumer, String message) {
    ExportRun run = export(certificate, consumer);

    assertThat(run.err()).contains(message, "Nothing was written.").doesNotContain("Exception");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(out()).doesNotExist();
  }

  @Test
  void shouldRefuseANamespaceThatLeadsElsewhere() {
    assertThat(export("servercert/web", "nginx", "-n", "../default").err())
        .contains("'../default' is no namespace");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nginx    | ssl_crl OUT/client-ca.crl;",
        "haproxy  | bind :443 ssl crt OUT/server.pem ca-file OUT/client-ca.crt crl-file OUT/client-ca.crl verify required",
        "postgres | # and ssl_crl_file = 'OUT/root.crl'",
      })
  void shouldNameTheCrlAndItsEnd(String consumer, String line) {
    ExportRun run = export("servercert/checks", consumer);

    assertThat(run.out())
        .contains(line.replace("OUT", out().toString()) + "\n")
        .contains("# every client is refused once a CRL in " + out() + "/")
        .contains(": export again before\n");
    assertThat(export("servercert/web", consumer, "--overwrite").out()).doesNotContain("crl");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "commonName: app.orders.reader       | 'host=HOST user=app.orders.reader sslmode='",
        "commonName: Jane Doe                | 'host=HOST sslmode='",
        "'literalSubject: \"OU=b,CN=me,O=a\"'| 'host=HOST user=me sslmode='",
        "'literalSubject: \"CN=me,CN=first\"' | 'host=HOST user=first sslmode='",
        "'uris: [\"urn:me\"]'               | 'host=HOST sslmode='",
      })
  void shouldNameTheRoleIfNobodyHasToQuoteIt(String subject, String connection) throws IOException {
    Path own =
        ExportRun.issue(
            target,
            """
            ---
            apiVersion: mtls-operator.dev/v1alpha1
            kind: ClientCert
            metadata: {name: role}
            spec:
              rootCARef: {name: root}
              %s
            """
                .formatted(subject));

    String printed =
        ExportRun.of(NOW, "clientcert/role", "--for=postgres", "--from=" + own, "-o", out() + "")
            .out();
    assertThat(printed).contains("psql \"" + connection);
    assertThat(printed.contains("# with user=")).isNotEqualTo(connection.contains("user="));
  }

  @Test
  void shouldGiveAwayOnlyAFolderThatItMakes() {
    String owner = "# as root, so that the server can read them: chown postgres ";

    assertThat(export("servercert/web", "postgres").out())
        .contains(owner + out() + " " + out() + "/root.crt " + out() + "/server.crt ");
    assertThat(export("servercert/web", "postgres", "--overwrite").out())
        .contains(owner + out() + "/root.crt " + out() + "/server.crt ");
  }

  @Test
  void shouldNameTheCrlToEnvoy() throws IOException {
    export("servercert/web", "envoy");
    String without = Files.readString(out().resolve("transport-socket.yaml"));
    export("servercert/checks", "envoy", "--overwrite");

    assertThat(out().resolve("transport-socket.yaml"))
        .hasContent(without + "        crl: {filename: \"" + out() + "/client-ca.crl\"}\n");
  }

  @Test
  void shouldRefuseADamagedCrl() throws IOException {
    Path crl = issued.resolve("default/servercert/checks/root.crl");
    String good = Files.readString(crl);
    try {
      Files.writeString(crl, good.substring(100));

      ExportRun run = export("servercert/checks", "nginx");

      assertThat(run.err()).contains("checks cannot be read: root.crl: ", "Nothing was written.");
      assertThat(run.exitCode()).isEqualTo(2);
    } finally {
      Files.writeString(crl, good);
    }
  }

  @ParameterizedTest
  @CsvSource({"a b", "ä", "a'b", "a\"b", "$a", "a;b", "a#b"})
  void shouldRefuseAPathThatConfigurationFilesReadAsSyntax(String name) {
    ExportRun run =
        ExportRun.of(
            NOW,
            "servercert/web",
            "--for=nginx",
            "--from=" + issued,
            "-o",
            target.resolve(name).toString());

    assertThat(run.err()).contains("name a folder whose path has only letters");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(target.resolve(name)).doesNotExist();
  }

  @Test
  void shouldReplaceNothingUnlessAskedTo() throws IOException {
    Files.createDirectories(out());
    Path mine = Files.writeString(out().resolve("server.key"), "mine");
    Path other = Files.writeString(out().resolve("nginx.conf"), "mine too");

    ExportRun refused = export("servercert/web", "nginx");
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("has server.key already", "--overwrite");
    assertThat(mine).hasContent("mine");
    assertThat(files()).containsExactly("nginx.conf", "server.key");

    assertThat(export("servercert/web", "nginx", "--overwrite").exitCode()).isZero();
    assertThat(Files.readString(mine)).contains("PRIVATE KEY");
    assertThat(other).hasContent("mine too");
  }

  @Test
  void shouldReplaceALinkAndNotFollowIt() throws IOException {
    Files.createDirectories(out());
    Path elsewhere = Files.writeString(target.resolve("elsewhere"), "theirs");
    Files.createSymbolicLink(out().resolve("server.key"), elsewhere);

    assertThat(export("servercert/web", "nginx", "--overwrite").exitCode()).isZero();

    assertThat(elsewhere).hasContent("theirs");
    assertThat(out().resolve("server.key")).isRegularFile();
    assertThat(Files.isSymbolicLink(out().resolve("server.key"))).isFalse();
  }

  @Test
  void shouldWarnOfACertificateThatHasEnded() {
    Clock later = Clock.offset(NOW, Duration.ofDays(4_000));

    ExportRun run =
        ExportRun.of(
            later, "servercert/web", "--for=nginx", "--from=" + issued, "-o", out().toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("warning: servercert/web expired on ");
  }

  /** The folder of a certificate with only some of its files. */
  private Path copied(String certificate, String... names) throws IOException {
    Path copy = Files.createDirectories(target.resolve("default").resolve(certificate));
    for (String name : names) {
      Files.copy(issued.resolve("default").resolve(certificate).resolve(name), copy.resolve(name));
    }
    return copy;
  }

  @Test
  void shouldReadNoFilesThatDoNotBelongTogether() throws IOException {
    Path copy = copied("servercert/web", "server.crt", "root.crt");
    Files.copy(issued.resolve("default/servercert/ed/server.key"), copy.resolve("server.key"));

    ExportRun run =
        ExportRun.of(
            NOW, "servercert/web", "--for=nginx", "--from=" + target, "-o", out().toString());

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("the key in server.key does not belong to the certificate in server.crt");
  }

  @Test
  void shouldSayThatNobodyIsTrustedAndWhatIsNoFileOfOurs() throws IOException {
    Path own = issued.resolve("default/servercert/web");
    Path copy = copied("servercert/web", "server.crt", "server.key");
    Files.writeString(copy.resolve("root.crt"), "# no CA is trusted\n");
    String[] arguments = {
      "servercert/web", "--for=nginx", "--from=" + target, "-o", out().toString()
    };

    ExportRun nobody = ExportRun.of(NOW, arguments);
    assertThat(nobody.err()).contains("servercert/web trusts no CA");
    assertThat(nobody.exitCode()).isEqualTo(2);

    Files.delete(copy.resolve("root.crt"));
    assertThat(ExportRun.of(NOW, arguments).err()).contains("has no root.crt");
    Files.createSymbolicLink(copy.resolve("root.crt"), own.resolve("root.crt"));
    assertThat(ExportRun.of(NOW, arguments).err())
        .contains("root.crt is no file that `mtls-operator issue` wrote");
  }

  @Test
  void shouldWriteEachRootOfABrowserIntoAFileOfItsOwn() throws IOException {
    Path own = issued.resolve("default/clientcert/jane");
    Path copy = copied("clientcert/jane", "client.crt", "client.key");
    String root = Files.readString(own.resolve("root.crt"));
    Files.writeString(copy.resolve("root.crt"), root + Files.readString(own.resolve("client.crt")));

    ExportRun run =
        ExportRun.of(
            NOW, "clientcert/jane", "--for=browser", "--from=" + target, "-o", out().toString());

    assertThat(files()).containsExactly("client.p12", "client.password", "root-2.crt", "root.crt");
    assertThat(Pem.readCertificates(Files.readString(out().resolve("root.crt"))))
        .isEqualTo(Pem.readCertificates(root));
    assertThat(run.lines(out())).hasSize(3);
  }
}
